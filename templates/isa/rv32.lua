-- rv32.lua: RISC-V of 32 bits without a float unit: plain C.
return {
  relu = "relu_bits",
  elsewhere = "!defined(__riscv) || __riscv_xlen != 32",
}
