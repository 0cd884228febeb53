-- avx512.lua: x86-64-v4: 16 lanes, 8 and 4, fused multiply-add, masks.
return import("isa/x86.lua")({ masks = "avx512" })
