-- sse2_integer.lua: what plain x86-64 spells otherwise than isa/x86_integer.lua: it widens by unpacking, and multiplies and shifts
-- without sign; kernels/integer_vectors.ct says what each is.
return function(V)
  local function load(p) return fmt("_mm_loadu_si128((const __m128i *)(%s))", p) end
  -- Half "lo" or "hi" of the bytes v as words.
  local function words(half, from, v)
    if from == "uint8_t" then return fmt("_mm_unpack%s_epi8(%s, _mm_setzero_si128())", half, v) end
    return fmt("_mm_srai_epi16(_mm_unpack%s_epi8(%s, %s), 8)", half, v, v)
  end

  function V.bring(from, to)
    if to ~= "int16_t" or from == to then return nil end
    return 16, { "const __m128i v = _mm_loadu_si128((const __m128i *)p);", "",
      V.istore(4, "q", words("lo", from, "v")), V.istore(4, "q + 8", words("hi", from, "v")) }
  end

  function V.own(n, from, to, group)
    local own = "return _mm_unpacklo_epi16(words, _mm_setzero_si128());"
    if from == "int16_t" then return { "const __m128i words = _mm_loadl_epi64((const __m128i *)p);", "", own } end
    return { fmt("const __m128i few = _mm_cvtsi32_si128(%s);", group),
      fmt("const __m128i words = %s;", words("lo", from, "few")), "", own }
  end

  -- Sums come with 2^30 added and what is added to products makes up for it, with 2^62 more: all is positive, and the shift is
  -- the high part of a second product.
  function V.scale(n, K, mantissa, shift, rounding)
    local lines = {}
    local function put(name, value) insert(lines, fmt("const __m128i %s = %s;", name, value)) end
    local function product(a, b) return fmt("_mm_mul_epu32(%s, %s)", a, b) end
    local function down(v, by) return fmt("_mm_srli_epi64(%s, %d)", v, by) end
    put("m", load(mantissa .. " + f"))
    put("even_more", load(rounding .. " + f"))
    put("odd_more", load(rounding .. " + f + 2"))
    put("even", down(fmt("_mm_add_epi64(%s, even_more)", product("a", "m")), 31))
    put("odd", down(fmt("_mm_add_epi64(%s, odd_more)", product(down("a", 32), down("m", 32))), 31))
    local even, odd = "even", "odd"
    if K.corrects then
      put("below", "_mm_cmplt_epi32(a, _mm_set1_epi32(1 << 30))")
      even, odd = "_mm_add_epi32(even, below)", fmt("_mm_add_epi32(odd, %s)", down("below", 32))
    end
    put("power", load(shift .. " + f"))
    put("even_out", product(even, "power"))
    put("odd_out", product(odd, down("power", 32)))
    put("high", "_mm_and_si128(_mm_slli_epi64(odd_out, 1), _mm_setr_epi32(0, -1, 0, -1))")
    insert(lines, "")
    insert(lines, fmt("return _mm_sub_epi32(_mm_or_si128(%s, high), power);", down("even_out", 31)))
    return lines
  end
end
