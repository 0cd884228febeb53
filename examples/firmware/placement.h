/* placement.h: where the linker script puts the network; included before ecg.h, and before the assembler file of
 * --weights incbin (gcc -include placement.h): so there is nothing but macros in it. */
#ifndef PLACEMENT_H
#define PLACEMENT_H

/* clang-format off */
#define ECG_CONST            static const __attribute__((section(".ecg_weights")))
#define ECG_WEIGHTS_SECTION  .section .ecg_weights,"a",%progbits
#define ECG_CONTEXT          static __attribute__((section(".ecg_context")))
/* clang-format on */

#endif
