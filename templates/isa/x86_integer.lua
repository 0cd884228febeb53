-- x86_integer.lua: how x86-64 spells vectors of n integers of 32 bits: import("isa/x86_integer.lua")(V, isa), isa as in x86.lua;
-- kernels/integer_vectors.ct says what each is.
local bits = { [4] = "", [8] = "256", [16] = "512" }

return function(V, isa)
  local function op(n, what, ...) return fmt("_mm%s_%s(%s)", bits[n], what, concat({ ... }, ", ")) end
  local function si(n) return n == 4 and 128 or n * 32 end
  local function pointer(n, p, qualifier) return n == 16 and p or fmt("(%s__m%di *)(%s)", qualifier, si(n), p) end
  local function load(n, p) return op(n, "loadu_si" .. si(n), pointer(n, p, "const ")) end
  local function store(n, p, v) return op(n, "storeu_si" .. si(n), pointer(n, p, ""), v) .. ";" end

  function V.itype(n) return fmt("__m%di", si(n)) end
  V.iload = load
  -- Weights are loaded as they lie.
  function V.wload(n, _, p) return load(n, p) end
  function V.isplat(n, x) return op(n, "set1_epi32", x) end

  function V.ilow(n, m, v) return n == m and v or fmt("_mm%s_castsi%d_si%d(%s)", bits[n], si(n), si(m), v) end

  function V.dot(n, from)
    local a, x, w = "a", "x", "w"
    if isa.vnni then
      local name = from == "uint8_t" and "dpbusd" or "dpwssd"
      return { "#if defined(__clang__)", fmt("return %s;", op(n, name .. "_epi32", a, x, w)), "#else",
        "/* gcc's intrinsic copies a. */", fmt('__asm__("vp%s %%2, %%1, %%0" : "+v"(a) : "v"(x), "v"(w));', name), "return a;",
        "#endif" }
    end
    return { fmt("return %s;", op(n, "add_epi32", a, op(n, "madd_epi16", x, w))) }
  end

  -- 64 / n numbers at a time.
  function V.bring(from, to)
    local n = V.widths[1]
    if from == "int8_t" and to == "uint8_t" then
      return 4 * n, { fmt("const %s v = %s;", V.itype(n), load(n, "p")), "",
        store(n, "q", op(n, "xor_si" .. si(n), "v", op(n, "set1_epi8", "-128"))) }
    end
    if to ~= "int16_t" or from == to then return nil end
    local name = from == "int8_t" and "cvtepi8_epi16" or "cvtepu8_epi16"
    return 2 * n, { fmt("const %s v = %s;", V.itype(n // 2), load(n // 2, "p")), "", store(n, "q", op(n, name, "v")) }
  end

  -- A function's body: bytes at q are what a table has for those at p (kernels/integer_lookup_vectors.c): how many at a time, and how.
  function V.lookup(K, from, results)
    local n, lines, blocks = V.widths[1], {}, K.blocks
    local T = V.itype(n)
    local function put(name, value) insert(lines, fmt("const %s %s = %s;", T, name, value)) end
    local function splat(x) return op(n, "set1_epi8", x < 128 and x or x - 256) end
    local function entries(i)
      local part = fmt("_mm_loadu_si128((const __m128i *)%s)", i == 0 and results or fmt("(%s + %d)", results, 16 * i))
      return n == 16 and op(n, "broadcast_i32x4", part) or op(n, "broadcastsi128_si256", part)
    end
    local x = "x"
    local function become(name, value)
      put(name, value)
      x = name
    end
    put("x", load(n, "p"))
    if from == "int8_t" then become("u", op(n, "xor_si" .. si(n), x, splat(-128))) end
    if K.first > 0 then become("above", op(n, "subs_epu8", x, splat(K.first))) end
    if K.first + 16 * blocks < 256 then become("within", op(n, "min_epu8", x, splat(K.last - K.first))) end
    -- An index is negative where an earlier block has it, or the other half.
    local found = {}
    for i in each(blocks) do
      local half = i // 8 * 8
      if i == 8 then become("upper", op(n, "xor_si" .. si(n), x, splat(-128))) end
      local at = i == half and x or op(n, "subs_epi8", x, splat(16 * (i - half)))
      put("t" .. i, entries(i))
      put("f" .. i, op(n, "shuffle_epi8", "t" .. i, at))
      insert(found, "f" .. i)
    end
    local y, i = found[1], 2
    while i <= #found do
      local name = "y" .. i - 1
      if isa.masks == "avx512" and i < #found then
        put(name, op(n, "ternarylogic_epi64", y, found[i], found[i + 1], "0x96"))
        i = i + 2
      else
        put(name, op(n, "xor_si" .. si(n), y, found[i]))
        i = i + 1
      end
      y = name
    end
    insert(lines, "")
    insert(lines, store(n, "q", y))
    return 4 * n, lines
  end

  -- n numbers at p in lanes of their own, as the products take them: in the lowest bits, 0 above.
  function V.own(n, from, to, group)
    local bytes = from == "int16_t" and 2 * n or n
    local few = bytes == 4 and fmt("_mm_cvtsi32_si128(%s)", group) or bytes == 8 and "_mm_loadl_epi64((const __m128i *)p)" or
      bytes == 16 and "_mm_loadu_si128((const __m128i *)p)" or "_mm256_loadu_si256((const __m256i *)p)"
    local signed = from == "int8_t" and to == "int16_t"
    local lines = { fmt("const __m%di few = %s;", bytes == 32 and 256 or 128, few),
      fmt("const %s own = %s;", V.itype(n), op(n, "cvtep" .. (signed and "i8" or from == "int16_t" and "u16" or "u8") .. "_epi32", "few")), "" }
    local last = "own"
    if signed then last = op(n, "and_si" .. si(n), "own", op(n, "set1_epi32", "0xffff"))
    elseif from ~= to and to ~= "int16_t" then last = op(n, "xor_si" .. si(n), "own", op(n, "set1_epi32", "0x80")) end
    insert(lines, "return " .. last .. ";")
    return lines
  end
  -- v, above it e.
  function V.above(n, v, e, by) return op(n, "or_si" .. si(n), v, op(n, "slli_epi32", e, by)) end
  V.istore = store

  function V.scale(n, K, mantissa, shift, rounding)
    local a = K.doubled and "twice" or "a"
    local lines = { fmt("const %s m = %s;", V.itype(n), load(n, mantissa .. " + f")) }
    local function put(name, value) insert(lines, fmt("const %s %s = %s;", V.itype(n), name, value)) end
    local function upper(v) return op(n, "srli_epi64", v, 32) end
    if K.doubled then put("twice", op(n, "add_epi32", "a", "a")) end
    put("odd_a", upper(a))
    put("odd_m", upper("m"))
    put("more", load(n, rounding .. " + f"))
    put("odd_more", load(n, rounding .. " + f + " .. n // 2))
    put("even", op(n, "add_epi64", op(n, "mul_epi32", a, "m"), "more"))
    put("odd", op(n, "add_epi64", op(n, "mul_epi32", "odd_a", "odd_m"), "odd_more"))
    if isa.masks == "avx512" then
      local even = n == 16 and "0x5555" or n == 8 and "0x55" or "0x5"
      put("high", op(n, "mask_shuffle_epi32", "odd", even, "even", "_MM_PERM_DDBB"))
    else
      put("high", op(n, "blend_epi32", op(n, "shuffle_epi32", "even", "0xf5"), "odd", n == 8 and "0xaa" or "0xa"))
    end
    put("down", load(n, shift .. " + f"))
    local high = "high"
    if K.corrects then
      put("corrected", op(n, "add_epi32", "high", op(n, "srai_epi32", "a", 31)))
      high = "corrected"
    end
    insert(lines, fmt("return %s;", op(n, "srav_epi32", high, "down")))
    return lines
  end

  -- The same by a line in float32 (layers/integer.h: struct integer_line).  Roundings that an instruction chooses there are with
  -- 16 lanes alone.
  function V.scale_line(n, K, factor, offset, rest)
    local towards = (K.mirrored and "_MM_FROUND_TO_ZERO" or "_MM_FROUND_TO_NEG_INF") .. " | _MM_FROUND_NO_EXC"
    local lines = {}
    local function wide(v) return n == 16 and v or fmt("_mm512_castps%d_ps512(%s)", n * 32, v) end
    local function put(name, value) insert(lines, fmt("const __m512 %s = %s;", name, value)) end
    local function floats(table) return wide(V.load(n, table .. " + f")) end
    put("x", wide(op(n, K.of_bits and fmt("castsi%d_ps", si(n)) or "cvtepi32_ps", "a")))
    put("more", floats(offset))
    local more = "more"
    if K.mirrored then
      -- more with the sign of x: more | (x & sign).
      insert(lines, "const __m512i sign = _mm512_set1_epi32(INT32_MIN);")
      insert(lines, "const __m512i signed_more = _mm512_ternarylogic_epi32(_mm512_castps_si512(more), _mm512_castps_si512(x), sign, 0xf8);")
      put("own", "_mm512_castsi512_ps(signed_more)")
      more = "own"
    end
    if rest then
      put("little", fmt("_mm512_fmadd_ps(x, %s, %s)", floats(rest), more))
      more = "little"
    end
    put("y", fmt("_mm512_fmadd_round_ps(x, %s, %s, %s)", floats(factor), more, towards))
    insert(lines, "")
    insert(lines, fmt("return %s;", V.ilow(16, n, fmt("_mm512_cvt_roundps_epi32(y, %s)", towards))))
    return lines
  end

  -- The first k bytes of a vector of 16.
  local function store_bytes(lines, n, v, bytes)
    if bytes == si(n) // 8 and n > 4 or bytes == 16 and n == 4 then insert(lines, store(n, "y", v))
    elseif isa.masks == "avx512" and n == 4 then insert(lines, fmt("_mm_mask_storeu_epi8(y, 0x%x, %s);", (1 << bytes) - 1, v))
    elseif isa.masks == "avx512" then insert(lines, fmt("_mm256_mask_storeu_epi8(y, 0x%xu, %s);", (1 << bytes) - 1, v))
    elseif bytes == 8 then insert(lines, fmt("_mm_storel_epi64((__m128i *)y, %s);", v))
    elseif bytes == 4 then
      lines[#lines] = fmt("const int32_t part = _mm_cvtsi128_si32(%s);", v)
      insert(lines, "")
      insert(lines, "memcpy(y, &part, 4);")
    else
      lines[#lines] = "int8_t part[16];"
      insert(lines, "")
      insert(lines, fmt("_mm_storeu_si128((__m128i *)part, %s);", v))
      insert(lines, fmt("memcpy(y, part, %d);", bytes))
    end
  end

  local range = { int8_t = { -128, 127, 1 }, uint8_t = { 0, 255, 1 }, int16_t = { -32768, 32767, 2 } }
  -- The name of v, clamped to what of the range its type does not clamp by itself; width: bits of its lanes.
  local function clamped(lines, n, v, K, to, width, unsigned)
    local least, most = range[to][1], range[to][2]
    local function bound(name, what, limit)
      insert(lines, fmt("const %s %s = %s;", V.itype(n), name, op(n, what .. "_epi" .. width, v, op(n, "set1_epi" .. width, limit))))
      v = name
    end
    if K.least > least or unsigned then bound("raised", "max", max(K.least, least)) end
    if K.most < most then bound("within", "min", K.most) end
    return v
  end

  local function narrow(n, K, to, v, lines)
    if isa.masks == "avx512" then
      local name = ({ int8_t = "cvtsepi32_epi8", uint8_t = "cvtusepi32_epi8", int16_t = "cvtsepi32_epi16" })[to]
      insert(lines, fmt("const %s all = %s;", V.itype(n), v))
      return op(n, name, clamped(lines, n, "all", K, to, 32, to == "uint8_t"))
    end
    local words
    if n == 8 then
      insert(lines, fmt("const __m256i all = %s;", v))
      words = "_mm_packs_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1))"
    else
      insert(lines, fmt("const __m128i all = %s;", v))
      words = "_mm_packs_epi32(all, all)"
    end
    insert(lines, fmt("const __m128i words = %s;", words))
    local within = clamped(lines, 4, "words", K, to, 16, false)
    if to == "int16_t" then return within end
    return fmt("_mm_%s_epi16(%s, %s)", to == "int8_t" and "packs" or "packus", within, within)
  end

  function V.put(n, K, to, v, k)
    local lines, size = {}, range[to][3]
    if K.line and K.mirrored and K.zero ~= 0 then v = op(n, "add_epi32", v, op(n, "set1_epi32", K.zero)) end
    local value = narrow(n, K, to, v, lines)
    local wide = n == 16 and size == 2
    insert(lines, fmt("const __m%di out = %s;", wide and 256 or 128, value))
    insert(lines, "")
    store_bytes(lines, wide and 8 or 4, "out", k * size)
    return lines
  end

  -- A function's body: four vectors that scale_line gives become bytes.
  function V.four(n, K, to, v)
    local lines, name = {}, nil
    local function become(next, what, ...)
      insert(lines, fmt("const __m512i %s = _mm512_%s(%s);", next, what, concat({ ... }, ", ")))
      name = next
    end
    local function words(next, a, b)
      become(next, "packs_epi32", a, b)
      if K.mirrored and K.zero ~= 0 then become("zeroed_" .. next, "adds_epi16", next, fmt("_mm512_set1_epi16(%d)", K.zero)) end
      return name
    end
    local low, high = words("low", v[1], v[2]), words("high", v[3], v[4])
    local unsigned = to == "uint8_t"
    become("mixed", unsigned and "packus_epi16" or "packs_epi16", low, high)
    local function bound(next, what, limit, there)
      if limit == there then return end
      if limit > 127 then limit = limit - 256 end
      become(next, what .. (unsigned and "_epu8" or "_epi8"), name, fmt("_mm512_set1_epi8(%d)", limit))
    end
    bound("raised", "max", K.least, range[to][1])
    bound("within", "min", K.most, range[to][2])
    insert(lines, "/* Each quarter of mixed has a piece of all four. */")
    insert(lines, "const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);")
    insert(lines, "")
    insert(lines, fmt("return _mm512_permutexvar_epi32(order, %s);", name))
    return lines
  end
  function V.store_quarter(n, p, v, i)
    return store(4, p, i == 0 and V.ilow(16, 4, v) or fmt("_mm512_extracti32x4_epi32(%s, %d)", v, i))
  end
end
