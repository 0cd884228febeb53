-- sse2.lua: every x86-64: 4 lanes, no fused multiply-add.
return import("isa/x86.lua")({ masks = "none" })
