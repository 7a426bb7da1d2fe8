/* A state and its linear program: what it may take, what its solution and its duals are good for. */
#include "solver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int right_of(const cut_t *cut, const u64 *uncovered) {
    int left = 0;
    if (!cut->coefficient) return 1;
    for (int t = 0; t < cut->items; t++) left += has(uncovered, cut->item[t]);
    return left / cut->divisor;
}

/* Marks groups whose offers all hold one other item too, in `held` by 0: that item's row says all that theirs would. */
static void leave_out_groups(const instance_t *in, const int *offer, int count, const u64 *uncovered, int *held) {
    int groups = in->items - in->rollups, *start = calloc((size_t)groups + 2, sizeof(int)), *common = calloc((size_t)in->items + 1, sizeof(int));
    int total = 0, *holder = NULL;
    for (int g = 0; start && g < groups; g++) start[g] = total += held[in->rollups + g];
    if (start && common) holder = malloc(sizeof(int) * (size_t)(total + 1));
    if (holder) {
        start[groups] = total;
        for (int c = 0; c < count; c++)
            for (int q = in->start[offer[c]]; q < in->start[offer[c] + 1]; q++)
                if (in->member[q] >= in->rollups) holder[--start[in->member[q] - in->rollups]] = offer[c];
        for (int g = 0; g < groups; g++) {
            int own = in->rollups + g, size = held[own], covered = 0;
            if (size < 2) continue;
            for (int pass = 0; pass < 2; pass++)
                for (int p = start[g]; p < start[g + 1]; p++)
                    for (int q = in->start[holder[p]]; q < in->start[holder[p] + 1]; q++) {
                        int i = in->member[q];
                        if (pass) common[i] = 0;
                        /* of groups with the same offers, the first keeps its row */
                        else if (i != own && has(uncovered, i) && held[i] && ++common[i] == size && (held[i] > size || i < own)) covered = 1;
                    }
            if (covered) held[own] = 0;
        }
    }
    free(start); free(common); free(holder);
}

/* Lays out a program over offers; a row for each uncovered item that two of them hold, or one while the item can't be left idle. */
int program_new(const solver_t *s, program_t *to, const int *offer, int count, const u64 *uncovered, i64 base) {
    const instance_t *in = s->in;
    size_t items = (size_t)in->items;
    *to = (program_t){.column = malloc(sizeof(int) * (size_t)(in->offers + 1)), .offer = malloc(sizeof(int) * (size_t)(count + 1)),
                      .row = calloc(items + 1, sizeof(int)), .cut = calloc(MOST_CUTS + 1, sizeof(int)), .base = base};
    if (!to->column || !to->offer || !to->row || !to->cut) { program_free(to); return 0; }
    for (int j = 0; j < in->offers; j++) to->column[j] = -1;
    for (int c = 0; c < count; c++) {
        to->offer[c] = offer[c], to->column[offer[c]] = c;
        for (int q = in->start[offer[c]]; q < in->start[offer[c] + 1]; q++) to->row[in->member[q]]++;
    }
    leave_out_groups(in, offer, count, uncovered, to->row);
    int rows = 0;
    for (int i = 0; i < in->items; i++) to->row[i] = has(uncovered, i) && to->row[i] > (i >= in->rollups) ? rows++ : -1;
    to->lp = simplex_new(in, offer, count, to->row, rows, s->unit, MOST_CUTS);
    if (!to->lp) { program_free(to); return 0; }
    return 1;
}

void program_free(program_t *p) {
    simplex_free(p->lp);
    free(p->column); free(p->offer); free(p->row); free(p->cut);
    *p = (program_t){0};
}

/* Begins a program with what another had come to: the cuts that bind there, of the kinds asked for and not `dead` (NULL: all), and the
 * columns of its basis. */
void program_adopt(const solver_t *s, program_t *to, const program_t *from, const u64 *uncovered, int kinds, const unsigned char *dead) {
    const simplex_t *old = from->lp;
    int *list = malloc(sizeof(int) * (size_t)(to->lp->columns + old->rows + 1)), count;
    signed char *ones = malloc((size_t)to->lp->columns + 1);
    if (list && ones) {
        for (int k = 0; k < old->rows - old->items; k++) {
            if (old->status[old->columns + old->items + k] == BASIC) continue;
            const cut_t *cut = s->pool + from->cut[k];
            int right = right_of(cut, uncovered);
            if (!(kinds & (cut->coefficient ? ROWS : CLIQUES)) || (dead && dead[k]) || !right) continue;
            count = 0;
            for (int t = 0; t < cut->size; t++)
                if (to->column[cut->column[t]] >= 0) ones[count] = cut->coefficient ? cut->coefficient[t] : 1, list[count++] = to->column[cut->column[t]];
            int row = count > 1 ? simplex_add_cut(to->lp, list, ones, count, right) : -1;
            if (row >= 0) to->cut[row - to->lp->items] = from->cut[k];
        }
        count = 0;
        for (int r = 0; r < old->rows; r++)
            if (old->basis[r] < old->columns && to->column[from->offer[old->basis[r]]] >= 0) list[count++] = to->column[from->offer[old->basis[r]]];
        simplex_adopt(to->lp, list, count);
    }
    to->lp->pivots = old->pivots;
    free(list); free(ones);
}

/* A program over what is alive, begun from the one in force, in its place; the caller keeps the other. */
int narrow_program(solver_t *s, const state_t *st, int kinds) {
    const board_t *b = st->board;
    int *wanted = malloc(sizeof(int) * (size_t)(b->size + 1)), count = 0;
    program_t to = {0};
    for (int p = 0; wanted && p < b->size; p++)
        if (has(st->alive, p) && b->column[p] < s->in->offers) wanted[count++] = b->column[p];
    int ok = wanted && program_new(s, &to, wanted, count, st->uncovered, st->gain);
    free(wanted);
    if (!ok) return 0;
    program_adopt(s, &to, &s->program, st->uncovered, kinds, NULL);
    s->program = to;
    return 1;
}

