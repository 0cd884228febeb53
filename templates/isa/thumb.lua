-- thumb.lua: Arm without a float unit: plain C.
return {
  relu = "relu_bits",
  elsewhere = "!defined(__arm__)",
}
