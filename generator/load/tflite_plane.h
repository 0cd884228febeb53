/* tflite_plane.h: operators over two axes of steps, of which one has the size 1.  Private to load/tflite*.c. */
#ifndef CONV1DC_TFLITE_PLANE_H
#define CONV1DC_TFLITE_PLANE_H

#include "load/tflite.h"

/* A window as the file says it: height, width. */
struct tflite_window {
	int64_t taps[2], stride[2], dilation[2];
	bool same; /* padding SAME, else VALID */
};
/* An input of 4 axes as steps and channels. */
struct tflite_plane {
	int axis; /* of the window: 0 the height, 1 the width is the axis of steps */
	int64_t steps, channels;
};
/* The window along the steps. */
struct tflite_run {
	int64_t taps, stride, dilation, before, steps_out;
};
/* Sizes that can be computed with.  All of these: false after an error. */
bool tflite_window_is_right(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w);
bool tflite_plane(struct tflite *t, const struct tflite_operator *op, const struct tflite_tensor *in,
		  const int64_t taps[2], struct tflite_plane *plane);
bool tflite_run_of(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w,
		   const struct tflite_tensor *in, struct tflite_plane *plane, struct tflite_run *run);
/* Which of the window's taps along the axis of size 1 meets it.  false after an error: none does. */
bool tflite_live_tap(struct tflite *t, const struct tflite_operator *op, const struct tflite_window *w, int axis,
		     int64_t *tap);
/* (batches, 1, steps, channels) or (batches, steps, 1, channels). */
struct shape tflite_plane_shape(const struct tflite_plane *plane, int64_t block, int64_t steps, int64_t channels);
/* The value that a layer with this window is to read and the padding that says what stands around it: the value itself,
 * what a ZeroPadding1D made it of, or one that is put in front.  NULL after an error. */
struct tensor *tflite_fit_padding(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
				  const struct tflite_run *run, const struct tflite_tensor *like, int *padding);
/* A ZeroPadding1D. */
struct tensor *tflite_pad_steps(struct tflite *t, const struct tflite_operator *op, struct tensor *value,
				int64_t before, int64_t behind, const struct tflite_tensor *like);

#endif
