/* tiles.c TARGET COMPILER MODEL...: what each tile of conv1d_vector reaches, of the processor's peak and of what the planner's
 * cost model promises: one line a tile, "TARGET COMPILER VECTORS STEPS PERCENT_OF_PEAK PERCENT_OF_PROMISE".
 *
 * MODEL is one valid Conv1D whose filters fill so many vectors; its name begins with their number: "3.json".  Built with a
 * table of tiles that goes beyond what stays in registers, all of 100 percent: see run.sh. */
#include "../peak.h"

#include "judge/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MOST_TRIED = 26, SUMS_LEAST = 4, PEAK_ROUNDS = 40, MILLISECONDS = 60, MILLISECONDS_MORE = 30 };

static double peak_flops(const struct peak *peak)
{
	double best = 0;

	peak->run(1);
	for (int i = 0; i < PEAK_ROUNDS; i++) {
		double begin = process_clock(), flops;

		peak->run(20);
		flops = 20 * peak->flops / (process_clock() - begin);
		if (flops > best) best = flops;
	}
	return best;
}

static bool read_model(struct program *program, struct options *options, struct arena *arena, struct diag *diag)
{
	program->loaded = load(options, arena, diag);
	if (!program->loaded) return false;
	program->meaning = program->loaded->graph;
	infer(program->meaning, diag);
	if (diag_failed(diag) || !infer_lengths(program->meaning, diag)) return false;
	program->graph = graph_copy(arena, program->meaning);
	fold(program->graph);
	return infer_lengths(program->graph, diag);
}

/* The program whose layer has this tile. */
static struct program *with_tile(const struct program *program, struct tile tile, struct arena *arena,
				 struct diag *diag)
{
	struct program *own = arena_copy(arena, program, sizeof *program);
	struct choice *choice = NEW_ARRAY(arena, program->graph->nodes.n, struct choice);

	choice[0] = (struct choice){ kernel_find("conv1d_vector"), tile };
	own->prefix = arena_printf(arena, "tile%dx%d", tile.steps, tile.vectors);
	own->macro = upper(arena, own->prefix);
	own->plan = plan_make_chosen(program->graph, program->target, program->fp, false, choice, arena, diag);
	return own;
}

struct table_row {
	struct tile tile;
	int64_t operations;
};

static int tiles_of(const struct program *program, int vectors, struct table_row *row, struct runner *runner,
		    struct arena *arena, struct diag *diag)
{
	const int most = program->target->vectors / vectors + 2;
	int n = 0;

	for (int steps = 1; steps <= most && steps <= STEPS_MOST_TRIED; steps++) {
		const struct tile tile = { steps, vectors };

		if (steps * vectors < SUMS_LEAST) continue;
		runner[n].program = with_tile(program, tile, arena, diag);
		row[n].tile = tile;
		row[n].operations =
		    kernel_find("conv1d_vector")->tile_operations(program->graph->nodes.at[0], program->target, &tile);
		n++;
	}
	return n;
}

/* seconds: of half a cycle, in which one multiply-add of a vector starts, or half of a product and a sum. */
static void print_row(const struct program *program, const char *compiler, const struct table_row *row, double ns,
		      double seconds)
{
	const struct target *target = program->target;
	double macs = (double)layer_macs(program->graph->nodes.at[0]);
	double least = macs / target->width[0] * (target->has_fused ? 1 : 2) * seconds * 1e9;

	printf("%s %s %d %d %.1f %.1f\n", target->name, compiler, row->tile.vectors, row->tile.steps, 100 * least / ns,
	       100 * (double)row->operations * seconds * 1e9 / ns);
	fflush(stdout);
}

/* Of half a cycle; measured before and behind the tiles. */
static double half_cycle(const struct target *target, double flops)
{
	return 2.0 * target->width[0] / flops / (target->has_fused ? 1 : 2);
}

static bool measure(const char *target, const char *compiler, const char *model)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct options options = options_default();
	struct program program = { .target = target_find(target) };
	struct table_row row[STEPS_MOST_TRIED] = { { { 0, 0 }, 0 } };
	struct runner runner[STEPS_MOST_TRIED] = { { 0 } };
	struct race race = {
		.runner = runner, .options = &options, .milliseconds = MILLISECONDS, .arena = arena, .diag = diag
	};
	const char *scratch;
	double flops = peak_flops(peak_of(target)), after;
	bool measured;

	options.model = model;
	options.init = true;
	program.fp = program.target->fp;
	measured = read_model(&program, &options, arena, diag);
	if (measured) race.n = tiles_of(&program, atoi(path_base(model)), row, runner, arena, diag);
	race.milliseconds += MILLISECONDS_MORE * race.n;
	scratch = measured ? scratch_open(arena, diag) : NULL;
	if (scratch) race.folder = path_join(arena, scratch, "race");
	measured = scratch && race_run(&race) && !race.fault;
	after = peak_flops(peak_of(target));
	if (after > flops) flops = after;
	for (int i = 0; measured && i < race.n; i++) {
		if (runner[i].fault) fprintf(stderr, "%s: %s\n", runner[i].program->prefix, runner[i].fault);
		print_row(&program, compiler, &row[i], runner[i].ns, half_cycle(program.target, flops));
	}
	if (scratch) scratch_close();
	arena_free(arena);
	return measured;
}

int main(int argc, char **argv)
{
	if (argc < 4 || !peak_of(argv[1]) || !target_find(argv[1])) return 2;
	setenv("CC", argv[2], 1);
	for (int i = 3; i < argc; i++)
		if (!measure(argv[1], argv[2], argv[i])) return 1;
	return 0;
}
