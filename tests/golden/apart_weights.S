/* apart_weights.S: the large weight tables of apart.c
 *
 * Made by conv1dc 0.1.0; do not edit, remake it:
 *     conv1dc apart.json apart.npz --weights incbin
 * SHA-256 of apart.json:
 *     f2abba85ae0fd07e9ebdf6515be02ae0de5b857e1ec830be6d933ef821ce4afd
 * SHA-256 of apart.npz:
 *     54c736b1b7e4234dcc303e43ea770bfa7b8f84265f0ed3260cc4a4f887eb8307
 *
 * Assemble it with the compiler of apart.c, for the same machine, and link both: cc -c
 * apart.c apart_weights.S. GNU as and clang read it; ELF, Mach-O and COFF are written.
 * Every table of 256 values and more stands here, bit for bit as little-endian machines
 * keep it, at a multiple of 64 bytes. Its symbols are seen by no other file than
 * apart.c where the format knows such (ELF, Mach-O).
 *
 * It belongs to whoever ran conv1dc on the model; conv1dc claims no rights in it.
 */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "these tables are for little-endian machines; remake without --weights incbin"
#endif
#if defined(__TINYC__)
#error "GNU as or clang is needed; remake without --weights incbin"
#endif

/* Can be defined on the command line: the section in which all tables are kept.  Where it
 * is not, ELF has a section for each, so that a linker's --gc-sections can drop it. */
#if defined(APART_WEIGHTS_SECTION)
#define APART_SECTION(name) APART_WEIGHTS_SECTION
#elif defined(__ELF__)
#define APART_SECTION(name) .section .rodata.name,"a",%progbits
#elif defined(__APPLE__)
#define APART_SECTION(name) .section __TEXT,__const
#elif defined(_WIN32) || defined(__CYGWIN__)
#define APART_SECTION(name) .section .rdata,"dr"
#else
#define APART_SECTION(name) .section .rodata
#endif

/* How the compiler of C spells a name for the linker, and what the linker is told. */
#if defined(__APPLE__) || (defined(__i386__) && (defined(_WIN32) || defined(__CYGWIN__)))
#define APART_SYMBOL(name) _##name
#else
#define APART_SYMBOL(name) name
#endif
#if defined(__ELF__)
#define APART_HIDE(name) .hidden APART_SYMBOL(name)
#define APART_TYPE(name) .type APART_SYMBOL(name), %object
#define APART_BYTES(name, n) .size APART_SYMBOL(name), n
#elif defined(__APPLE__)
#define APART_HIDE(name) .private_extern APART_SYMBOL(name)
#define APART_TYPE(name)
#define APART_BYTES(name, n)
#else
#define APART_HIDE(name)
#define APART_TYPE(name)
#define APART_BYTES(name, n)
#endif


/* apart_1large_weights: Weights [block][tap][channel][filter]: 1 taps, 8 channels,
 * 39 filters by 8.
 * 320 values, float */
    APART_SECTION(apart_1large_weights)
    .balign 64
    .globl APART_SYMBOL(apart_1large_weights)
    APART_HIDE(apart_1large_weights)
    APART_TYPE(apart_1large_weights)
