-- thumb.lua: Arm without a float unit: plain C.
return {
  elsewhere = "!defined(__arm__)",
}
