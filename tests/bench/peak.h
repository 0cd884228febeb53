/* peak.h: how many multiply-adds this processor does. */
#ifndef PEAK_H
#define PEAK_H

/* run(n) computes n * flops floating-point operations in registers. */
struct peak {
	const char *target;
	double flops;
	void (*run)(long n);
};
extern const struct peak peaks[];
/* NULL: this processor does not have it. */
const struct peak *peak_of(const char *target);

#endif