APART_SYMBOL(apart_1large_weights):
    .quad 0x3e800000bf800000,0x3f100000bf500000,0xbea000003f200000,0xbf000000bd800000
    .quad 0xbf1000003ec00000,0xbec00000bf300000,0x3f0000003f400000,0xbf100000be400000
    .quad 0xbea00000bf000000,0x3f800000bf800000,0xbe800000bf700000,0xbf800000be000000
    .quad 0x3e8000003f300000,0xbf800000bf000000,0xbd8000003f100000,0x3ec000003f100000
    .quad 0x3ea000003d800000,0x3f6000003ee00000,0xbe0000003f500000,0xbd8000003f800000
    .quad 0x3f3000003f100000,0xbf1000003f500000,0xbf4000003f800000,0xbf300000be400000
    .quad 0xbec00000bf500000,0xbf2000003f500000,0x3ec000003ea00000,0xbec00000bea00000
    .quad 0xbec000003f600000,0xbea0000000000000,0x3f4000003d800000,0xbd8000003ee00000
    .quad 0xbf0000003f800000,0xbee00000bf400000,0xbe8000003f300000,0x3d800000bf600000
    .quad 0xbd800000bf800000,0x3f8000003f600000,0x3d8000003f400000,0x3f8000003f500000
    .quad 0x3e400000bd800000,0x3ec000003f000000,0xbe4000003ee00000,0x3f6000003f200000
    .quad 0xbe8000003e000000,0xbf20000000000000,0x3e0000003f300000,0x3e4000003f100000
    .quad 0x3ea00000bf000000,0x3e00000000000000,0xbd8000003f100000,0xbee00000bf800000
    .quad 0xbf50000000000000,0xbf3000003f800000,0x3e0000003f600000,0x3f600000be800000
    .quad 0xbec000003e800000,0x3f000000bee00000,0xbea000003f700000,0xbe8000003f200000
    .quad 0x3f5000003f700000,0xbf000000bec00000,0x3f1000003f700000,0x000000003ec00000
    .quad 0x3f6000003e400000,0xbe8000003f100000,0x3f4000003ee00000,0x3f3000003ee00000
    .quad 0x3f1000003ee00000,0x3ea000003f500000,0x000000003f200000,0x3ea000003f800000
    .quad 0xbe400000bf100000,0x3f600000bd800000,0xbf7000003f500000,0xbf000000bf700000
    .quad 0xbf4000003f100000,0xbec000003f100000,0xbe800000bf000000,0xbf300000bd800000
    .quad 0xbea00000bf700000,0xbf700000be400000,0x3f7000003f300000,0x3f8000003e800000
    .quad 0x3f0000003f500000,0xbf2000003ea00000,0xbf000000bf200000,0x3e0000003f800000
    .quad 0x3f80000000000000,0x3f200000be000000,0xbf2000003f200000,0xbd8000003e400000
    .quad 0x3f800000bf600000,0x3f1000003f400000,0x3ee00000bf600000,0x3f7000003f400000
    .quad 0x3f100000bf300000,0x3f200000bec00000,0x3ea0000000000000,0xbf7000003f100000
    .quad 0x3e4000003ea00000,0x3e000000bf000000,0x3ec000003f400000,0xbf000000bea00000
    .quad 0x3ee00000bf600000,0xbf7000003f400000,0x3f300000bee00000,0xbf8000003e000000
    .quad 0xbf100000bea00000,0x3f100000bf800000,0xbea00000bf200000,0xbf400000bf400000
    .quad 0x3f000000bd800000,0xbf70000000000000,0xbf7000003ec00000,0xbee00000bf000000
    .quad 0x3f3000003f400000,0xbe8000003f300000,0xbec00000bf700000,0xbd800000be400000
    .quad 0xbf200000bf400000,0xbe0000003f500000,0x3f2000003ec00000,0xbec000003ec00000
    .quad 0x3f3000003ee00000,0x3f500000bf500000,0x3d8000003e400000,0x3f3000003f400000
    .quad 0xbf6000003f200000,0xbf6000003ec00000,0xbf70000000000000,0x00000000bf000000
    .quad 0x3ea000003f800000,0x3d8000003f500000,0x3f7000003d800000,0x000000003ea00000
    .quad 0xbea000003e000000,0x3e0000003f000000,0x3e8000003d800000,0x000000003e400000
    .quad 0xbe000000bf600000,0x3e0000003f200000,0xbec000003f200000,0x000000003f100000
    .quad 0xbf6000003e000000,0xbf3000003f600000,0xbe800000bf600000,0x00000000be800000
    .quad 0x3ee000003f000000,0xbf800000bf300000,0x3f5000003f300000,0x000000003f100000
    .quad 0x3f000000bf100000,0x3f700000bf400000,0x3ea00000bea00000,0x0000000000000000
    .quad 0x000000003f300000,0xbf800000bf300000,0xbd8000003f400000,0x000000003e800000
    .if . - APART_SYMBOL(apart_1large_weights) - 1280
    .error "apart_1large_weights has not 1280 bytes"
    .endif
    APART_BYTES(apart_1large_weights, 1280)

/* apart_slopes_slopes: Slopes below 0.
 * 273 values, float */
    APART_SECTION(apart_slopes_slopes)
    .balign 64
    .globl APART_SYMBOL(apart_slopes_slopes)
    APART_HIDE(apart_slopes_slopes)
    APART_TYPE(apart_slopes_slopes)
