/* Where to branch, by what the programs of the children say (strong branching: Applegate, Bixby, Chvátal, Cook 1995). */
#include "solver.h"

#include <math.h>
#include <stdlib.h>

/* Programs that may be solved for looks before any others, and the part of all programs that may be later. */
enum { FIRST_LOOKS = 60, LOOKED_SHARE = 8 };

static const double SOME = 1e-6;
/* Work by what is left of a budget: closed by its program, a child takes one price node; left as it is, STEEPNESS powers of two more. What a
 * child costs beside its alive offers, in such offers. */
static const double CLOSED = 0.5, STEEPNESS = 3.0, ANY_CHILD = 10.0;

typedef struct {
    double share;
    int item, children;
} look_t;

static int by_children(const void *a, const void *b) {
    const look_t *x = a, *y = b;
    if (x->children != y->children) return x->children - y->children;
    if (x->share != y->share) return x->share > y->share ? -1 : 1;
    return x->item - y->item;
}

int count_alive(const state_t *st) {
    int count = 0;
    for (int w = 0; w < st->board->words; w++) count += __builtin_popcountll(st->alive[w]);
    return count;
}

/* The rollups of which the solution covers a part by fractions, and the lightest item, fewest children first; how many. */
static int list_items(const solver_t *s, const state_t *st, int lightest, look_t *look) {
    const board_t *b = st->board;
    const instance_t *in = s->in;
    i64 budget = st->budget - s->lift;
    for (int i = 0; i < in->items; i++) look[i] = (look_t){0.0, i, 0};
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest), c = b->column[p];
            if (b->slack[p] > budget) continue;
            double share = c < in->offers ? simplex_value(s->program.lp, s->program.column[c]) : 0.0;
            share = fmin(share, 1.0 - share);
            for (int q = in->start[c]; q < in->start[c + 1]; q++) {
                look_t *own = look + in->member[q];
                own->share += share > SOME ? share : 0.0, own->children++;
            }
        }
    int count = 0;
    for (int i = 0; i < in->items; i++)
        if (i == lightest || (i < in->rollups && has(st->uncovered, i) && look[i].share > 0.0)) look[count++] = look[i];
    qsort(look, (size_t)count, sizeof *look, by_children);
    return count;
}

/* About how much work a child is, in alive offers at price nodes. */
static double work_of(solver_t *s, const state_t *below, double gap) {
    restrict_program(s, below);
    simplex_begin(s->program.lp);
    s->programs++, s->looked++;
    double cutoff = cutoff_of(s, below), left = 0.0;
    int status = simplex_solve(s->program.lp, cutoff, s->deadline);
    if (status == LP_LATE) s->stopped = 1;
    if (status != LP_CUTOFF) left = fmin(ldexp((s->program.lp->objective - cutoff) * s->unit, s->scale), (double)(below->budget - s->lift));
    return (ANY_CHILD + count_alive(below)) * (left > 0.0 ? exp2(STEEPNESS * left / gap) : CLOSED);
}

int promising_item(solver_t *s, const state_t *st, int lightest) {
    const board_t *b = st->board;
    i64 budget = st->budget - s->lift;
    if (s->looked > FIRST_LOOKS + s->programs / LOOKED_SHARE) return lightest;
    look_t *look = malloc(sizeof *look * (size_t)(s->in->items + 1));
    u64 *uncovered = malloc(sizeof(u64) * (size_t)(s->item_words + b->words + 1)), *alive = uncovered ? uncovered + s->item_words : NULL;
    int count = look && uncovered ? list_items(s, st, lightest, look) : 0, best = lightest;
    double least = INFINITY;
    for (int t = 0; t < count && t < s->style.looks && !s->stopped; t++) {
        double sum = 0.0;
        const u64 *held = b->holding + (size_t)b->words * (size_t)look[t].item;
        for (int w = 0; w < b->words; w++)
            for (u64 rest = held[w] & st->alive[w]; rest && sum < least && !s->stopped; rest &= rest - 1) {
                int p = 64 * w + __builtin_ctzll(rest);
                if (b->slack[p] > budget) continue;
                state_t below = state_after(s, st, p, uncovered, alive);
                s->path[s->depth++] = b->column[p];
                sum += work_of(s, &below, (double)budget + 1.0);
                s->depth--;
            }
        if (sum < least && !s->stopped) least = sum, best = look[t].item;
    }
    free(look); free(uncovered);
    return best;
}
