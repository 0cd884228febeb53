/* models.h: random models, whether the emitted code computes what the interpreter does, and the smallest that does not.
 *
 * A model is a draft: layers with their configs as JSON text, calls of them, recipes for weights.  It depends on
 * nothing but the seed and its number, so each can be drawn again alone. */
#ifndef CONV1DC_TESTS_MODELS_H
#define CONV1DC_TESTS_MODELS_H

#include "emit/emit.h"

/* ---- dice.c: seeded choices ---------------------------------------------------------------------------------- */

struct dice {
	uint64_t state;
};
struct dice dice_of(uint64_t seed, uint64_t number);
uint64_t dice_bits(struct dice *dice);
int dice_below(struct dice *dice, int n);                 /* 0 .. n - 1 */
int dice_between(struct dice *dice, int least, int most); /* both included; small ones oftener */
bool dice_chance(struct dice *dice, int percent);
double dice_real(struct dice *dice, double least, double most); /* a few decimals, so that texts stay short */

/* How the values of a weight or of an input are drawn. */
enum style {
	STYLE_PLAIN,   /* -1 .. 1, all bits */
	STYLE_SHORT,   /* two decimals */
	STYLE_WHOLE,   /* -3 .. 3 */
	STYLE_SPARSE,  /* mostly +0 and -0 */
	STYLE_WIDE,    /* exponents of -40 .. 40 */
	STYLE_EXTREME, /* the largest floats, subnormals, zeros */
	STYLE_WILD,    /* some NaN and infinities */
	STYLE_ONE,     /* 1 throughout: what a reduced model has */
	STYLE_COUNT
};
void dice_fill(struct dice *dice, enum style style, float *at, int64_t n);

/* ---- draft.c ------------------------------------------------------------------------------------------------- */

struct entry {
	const char *key, *value; /* value: JSON text */
};
struct ref {
	int call, output;
};
enum { CALL_INPUTS = 6, CALL_OUTPUTS = 4, DRAFT_WEIGHTS = 2 * MAX_LAYER_WEIGHTS };

struct draft_layer {
	const char *name, *class_name;
	LIST(struct entry) config;
	struct draft *inner; /* a nested model; NULL: a plain layer */
	/* Recipe and shapes of its weights, in get_weights() order; n_own of them are not of an activation with weights. */
	uint64_t weight_seed;
	enum style style;
	int n_weight, n_own;
	int wraps; /* layers around what has the weights: TimeDistributed */
	struct weight_spec weight[DRAFT_WEIGHTS];
};

struct draft_call {
	int layer;
	int n_in, n_out;
	struct ref in[CALL_INPUTS];
	struct shape out[CALL_OUTPUTS];
	bool gone; /* taken out by the reducer */
};

/* How its config is written. */
enum dialect { KERAS_3, KERAS_2 };

struct draft {
	struct arena *arena;
	const char *name;
	enum dialect dialect;
	bool sequential; /* written as one where it is a chain */
	LIST(struct draft_layer *) layers;
	LIST(struct draft_call) calls; /* topological; an input is a call of an InputLayer */
	LIST(struct ref) outputs;
};

struct shape *draft_shape(const struct draft *draft, struct ref ref);
void layer_set(struct arena *arena, struct draft_layer *layer, const char *key, const char *format, ...)
    PRINTF_LIKE(4, 5);
struct draft *draft_copy(const struct draft *draft, struct arena *arena); /* deep but for texts */
/* Shapes of the call's outputs and of the layer's weights, by conv1dc's own reader and shape functions.  false after an
 * error: the layer does not take such inputs. */
bool draft_infer_call(struct draft *draft, int call, struct diag *diag);
bool draft_infer(struct draft *draft, struct diag *diag); /* all calls, nested ones too */
/* The model as to_json(). */
void draft_json(const struct draft *draft, struct text *out);
/* The first call of a layer that is left; -1: none, it does not stand in the model. */
int draft_first_call(const struct draft *draft, int layer);
int draft_size(const struct draft *draft); /* layers, nested ones too, without inputs */

/* ---- arrays.c: weights and archives ----------------------------------------------------------------------------------------- */

/* Weight i of a layer from its recipe, in the arena. */
const float *layer_weight(const struct draft_layer *layer, int i, struct arena *arena);
/* All weights in get_weights() order as .npz.  false: there are none. */
bool draft_npz(const struct draft *draft, struct text *out);
/* A zip archive whose members are stored. */
struct zip {
	struct text *out, directory;
	int members;
};
void zip_add(struct zip *zip, const char *name, const void *at, size_t n);
void zip_end(struct zip *zip);

/* ---- write_keras.c: a .keras archive, as Keras writes it ---------------------------------------------------------- */

