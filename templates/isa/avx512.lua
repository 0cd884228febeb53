-- avx512.lua: x86-64-v4: 16 lanes, 8 and 4, fused multiply-add, masks.
return import("isa/x86.lua")({ widths = { 16, 8, 4 }, masks = "avx512" })
