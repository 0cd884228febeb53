/* placement.h: where the linker script puts the network; included before ecg.h (gcc -include placement.h). */
#ifndef PLACEMENT_H
#define PLACEMENT_H

#define ECG_CONST   static const __attribute__((section(".ecg_weights")))
#define ECG_CONTEXT static __attribute__((section(".ecg_context")))

#endif
