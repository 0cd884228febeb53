-- rv32f.lua: RISC-V of 32 bits with a float unit.
return {
  fma_scalar = "__builtin_fmaf",
  steady = true,
  assembly = false,
  -- The constraint of a float register.
  float_register = "f",
  -- gcc 12 would load and multiply early, and then spill sums.
  options = "-fno-schedule-insns",
  elsewhere = "!defined(__riscv) || __riscv_xlen != 32 || !defined(__riscv_flen)",
}
