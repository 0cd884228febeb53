-- mve.lua: Armv8.1-M with MVE: scalars are those of its float unit.
return {
  fma_scalar = "__builtin_fmaf",
  elsewhere = "!defined(__ARM_FEATURE_MVE) || !(__ARM_FEATURE_MVE & 2)",
}
