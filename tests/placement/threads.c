/* threads.c: two models with two contexts each, first in turns, then in four threads at once; all as each alone. */
#include "instances.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

enum { ROUNDS = 20 };

static void *many_times(void *argument)
{
	intptr_t i = (intptr_t)argument, differ = 0;

	for (int round = 0; round < ROUNDS; round++) differ += instance_differs((int)i);
	return (void *)differ;
}

int main(void)
{
	pthread_t threads[INSTANCES];
	intptr_t differ = 0;

	instances_prepare();
	for (int k = 0; k < ROUNDS * INSTANCES; k++) differ += instance_differs(k % INSTANCES);
	for (intptr_t i = 0; i < INSTANCES; i++) {
		if (pthread_create(&threads[i], NULL, many_times, (void *)i) != 0) return 2;
	}
	for (int i = 0; i < INSTANCES; i++) {
		void *of_thread;

		pthread_join(threads[i], &of_thread);
		differ += (intptr_t)of_thread;
	}
	printf("%ld runs differ\n", (long)differ);
	return differ != 0;
}
