-- x86.lua: how vectors of x86-64 are spelled: local x86 = import("isa/x86.lua"); x86({ widths = ..., masks = ... }).
-- masks: "none", "avx" (an integer vector) or "avx512" (a number) say which lanes a part of a vector has.
local bits = { [4] = "", [8] = "256", [16] = "512" }

-- "-1, -1, 0, 0": the first k of n lanes.
local function lanes(n, k)
  local list = {}
  for i in each(n) do insert(list, i < k and "-1" or "0") end
  return concat(list, ", ")
end

return function(isa)
  local V = { widths = isa.widths, fma_scalar = "__builtin_fmaf" }
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

  -- The first k lanes, 0 < k < n; load_part: the others are 0.
  if isa.masks == "none" then
    local function pair(p) return fmt("_mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)(const void *)(%s)))", p) end
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
  V.machine = "defined(__x86_64__)"
  V.header = "immintrin.h"
  return V
end