/* A row whose rollups are partly covered allows what is left of them, which may be less than what the chosen columns leave of it. */
static void tighten_rows(solver_t *s, const state_t *st) {
    simplex_t *lp = s->program.lp;
    for (int k = 0; k < lp->rows - lp->items; k++) {
        const cut_t *cut = s->pool + s->program.cut[k];
        if (!cut->coefficient) continue;
        double left = lp->right[lp->items + k] - right_of(cut, st->uncovered);
        for (int p = 0; p < s->depth && left > 0.0; p++) {
            int c = s->path[p] < s->in->offers ? s->program.column[s->path[p]] : -1;
            for (int q = 0; c >= 0 && q < lp->cut_size[c]; q++) {
                size_t at = (size_t)c * CUT_ROOM + (size_t)q;
                if (lp->cut_row[at] == lp->items + k) left -= lp->cut_coefficient[at];
            }
        }
        lp->lower[lp->columns + lp->items + k] = left > 0.0 ? left : 0.0;
    }
}

/* Says to the program what is chosen and what is alive. */
void restrict_program(solver_t *s, const state_t *st) {
    simplex_t *lp = s->program.lp;
    const instance_t *in = s->in;
    const board_t *b = st->board;
    int n = lp->columns;
    memset(lp->lower, 0, sizeof(double) * (size_t)(n + lp->items));
    memset(lp->upper, 0, sizeof(double) * (size_t)(n + lp->items));
    const int *row = s->program.row, *column = s->program.column;
    for (int i = 0; i < in->items; i++)
        if (row[i] >= 0 && (i >= in->rollups || !has(st->uncovered, i))) lp->upper[n + row[i]] = 1.0;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int c = b->column[64 * w + __builtin_ctzll(rest)], i = c - in->offers;
            if (i < 0) lp->upper[column[c]] = 1.0;
            else if (row[i] >= 0) lp->upper[n + row[i]] = 1.0;
        }
    for (int p = 0; p < s->depth; p++) {
        int c = s->path[p], i = c - in->offers;
        if (i < 0 && column[c] >= 0) simplex_set(lp, column[c], 1.0, 1.0);
        if (i >= 0 && row[i] >= 0) simplex_set(lp, n + row[i], 1.0, 1.0);
    }
    tighten_rows(s, st);
}

/* The target in units of the program, less what rounding the prices may lose. */
double cutoff_of(const solver_t *s, const state_t *st) {
    int left = 2;
    for (int k = 0; k < s->program.lp->rows - s->program.lp->items; k++) left += (int)s->program.lp->right[s->program.lp->items + k];
    for (int w = 0; w < s->item_words; w++) left += __builtin_popcountll(st->uncovered[w]);
    double target = (double)s->target - ldexp((double)s->program.base, s->scale) - (double)left * 0.6;
    return target / (double)(1ll << s->scale) / s->unit;
}

/* Where the program's solution is whole: one packing more, and 1. */
int keep_whole_solution(solver_t *s, const state_t *st) {
    const board_t *b = st->board;
    int count = s->depth;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int c = b->column[64 * w + __builtin_ctzll(rest)];
            if (c >= s->in->offers) continue;
            double share = simplex_value(s->program.lp, s->program.column[c]);
            if (share > 1e-6 && share < 1.0 - 1e-6) return 0;
            if (share > 0.5 && count < 2 * s->in->items) s->path[count++] = c;
        }
    keep_if_better(s, s->path, count);
    return 1;
}

/* Prices the state by its program with cliques added while they pay; fills y, weight and slack. */
priced_t price(solver_t *s, const state_t *st, u64 *left, int rounds) {
    priced_t answer = {0, LP_FAILED};
    const board_t *b = st->board;
    restrict_program(s, st);
    simplex_begin(s->program.lp);
    double before = 1e300;
    int stalled = 0;
    for (int round = 0;; round++) {
        s->programs++;
        answer.status = simplex_solve(s->program.lp, cutoff_of(s, st), s->deadline);
        if (answer.status == LP_LATE) s->stopped = 1;
        if (answer.status == LP_OPTIMAL) {
            keep_whole_solution(s, st);
            if (rounds) forget_slack_cuts(s); /* fewer rows make faster pivots; what is needed again is found again */
        }
        answer.budget = round_prices(s, st);
        i64 budget = answer.budget - s->lift;
        if (answer.status != LP_OPTIMAL || budget < 0) return answer;
        if (round >= rounds) return answer;
        stalled += round > 3 && (double)budget > 0.995 * before;
        /* where cuts gain nothing at all, odd rows may, wide ones mostly: one round more for them, and as many again where they do */
        int odd = s->style.odd && s->depth == 0, still = (double)budget > (1.0 - 1e-9) * before;
        if (stalled > s->style.patience && (double)budget <= 0.995 * before) stalled = s->style.patience;
        int stuck = odd && still && stalled == s->style.patience + 1;
        if (stalled > s->style.patience && !stuck) return answer;
        before = (double)budget;
        for (int w = 0; w < b->words; w++) {
            left[w] = 0;
            for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
                int p = 64 * w + __builtin_ctzll(rest);
                if (s->slack[p] <= budget) put(left, p);
            }
        }
        state_t narrowed = *st;
        narrowed.alive = left;
        int added = separate_cliques(s, &narrowed, 40);
        if (odd && (stuck || added <= s->style.stalled)) added += separate_odd_rows(s, s->style.odd, still);
        if (!added) return answer;
        simplex_begin(s->program.lp);
    }
}
