-- neon.lua: AArch64: 4 lanes, fused multiply-add.
local V = {
  fma_scalar = "__builtin_fmaf",
  header = "arm_neon.h",
  elsewhere = "!defined(__aarch64__) || !defined(__GNUC__)",
}

function V.type(n) return "float32x4_t" end
function V.load(n, p) return "vld1q_f32(" .. p .. ")" end
function V.store(n, p, v) return fmt("vst1q_f32(%s, %s);", p, v) end
function V.splat(n, x) return "vdupq_n_f32(" .. x .. ")" end
function V.zero(n) return "vdupq_n_f32(0.0f)" end
function V.fma(n, x, w, acc) return fmt("vfmaq_f32(%s, %s, %s)", acc, x, w) end
-- The first m lanes of a vector of n: there is one width.
function V.low(n, m, v) return v end

-- Lane 0 holds x, the others 0.
function V.lane0(n, x) return fmt("vsetq_lane_f32(%s, vdupq_n_f32(0.0f), 0)", x) end
-- Four lanes of n, from lane 4 i on: there is one width.
function V.quarter(n, v, i) return v end
-- a0 b0 a1 b1, i = 1: a2 b2 a3 b3; pairs: a0 a1 b0 b1, i = 1: a2 a3 b2 b3.
function V.zip(n, a, b, i) return fmt("vzip%dq_f32(%s, %s)", i + 1, a, b) end
function V.zip_pairs(n, a, b, i)
  local half = i == 0 and "vget_low_f32" or "vget_high_f32"
  return fmt("vcombine_f32(%s(%s), %s(%s))", half, a, half, b)
end
-- Masks.  A function's body: the lanes from 'first' to end - 1; only: v in these lanes, 0 in the others.
function V.mask_type(n) return "uint32x4_t" end
function V.mask(n)
  return { "static const int32_t lanes[4] = { 0, 1, 2, 3 };", "const int32x4_t lane = vld1q_s32(lanes);", "",
    "return vandq_u32(vcgeq_s32(lane, vdupq_n_s32(first)), vcltq_s32(lane, vdupq_n_s32(end)));" }
end
function V.only(n, v, mask) return fmt("vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(%s), %s))", v, mask) end

-- A function's body: u where it is greater than v or NaN, else v.
function V.later(n, u, v)
  return { fmt("const uint32x4_t later = vornq_u32(vcgtq_f32(%s, %s), vceqq_f32(%s, %s));", u, v, u, u),
    fmt("return vbslq_f32(later, %s, %s);", u, v) }
end

-- vmaxq_f32 takes +0 of +0 and -0.
function V.most(n) return "" end
function V.least(n) return "" end

-- A function's body: each of the elements at p in m lanes, 1 < m < n.
function V.spread(n, p, m)
  return { fmt("const float32x2_t few = vld1_f32(%s);", p), "return vcombine_f32(vdup_lane_f32(few, 0), vdup_lane_f32(few, 1));" }
end

-- The first k lanes, 0 < k < n; load_part: the others are 0.
function V.load_part(n, p, k)
  if k == 1 then return fmt("vld1q_lane_f32(%s, vdupq_n_f32(0.0f), 0)", p) end
  local low = fmt("vcombine_f32(vld1_f32(%s), vdup_n_f32(0.0f))", p)
  return k == 2 and low or fmt("vld1q_lane_f32(%s + 2, %s, 2)", p, low)
end
function V.store_part(n, p, v, k)
  if k == 1 then return fmt("vst1q_lane_f32(%s, %s, 0);", p, v) end
  local low = fmt("vst1_f32(%s, vget_low_f32(%s));", p, v)
  return k == 2 and low or low .. "\n" .. fmt("vst1q_lane_f32(%s + 2, %s, 2);", p, v)
end
import("isa/neon_integer.lua")(V, false)
return V
