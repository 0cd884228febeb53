-- sse2.lua: every x86-64: 4 lanes, no fused multiply-add.
local V = import("isa/x86.lua")({ masks = "none" })
import("isa/sse2_integer.lua")(V)
return V
