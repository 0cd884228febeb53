-- mve.lua: Armv8.1-M with MVE: 4 lanes, fused multiply-add, one factor of which may be a scalar; parts of vectors by
-- predicates.  The unit flushes subnormals; NAME_run has scalars do so, too.
-- gcc 12 takes MVE from -mcpu alone: there is no pragma that switches it on for a file.
local V = {
  fma_scalar = "__builtin_fmaf", header = "arm_mve.h", flush = true, predicates = "mve", assembly = "mve",
  steady = true,  -- as in vfp.lua
  elsewhere = "!defined(__GNUC__) || !defined(__ARM_FEATURE_MVE) || !(__ARM_FEATURE_MVE & 2)",
}

function V.type(n) return "float32x4_t" end
function V.load(n, p) return "vldrwq_f32(" .. p .. ")" end
function V.store(n, p, v) return fmt("vstrwq_f32(%s, %s);", p, v) end
function V.splat(n, x) return "vdupq_n_f32(" .. x .. ")" end
function V.zero(n) return "vdupq_n_f32(0.0f)" end
function V.fma(n, x, w, acc) return fmt("vfmaq_f32(%s, %s, %s)", acc, x, w) end
-- x a scalar.
function V.fma_by(n, x, w, acc) return fmt("vfmaq_n_f32(%s, %s, %s)", acc, w, x) end
function V.multiply_by(n, x, w) return fmt("vmulq_n_f32(%s, %s)", w, x) end
-- The first m lanes of a vector of n: there is one width.
function V.low(n, m, v) return v end

-- Lane 0 holds x, the others 0.
function V.lane0(n, x) return fmt("vsetq_lane_f32(%s, vdupq_n_f32(0.0f), 0)", x) end
-- Lane i goes to p[step * i]; a statement.
function V.scatter(n, p, step, v)
  local lanes = "vidupq_n_u32(0, 1)"
  return fmt("vstrwq_scatter_shifted_offset_f32(%s, %s, %s);", p, step == 1 and lanes or fmt("vmulq_n_u32(%s, %d)", lanes, step), v)
end
-- Four lanes of n, from lane 4 i on: there is one width.
function V.quarter(n, v, i) return v end
-- a0 b0 a1 b1, i = 1: a2 b2 a3 b3; pairs: a0 a1 b0 b1, i = 1: a2 a3 b2 b3.  Helpers of model.c.ct.
function V.zip(n, a, b, i) return fmt("%s_zip%d(%s, %s)", model.prefix, i, a, b) end
function V.zip_pairs(n, a, b, i) return fmt("%s_pairs%d(%s, %s)", model.prefix, i, a, b) end

-- Masks are predicates.  A function's body: the lanes from 'first' to end - 1; only: v in these lanes, 0 in the others.
function V.mask_type(n) return "mve_pred16_t" end
function V.mask(n)
  return { "const int32x4_t lane = vreinterpretq_s32_u32(vidupq_n_u32(0, 1));", "",
    "return vcmpgtq_m_n_s32(lane, first - 1, vcmpltq_n_s32(lane, end));" }
end
function V.only(n, v, mask) return fmt("vpselq_f32(%s, vdupq_n_f32(0.0f), %s)", v, mask) end

-- A function's body: u where it is greater than v or NaN, else v.
function V.later(n, u, v)
  local gt, ne = fmt("vpt.f32 gt, %%q2, %%q0"), "vpt.f32 ne, %q2, %q2"
  return { "#if defined(__clang__)",
    fmt("const mve_pred16_t later = (mve_pred16_t)(vcmpgtq_f32(%s, %s) | vcmpneq_f32(%s, %s));", u, v, u, u),
    "", fmt("return vpselq_f32(%s, %s, later);", u, v), "#else", "mve_pred16_t p;", "",
    fmt("__asm__(\"%s\\n\\tvorrt %%q0, %%q2, %%q2\\n\\t%s\\n\\tvorrt %%q0, %%q2, %%q2\"", gt, ne),
    fmt("        : \"+w\"(%s), \"=Up\"(p) : \"w\"(%s));", v, u), fmt("return %s;", v), "#endif" }
end

-- vmaxnmq_f32 flushes what it takes, and a NaN does not stay.
function V.most(n) return "" end
function V.least(n) return "" end

-- A function's body: each of the elements at p in m lanes, 1 < m < n.
function V.spread(n, p, m) return { fmt("return vsetq_lane_f32(%s[1], vsetq_lane_f32(%s[1], vdupq_n_f32(%s[0]), 2), 3);", p, p, p) } end

-- The first k lanes, 0 < k < n; load_part: the others are 0.
-- gcc 12 makes wrong code of predicates that are constants.
local function lanes(k) return fmt("vctp32q(%d)", k) end
function V.load_part(n, p, k)
  if k == 1 then return fmt("vsetq_lane_f32(*(%s), vdupq_n_f32(0.0f), 0)", p) end
  return fmt("vldrwq_z_f32(%s, %s)", p, lanes(k))
end
function V.store_part(n, p, v, k)
  if k == 1 then return fmt("*(%s) = vgetq_lane_f32(%s, 0);", p, v) end
  return fmt("vstrwq_p_f32(%s, %s, %s);", p, v, lanes(k))
end
return V
