-- c99.lua: no vectors; a fused multiply-add is not in plain C without libm.
return { elsewhere = "" }