APART_SYMBOL(apart_slopes_slopes):
    .quad 0xffc000017fc12345,0xff8000007f800000,0x0000000180000000,0x7f7fffff807fffff
    .quad 0xbf6000003dcccccd,0xbf300000be800000,0xbe8000003ec00000,0x3f3000003d800000
    .quad 0x3f1000003f400000,0x3f000000bf200000,0x00000000bf000000,0x3f2000003e800000
    .quad 0xbe000000bec00000,0x3f8000003f700000,0x3ee000003ec00000,0xbf100000bec00000
    .quad 0xbf50000000000000,0x3e800000be000000,0x3e000000be800000,0xbee000003ec00000
    .quad 0x3d800000bea00000,0xbe800000bf400000,0x3e000000bd800000,0x3f0000003f400000
    .quad 0x3f5000003d800000,0x3d800000bf300000,0xbf300000bd800000,0x3e0000003d800000
    .quad 0xbee000003f500000,0x3ee000003f300000,0x3d8000003ec00000,0x3f600000bf100000
    .quad 0x3f300000bee00000,0xbf600000bee00000,0xbd800000be800000,0x3f100000bf500000
    .quad 0xbf100000bec00000,0xbf200000bf000000,0xbe400000bf200000,0x3f5000003f700000
    .quad 0x3ee00000bf700000,0xbe800000bf500000,0x3f1000003f800000,0xbf5000003f200000
    .quad 0xbe4000003f400000,0x3f4000003f400000,0xbf7000003f100000,0x3f000000be800000
    .quad 0xbf600000bf100000,0x3ea00000bee00000,0xbea000003e000000,0x3e000000bf800000
    .quad 0x3f2000003f000000,0x3ec00000bf800000,0xbf300000be000000,0xbe0000003ea00000
    .quad 0xbe0000003f600000,0xbe000000bf400000,0xbf300000bee00000,0xbf2000003e400000
    .quad 0x3f2000003f800000,0xbec000003f000000,0x3f600000bf700000,0xbf500000bf600000
    .quad 0xbf5000003f100000,0xbf5000003ee00000,0xbf300000bf600000,0xbec000003f300000
    .quad 0xbea000003ec00000,0xbe400000bee00000,0xbd8000003f000000,0x3f200000bf300000
    .quad 0xbf6000003e000000,0xbf0000003d800000,0x3f3000003f100000,0x3ea00000bf500000
    .quad 0xbf100000bee00000,0xbf400000bee00000,0x3ec00000be800000,0xbe000000bd800000
    .quad 0x3e4000003f800000,0xbec00000bf200000,0x3f700000bea00000,0x3f400000bea00000
    .quad 0x3f600000bf100000,0x3e800000bf100000,0xbf1000003f400000,0x3f700000bf200000
    .quad 0xbf600000bf200000,0x3ea000003ee00000,0x3f200000bf000000,0xbf300000bf100000
    .quad 0x3f6000003f200000,0xbf8000003f800000,0x3f100000bf700000,0x3d800000bd800000
    .quad 0x3e400000bf700000,0x3f500000be800000,0x3ec00000bea00000,0x3f100000bf400000
    .quad 0xbec000003f600000,0xbf8000003f800000,0xbf4000003e800000,0x3f0000003f400000
    .quad 0x3f800000bee00000,0xbf7000003f700000,0x3ec000003ea00000,0x3f7000003f500000
    .quad 0xbea00000bf800000,0xbf7000003d800000,0xbe000000bd800000,0x000000003f300000
    .quad 0xbd8000003f400000,0x3f0000003e800000,0x3f600000bea00000,0x3e000000bf200000
    .quad 0x3f3000003e000000,0x3f500000bec00000,0xbf000000be000000,0x00000000bd800000
    .quad 0x3f6000003ec00000,0xbf300000bf700000,0x3f800000bf400000,0x3f200000bec00000
    .quad 0xbf100000bf300000,0x3f600000bea00000,0xbf7000003f500000,0xbec000003ea00000
    .quad 0x3f2000003f200000,0xbf800000bf700000,0x3e400000bf100000,0xbe00000000000000
    .quad 0x3f800000be000000,0x000000003f200000,0xbe0000003f000000,0xbf4000003ec00000
    .byte 0,0,224,62
    .if . - APART_SYMBOL(apart_slopes_slopes) - 1092
    .error "apart_slopes_slopes has not 1092 bytes"
    .endif
    APART_BYTES(apart_slopes_slopes, 1092)

/* No stack of the program need be executable. */
#if defined(__ELF__) && defined(__linux__)
    .section .note.GNU-stack,"",%progbits
#endif