void draft_keras(const struct draft *draft, struct text *out);

/* ---- rows.c: what layers can be drawn ----------------------------------------------------------------------------- */

/* A layer that is being drawn. */
struct hand {
	struct dice *dice;
	struct arena *arena;
	struct draft_layer *layer;
	const struct shape *in; /* of its inputs */
	int n_in;
	bool
	    masked; /* the model may hold Masking layers; then what Keras gives no mask of another shape may not come */
};
enum takes {
	TAKES_ONE,
	TAKES_BROADCAST, /* several, of shapes that broadcast */
	TAKES_PAIR,      /* two, of shapes that broadcast */
	TAKES_ROW,       /* several, equal but for one axis: config chooses the axis before */
	TAKES_NONE,      /* an input */
	IMPLIED /* comes from an activation of its name, from masks, or from bare operations (tests/conformance: ops) only */
};
struct row {
	const char *class_name;
	enum takes takes;
	int least_rank, most_rank; /* of the first input */
	int often;
	/* Draws a config that fits the inputs; false: none does. */
	bool (*draw)(struct hand *hand);
};
const struct row *row_at(int index); /* NULL behind the last */
/* One that takes an input of that rank; NULL: none does. */
const struct row *row_any(struct dice *dice, int rank);
/* The classes of layers.def that have no row, printed; how many. */
int rows_missing(void);

/* ---- grow.c ------------------------------------------------------------------------------------------------------ */

/* Model number 'number' of the seed; a layer that does not take its inputs is an error: rows draw what is right. */
struct draft *draft_draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag);

/* ---- integers.c ---------------------------------------------------------------------------------------------------- */

/* The model with activations of TYPE_I8 or TYPE_I16, whose weights are as quantize makes them, read back from JSON; shapes
 * are not inferred.  NULL: it cannot be quantised, or after an error. */
struct graph *graph_quantised(const struct graph *folded, enum type type, struct dice *dice, struct arena *arena,
			      struct diag *diag);
/* Integers of the tensor's type. */
void integers_fill(struct dice *dice, const struct tensor *tensor, float *at, int64_t n);

/* ---- pieces.c ---------------------------------------------------------------------------------------------------- */

/* Each step that can makes 'piece' rows a call, of whole tensors, before the next step runs. */
void plan_in_pieces(struct plan *plan, int64_t piece);

/* ---- trial.c: from drafts to verdicts ------------------------------------------------------------------------------- */

enum trial_stage {
	STAGE_START,
	STAGE_DRAW,
	STAGE_LOAD,
	STAGE_PLAN,
	STAGE_JUDGE, /* the interpreter against the float64 meaning */
	STAGE_EMIT,
	STAGE_WAIT, /* emitted */
	STAGE_COMPILE,
	STAGE_RUN,
	STAGE_PASSED
};
enum { SAID_MOST = 400 };
struct verdict_of {
	enum trial_stage stage; /* where it failed; STAGE_PASSED */
	char said[SAID_MOST];
};

struct compiler {
	const char *name, *command; /* command: up to the file */
	unsigned targets;           /* that it is for: bits of trial.c */
	bool runs;                  /* tcc -run: compiles and runs in one */
	const char *emulator;       /* of its programs; NULL: none is needed */
};
const struct compiler *compiler_row(int index); /* NULL behind the last; the first that fits is for the bulk */
bool compiler_fits(const struct compiler *compiler, const struct target *target);

/* What a batch is made of: models number first + i of the seed, or drafts[i], with the inputs of number first. */
struct batch {
	uint64_t seed, first;
	int n;
	const struct draft *const *drafts;
	const struct compiler *compiler;
	const struct target *target;
	enum fp fp;
	const char *folder;
	bool archive;          /* through a .keras file */
	int64_t piece;         /* > 0: plan_in_pieces() where ram is RAM_DEFAULT */
	enum type activations; /* TYPE_I8, TYPE_I16: quantised models, where a draft can be; TYPE_F32: as they are */
	enum ram ram;          /* else the plan for that and the block 'piece', which is the planner's where it is 0 */
};
/* Fills verdicts; whatever the models do, they cannot harm the caller. */
void batch_try(const struct batch *batch, struct verdict_of *verdicts);

/* ---- reduce.c -------------------------------------------------------------------------------------------------------- */

/* Whether two failures are of one kind. */
bool verdicts_alike(const struct verdict_of *a, const struct verdict_of *b);
/* The smallest draft found that fails as the given one does. */
struct draft *draft_reduce(const struct draft *draft, const struct batch *like, const struct verdict_of *failed,
			   struct arena *arena);

#endif
