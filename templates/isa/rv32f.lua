-- rv32f.lua: RISC-V of 32 bits with a float unit.
return {
  fma_scalar = "__builtin_fmaf",
  assembly = false,
  elsewhere = "!defined(__riscv) || __riscv_xlen != 32 || !defined(__riscv_flen)",
}
