-- rv32.lua: RISC-V of 32 bits without a float unit: plain C.
return {
  elsewhere = "!defined(__riscv) || __riscv_xlen != 32",
}
