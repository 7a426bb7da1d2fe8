/* Boards and states: which live columns remain once others are chosen. */
#include "solver.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    i64 slack;
    int column;
} placed_t;

static int by_slack(const void *a, const void *b) {
    const placed_t *x = a, *y = b;
    if (x->slack != y->slack) return x->slack < y->slack ? -1 : 1;
    return x->column - y->column;
}

board_t *board_new(const solver_t *s, const int *column, const i64 *slack, int size) {
    const instance_t *in = s->in;
    size_t n = (size_t)size, words = (n + 63) / 64, items = (size_t)in->items;
    placed_t *order = malloc(sizeof *order * (n + 1));
    size_t bytes = sizeof(board_t) + sizeof(u64) * words * (items + n) + sizeof(i64) * n + sizeof(double) * n + sizeof(int) * (n + items);
    board_t *b = order ? calloc(1, bytes) : NULL;
    if (!b) { free(order); return NULL; }
    b->size = size, b->words = (int)words;
    b->holding = (u64 *)(b + 1), b->clashing = b->holding + words * items;
    b->slack = (i64 *)(b->clashing + words * n), b->weight = (double *)(b->slack + n);
    b->column = (int *)(b->weight + n), b->alone = b->column + n;
    for (int p = 0; p < size; p++) order[p] = (placed_t){slack[p], column[p]};
    qsort(order, n, sizeof *order, by_slack);
    for (int i = 0; i < in->items; i++) b->alone[i] = -1;
    for (int p = 0; p < size; p++) {
        int c = b->column[p] = order[p].column;
        b->slack[p] = order[p].slack;
        if (c >= in->offers) b->alone[c - in->offers] = p;
        for (int q = in->start[c]; q < in->start[c + 1]; q++) put(b->holding + words * (size_t)in->member[q], p);
    }
    for (int p = 0; p < size; p++) {
        int c = b->column[p];
        u64 *own = b->clashing + words * (size_t)p;
        for (int q = in->start[c]; q < in->start[c + 1]; q++) {
            const u64 *held = b->holding + words * (size_t)in->member[q];
            for (size_t w = 0; w < words; w++) own[w] |= held[w];
        }
    }
    free(order);
    return b;
}

void board_free(board_t *b) { free(b); }

/* How many positions have a slack of at most `budget`. */
int prefix_of(const board_t *b, i64 budget) {
    int low = 0, high = b->size;
    while (low < high) {
        int middle = (low + high) / 2;
        if (b->slack[middle] <= budget) low = middle + 1; else high = middle;
    }
    return low;
}

state_t state_after(const solver_t *s, const state_t *from, int position, u64 *uncovered, u64 *alive) {
    const board_t *b = from->board;
    const instance_t *in = s->in;
    int c = b->column[position];
    state_t to = {b, uncovered, alive, from->budget - b->slack[position], from->gain + in->gain[c]};
    memcpy(uncovered, from->uncovered, sizeof(u64) * (size_t)s->item_words);
    for (int q = in->start[c]; q < in->start[c + 1]; q++) drop(uncovered, in->member[q]);
    const u64 *clash = b->clashing + (size_t)b->words * (size_t)position;
    int cut = prefix_of(b, to.budget - s->lift), whole = cut >> 6;
    for (int w = 0; w < whole; w++) alive[w] = from->alive[w] & ~clash[w];
    if (whole < b->words) {
        alive[whole] = from->alive[whole] & ~clash[whole] & ((1ull << (cut & 63)) - 1);
        memset(alive + whole + 1, 0, sizeof(u64) * (size_t)(b->words - whole - 1));
    }
    return to;
}

/* 2^(-t / 32) for t = 0 … 32 · STEEP */
static double falling[32 * STEEP + 1];

/* Flags in a sum of weights: the stand-alone offer is among them; it is all. */
static const double ALONE = 1e6, LAST = 1e3;
/* Groups are branched on where nothing else is nearly as light: leaving a group idle decides little. */
static const double GROUP = 100.0;

static void fill_falling(void) {
    double step = 0.97857206208; /* 2^(-1/32) */
    falling[0] = 1.0;
    for (int t = 1; t <= 32 * STEEP; t++) falling[t] = falling[t - 1] * step;
}

/* The uncovered item with the least sum of 2^(-steep · slack / budget) over its alive columns; one without any comes first, one that only
 * its stand-alone offer can cover comes last, as choosing that decides nothing. -1: none is left. */
int lightest_item(solver_t *s, const state_t *st) {
    const board_t *b = st->board;
    const instance_t *in = s->in;
    if (falling[0] == 0.0) fill_falling();
    double *sums = s->sums;
    memset(sums, 0, sizeof(double) * (size_t)in->items);
    i64 budget = st->budget - s->lift;
    int most = 32 * s->steep;
    double by = budget > 0 ? most / (double)budget : 0.0;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest), c = b->column[p];
            int step = (int)((double)b->slack[p] * by);
            double weight = falling[step > most ? most : step];
            if (c >= in->offers) sums[c - in->offers] += weight + ALONE;
            else for (int q = in->start[c]; q < in->start[c + 1]; q++) sums[in->member[q]] += weight;
        }
    int best = -1;
    double least = 0.0;
    for (int w = 0; w < s->item_words; w++)
        for (u64 rest = st->uncovered[w]; rest; rest &= rest - 1) {
            int i = 64 * w + __builtin_ctzll(rest);
            double sum = sums[i];
            if (sum >= ALONE) sum -= ALONE, sum = b->slack[b->alone[i]] == 0 && sum < 1.0001 ? LAST : sum;
            if (i >= in->rollups) sum *= GROUP;
            if (best < 0 || sum < least) best = i, least = sum;
            if (sum == 0.0) return i;
        }
    return best;
}
