-- x86.lua: how vectors of x86-64 are spelled: local x86 = import("isa/x86.lua"); x86({ masks = ... }).
-- masks: "none", "avx" (an integer vector) or "avx512" (a number) say which lanes a part of a vector has; vnni: it has VNNI.
local bits = { [4] = "", [8] = "256", [16] = "512" }

-- "-1, -1, 0, 0": the first k of n lanes.
local function lanes(n, k)
  local list = {}
  for i in each(n) do insert(list, i < k and "-1" or "0") end
  return concat(list, ", ")
end

return function(isa)
  local V = { fma_scalar = "__builtin_fmaf", elsewhere = "!defined(__x86_64__) || !defined(__GNUC__)" }
  local function op(n, what, ...) return fmt("_mm%s_%s(%s)", bits[n], what, concat({ ... }, ", ")) end
  local function mask(n, k)
    if isa.masks == "avx512" then return fmt("0x%x", (1 << k) - 1) end
    return fmt(n == 8 and "_mm256_setr_epi32(%s)" or "_mm_setr_epi32(%s)", lanes(n, k))
  end

  function V.type(n) return n == 4 and "__m128" or "__m" .. bits[n] end
  function V.load(n, p) return op(n, "loadu_ps", p) end
  function V.store(n, p, v) return op(n, "storeu_ps", p, v) .. ";" end
  function V.splat(n, x) return op(n, "set1_ps", x) end
  function V.zero(n) return op(n, "setzero_ps") end
  function V.fma(n, x, w, acc) return op(n, "fmadd_ps", x, w, acc) end
  -- Functions of a and b: a where a > b (least: a < b), else b, also where one is NaN; "": there is none.
  function V.most(n) return fmt("_mm%s_max_ps", bits[n]) end
  function V.least(n) return fmt("_mm%s_min_ps", bits[n]) end

  -- The first m lanes of a vector of n.
  function V.low(n, m, v)
    return n == m and v or fmt("_mm%s_castps%d_ps%d(%s)", bits[n], n * 32, m * 32, v)
  end

  -- Lane 0 holds x, the others 0.
  function V.lane0(n, x)
    local one = fmt("_mm_set_ss(%s)", x)
    return n == 4 and one or op(n, fmt("zextps128_ps%d", n * 32), one)
  end
  -- Half i of n lanes, n > 4.
  function V.half(n, v, i)
    if i == 0 then return V.low(n, n // 2, v) end
    return n == 8 and op(n, "extractf128_ps", v, 1) or op(n, "extractf32x8_ps", v, 1)
  end
  -- Four lanes of n, from lane 4 i on.
  function V.quarter(n, v, i)
    if n == 4 or i == 0 then return V.low(n, 4, v) end
    return op(n, n == 8 and "extractf128_ps" or "extractf32x4_ps", v, i)
  end
  -- By four lanes: a0 b0 a1 b1, i = 1: a2 b2 a3 b3; pairs: a0 a1 b0 b1, i = 1: a2 a3 b2 b3.
  function V.zip(n, a, b, i) return op(n, i == 0 and "unpacklo_ps" or "unpackhi_ps", a, b) end
  function V.zip_pairs(n, a, b, i) return op(n, "shuffle_ps", a, b, i == 0 and "0x44" or "0xee") end

  -- Masks.  A function's body: the lanes from 'first' to end - 1; only: v in these lanes, 0 in the others.
  function V.mask_type(n)
    if isa.masks == "avx512" then return n == 16 and "__mmask16" or "__mmask8" end
    return n == 8 and "__m256i" or "__m128i"
  end
  function V.mask(n)
    local list = {}
    for i in each(n) do insert(list, i) end
    local set = op(n, "setr_epi32", concat(list, ", "))
    if n == 16 then set = "\n    " .. set end
    local si = n == 4 and 128 or n * 32
    local function splat(x) return op(n, "set1_epi32", x) end
    local body = { fmt("const __m%di lane = %s;", si, set) }
    if isa.masks == "avx512" then
      insert(body, fmt("const %s from = %s;", V.mask_type(n), op(n, "cmpge_epi32_mask", "lane", splat("first"))))
      insert(body, "return " .. op(n, "mask_cmplt_epi32_mask", "from", "lane", splat("end")) .. ";")
    else
      insert(body, fmt("const __m%di before = %s;", si, op(n, "cmpgt_epi32", splat("first"), "lane")))
      insert(body, "return " .. op(n, "andnot_si" .. si, "before", op(n, "cmpgt_epi32", splat("end"), "lane")) .. ";")
    end
    return body
  end
  function V.only(n, v, mask)
    if isa.masks == "avx512" then return op(n, "maskz_mov_ps", mask, v) end
    return op(n, "and_ps", v, op(n, fmt("castsi%d_ps", n == 4 and 128 or n * 32), mask))
  end

  -- A function's body: u where it is greater than v or NaN, else v.  max_ps gives v where neither is greater; the bits of
  -- true make a NaN of anything.
  function V.later(n, u, v)
    local greatest = op(n, "max_ps", u, v)
    if isa.masks == "avx512" then
      return { fmt("const __mmask%d is_nan = %s;", max(n, 8), op(n, "cmp_ps_mask", u, u, "_CMP_UNORD_Q")),
        fmt("return %s;", op(n, "mask_mov_ps", greatest, "is_nan", u)) }
    end
    local is_nan = isa.masks == "avx" and op(n, "cmp_ps", u, u, "_CMP_UNORD_Q") or op(n, "cmpunord_ps", u, u)
    return { fmt("return %s;", op(n, "or_ps", greatest, is_nan)) }
  end

  -- 2 elements in a vector of 4, or a vector.
  local function pair(p) return fmt("_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(const void *)(%s)))", p) end

  -- A function's body: each of the elements at p in m lanes, 1 < m < n.
  function V.spread(n, p, m)
    local few = n // m
    local from = few == 2 and pair(p) or V.load(few, p)
    if n == 4 then return { "const __m128 few = " .. from .. ";", "return _mm_unpacklo_ps(few, few);" } end
    local list = {}
    for i in each(n) do insert(list, tostring(i // m)) end
    local wide
    if n == 16 and few ~= 8 then wide = fmt("_mm512_castps128_ps512(%s)", from)
    elseif n == 16 then wide = fmt("_mm512_castps256_ps512(%s)", from)
    else wide = fmt("_mm256_castps128_ps256(%s)", from) end
    local lines = call(fmt("    const __m%di lanes = _mm%s_setr_epi32(", n * 32, bits[n]), list, ");")
    for i, line in ipairs(lines) do lines[i] = line:sub(5) end
    insert(lines, fmt("const %s few = %s;", V.type(n), wide))
    insert(lines, n == 16 and "return _mm512_permutexvar_ps(lanes, few);" or "return _mm256_permutevar8x32_ps(few, lanes);")
    return lines
  end

  -- The first k lanes, 0 < k < n; load_part: the others are 0.
  if isa.masks == "none" then
    function V.load_part(n, p, k)
      if k == 1 then return op(n, "load_ss", p) end
      return k == 2 and pair(p) or op(n, "movelh_ps", pair(p), op(n, "load_ss", p .. " + 2"))
    end
    function V.store_part(n, p, v, k)
      if k == 1 then return op(n, "store_ss", p, v) .. ";" end
      local low = fmt("_mm_storel_epi64((__m128i *)(void *)(%s), _mm_castps_si128(%s));", p, v)
      return k == 2 and low or low .. "\n" .. op(n, "store_ss", p .. " + 2", op(n, "movehl_ps", v, v)) .. ";"
    end
  elseif isa.masks == "avx" then
    function V.load_part(n, p, k) return op(n, "maskload_ps", p, mask(n, k)) end
    function V.store_part(n, p, v, k)
      if n == 8 and k == 4 then return fmt("_mm_storeu_ps(%s, _mm256_castps256_ps128(%s));", p, v) end
      return op(n, "maskstore_ps", p, mask(n, k), v) .. ";"
    end
  else
    function V.load_part(n, p, k) return op(n, "maskz_loadu_ps", mask(n, k), p) end
    function V.store_part(n, p, v, k) return op(n, "mask_storeu_ps", p, mask(n, k), v) .. ";" end
  end

  -- What stands before the code: the header, and the instruction set switched on.
  V.header = "immintrin.h"
  import("isa/x86_integer.lua")(V, isa)
  return V
end
