-- vfp.lua: Arm with a float unit of single precision, 32 registers, and fused multiply-add.
return {
  fma_scalar = "__builtin_fmaf",
  steady = true,
  assembly = true,
  float_register = "t",
  elsewhere = "!defined(__ARM_FEATURE_FMA) || !defined(__ARM_FP) || !(__ARM_FP & 4)",
}
