#include "engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "economise.h"
#include "replay.h"
#include "solver.h"

enum { STACK_BYTES = 4 << 20, FRAME_BYTES = 1000, FIRST_MOVES = 20000, LIVE_MOVES = 100000 };

int engine_version(void) { return ENGINE_VERSION; }

/* The largest scale at which no sum over prices and items leaves 60 bits; -1 where there is none. */
static int largest_scale(const instance_t *in) {
    double largest = 1.0;
    for (int j = 0; j < in->offers; j++) largest = fmax(largest, fabs((double)in->gain[j]));
    double room = exp2(60.0) / (largest * 16.0 * (in->items + 2.0));
    int scale = -1;
    while (scale < 12 && exp2(scale + 1) <= room) scale++;
    return scale;
}

static int prepare(solver_t *s, int most_rows) {
    const instance_t *in = s->in;
    size_t items = (size_t)in->items, columns = (size_t)in->columns;
    s->item_words = (int)((items + 63) / 64);
    s->most_depth = STACK_BYTES / (int)(8 * (items / 64 + columns / 64 + 2) + FRAME_BYTES);
    s->best = malloc(sizeof(int) * (items + 1)), s->path = malloc(sizeof(int) * (2 * items + columns + 2));
    s->y = calloc(items + 1, sizeof(i64)), s->weight = calloc((size_t)most_rows + 1, sizeof(i64));
    s->slack = calloc(columns + 1, sizeof(i64)), s->sums = calloc(items + 1, sizeof(double));
    s->dead_cut = calloc((size_t)most_rows + 1, 1), s->mark = calloc(items + 1, 1), s->extra = calloc(columns + 1, sizeof(i64));
    return s->best && s->path && s->y && s->weight && s->slack && s->sums && s->dead_cut && s->mark && s->extra;
}

static void clean(solver_t *s) {
    free(s->best); free(s->path); free(s->y); free(s->weight); free(s->slack); free(s->sums); free(s->dead_cut); free(s->mark);
    free(s->extra); free(s->tree); free(s->record);
    for (int k = 0; k < s->pooled; k++) free(s->pool[k].column), free(s->pool[k].coefficient);
    free(s->pool);
    program_free(&s->program);
}

static board_t *everything(const instance_t *in) {
    board_t *b = calloc(1, sizeof *b + sizeof(int) * (size_t)in->columns);
    if (!b) return NULL;
    b->size = in->columns, b->words = (in->columns + 63) / 64, b->column = (int *)(b + 1);
    for (int c = 0; c < in->columns; c++) b->column[c] = c;
    return b;
}

static const style_t FAST = {24, 200, 40, 3, 1, 10, 40, 0, 4, 0};

