-- avx512vnni.lua: avx512, and products of groups of four bytes.
return import("isa/x86.lua")({ masks = "avx512", vnni = true })
