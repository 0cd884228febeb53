-- neon-dot.lua: neon, and products of groups of four bytes (Armv8.2's dotprod).
local V = import("isa/neon.lua")
V.gcc_features = "arch=armv8.2-a+dotprod"
import("isa/neon_integer.lua")(V, true)
return V
