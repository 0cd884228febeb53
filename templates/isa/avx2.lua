-- avx2.lua: x86-64-v3: 8 lanes and 4, fused multiply-add.
return import("isa/x86.lua")({ masks = "avx" })