static void find_tree(solver_t *s, const i64 *reserve, const engine_gas_t *gas, double thrift, double spare, engine_answer_t *answer) {
    const instance_t *in = s->in;
    int finest = largest_scale(in);
    static const int scales[] = {0, 1, 2, 3, 4, 6, 8, 12};
    rescale(s, 0);
    greedy_packings(s);
    anneal(s, in->core, in->cores, in->cores * 50 < FIRST_MOVES ? in->cores * 50 : FIRST_MOVES);

    for (int p = 0; p < in->cores; p++) s->unit = fmax(s->unit, (double)in->gain[in->core[p]] / 1e4);
    u64 *uncovered = calloc((size_t)s->item_words + 1, sizeof(u64));
    for (int i = 0; uncovered && i < in->items; i++) put(uncovered, i);
    int status = LP_FAILED;
    if (uncovered && program_new(s, &s->program, in->core, in->cores, uncovered, 0)) {
        simplex_begin(s->program.lp);
        status = simplex_solve(s->program.lp, -1e300, s->deadline);
        s->programs++;
        int *chosen = malloc(sizeof(int) * (size_t)(in->cores + 1)), count = 0;
        for (int c = 0; chosen && status == LP_OPTIMAL && c < in->cores; c++) {
            double share = simplex_value(s->program.lp, c);
            if (share > 1e-6 && share < 1.0 - 1e-6) count = -in->cores - 1;
            else if (share > 0.5 && count >= 0) chosen[count++] = in->core[c];
        }
        if (count > 0) keep_if_better(s, chosen, count);
        free(chosen);
    }
    i64 *y = calloc(2 * ((size_t)in->items + 1), sizeof(i64));
    board_t *all = everything(in);
    u64 *ones = calloc((size_t)(in->columns / 64 + 2), sizeof(u64));
    if (!y || !all || !ones || !uncovered) { s->stopped = 1; goto done; }
    i64 finest_budget = 0, budget = 0, *finer_y = y + in->items + 1;
    rescale(s, finest);
    finest_budget = root_prices(s, y) - s->target;
    for (int k = 0; k < 8 && scales[k] <= finest; k++) {
        rescale(s, scales[k]);
        budget = root_prices(s, y) - s->target;
        if (finest_budget < 0 ? budget < 0 : (double)budget * exp2(finest - scales[k]) <= 1.01 * (double)finest_budget) break;
    }
    if (s->scale != finest && (budget < 0) != (finest_budget < 0)) {
        rescale(s, finest);
        root_prices(s, y);
    }
    /* a scale for price nodes: what rounding adds to a budget there is about a granularity at most */
    int scale = s->scale, finer = (int)ceil(log2((double)in->items / (double)s->granularity));
    rescale(s, finer < scale ? scale : finer < finest ? finer : finest);
    finer = s->scale;
    root_prices(s, finer_y);
    rescale(s, scale);
    for (int c = 0; c < in->columns; c++) put(ones, c);

    board_t *live = NULL;
    i64 improved = -1;
    int narrowed = 0;
    while (improved != s->best_gain) {
        improved = s->best_gain;
        rescale(s, s->scale);
        board_free(live);
        live = price_root(s, y, 0, &budget);
        if (!live || budget < 0 || !s->program.lp) break;
        u64 *alive = calloc((size_t)live->words + 1, sizeof(u64));
        if (!alive) break;
        for (int p = 0; p < live->size; p++) put(alive, p);
        state_t now = {live, uncovered, alive, budget, 0};
        program_t before = s->program;
        if (!narrowed && !narrow_program(s, &now, CLIQUES)) {
            free(alive);
            break;
        }
        if (!narrowed) program_free(&before);
        narrowed = 1;
        dive(s, &now);
        free(alive);
    }
    if (!live) { s->stopped = 1; goto done; }
    state_t root = {all, uncovered, ones, -s->target, 0};
    memcpy(s->y, y, sizeof(i64) * (size_t)in->items);
    simplex_t *lp = s->program.lp;
    s->program.lp = NULL; /* the root has no cuts */
    int node = new_node(s, NODE_PRICE, write_price_record(s, &root), -1);
    s->program.lp = lp;
    u64 *alive = calloc((size_t)live->words + 1, sizeof(u64));
    state_t now = {live, uncovered, alive, budget, 0};
    if (budget >= 0 && !s->stopped && alive && narrowed) {
        for (int p = 0; p < live->size; p++) put(alive, p);
        s->style = FAST;
        append_child(s, node, refute(s, &now, -1));
    } else if (budget >= 0) s->open_budget = budget;

    /* What is open tells the bound; a certificate is written for the least threshold that the tree proves. */
    i64 first = s->target - s->lift, unit = (i64)1 << s->scale;
    answer->bound = s->best_gain;
    answer->threshold = s->best_gain + s->granularity;
    if (s->open_budget >= 0) {
        i64 most = first + s->open_budget;
        answer->bound = most >= 0 ? most / unit : -((-most + unit - 1) / unit);
        if (answer->bound < s->best_gain) answer->bound = s->best_gain;
        if (answer->bound >= answer->threshold) answer->threshold = answer->bound + 1;
        i64 rise = (answer->threshold << s->scale) - s->target;
        s->target += rise, s->lift += rise;
    }
    flat_t flat = {NULL, 0, 0};
    state_t whole = {all, uncovered, ones, -s->target + s->lift, 0};
    answer->gas = write_certificate(s, reserve, gas, INT64_MAX, &whole, node, &flat);
    if (answer->gas >= 0) answer->certificate = flat.data, answer->size = flat.size;
    else free(flat.data), answer->size = 0;
    answer->scale = s->scale, answer->live = s->live;
    answer->status = answer->size && answer->threshold == s->best_gain + s->granularity ? ENGINE_PROVED : ENGINE_OPEN;
    if (answer->status == ENGINE_PROVED && s->open_budget < 0 && s->tree[node].first >= 0 && (thrift > 0.0 || spare > 0.0))
        economise(s, &(shop_t){reserve, gas, &whole, &now, finest, node, finer, finer_y, answer}, thrift * (clock_seconds() - s->begun), spare);
    board_free(live);
    free(alive);
done:
    board_free(all);
    free(ones); free(uncovered); free(y);
}

engine_answer_t *engine_solve(const engine_instance_t *given, const engine_gas_t *gas, double seconds, double thrift, double spare) {
    double begun = clock_seconds();
    engine_answer_t *answer = calloc(1, sizeof *answer);
    if (!answer) return NULL;
    answer->status = ENGINE_NO_MEMORY;
    instance_t *in = instance_new(given->rollups, given->groups, given->offers, given->bundle, given->words, given->group_start,
                                  given->group, given->value, given->reserve);
    if (!in) return answer;
    solver_t s = {.in = in, .unit = 1e-4, .granularity = given->granularity, 
                  .open_budget = -1, .most_programs = INT64_MAX, .freed_share = 0.4, .steep = GENTLE, .small_programs = 30, .seed = 0x9e3779b97f4a7c15ull};
    s.begun = begun, s.deadline = begun + seconds;
    if (largest_scale(in) < 0) answer->status = ENGINE_OUT_OF_RANGE;
    else if (prepare(&s, in->items + MOST_CUTS)) {
        answer->status = ENGINE_OPEN;
        answer->bound = INT64_MAX;
        rescale(&s, 0);
        find_tree(&s, given->reserve, gas, thrift, spare, answer);
        answer->gain = s.best_gain, answer->winners = s.bests;
        answer->nodes = s.nodes, answer->programs = s.programs, answer->candidates = s.candidates;
        answer->pivots = s.program.lp ? s.program.lp->pivots : 0;
        answer->winner = s.best, s.best = NULL;
    }
    clean(&s);
    instance_free(in);
    return answer;
}

void engine_free(engine_answer_t *answer) {
    if (!answer) return;
    free(answer->winner); free(answer->certificate);
    free(answer);
}
