/* Odd rows: of an odd number n of rollups at most ⌊n / 2⌋ offers that hold two of them are taken, and so on by ⌊held / 2⌋ (zero-half cuts:
 * Caprara, Fischetti 1996; found by elimination modulo 2 as in Koster, Zymolka, Kutschka 2009). */
#include "solver.h"

#include <stdlib.h>
#include <string.h>

static const double SOME = 1e-6, LEAST = 0.02, NOISE = 0.3;

enum { MOST_SHARES = 512, ORDERS = 12, ENOUGH = 80, MOST_ODD = 400, MOST_FOUND = 31 }; /* a row of more rollups than MOST_FOUND is seldom of use, unless it is widened */

/* A sum of rows modulo 2: of which fractional columns an odd number of rows holds, which rows, and what they leave idle in all. */
typedef struct {
    u64 *columns, *rows;
    double idle;
    int used;
} sum_t;

typedef struct {
    double excess;
    int items, item[ROW_ITEMS];
} odd_t;

typedef struct {
    int rows, columns, row_words, column_words;
    int *item;      /* of each row */
    double *share;  /* of each column */
    sum_t *first, *sum;
    u64 *bits;      /* of all sums: first the given rows, then those of the elimination under way */
    odd_t *found;
    int found_count;
} halves_t;

static int by_excess(const void *a, const void *b) {
    const odd_t *x = a, *y = b;
    if (x->excess != y->excess) return x->excess > y->excess ? -1 : 1;
    if (x->items != y->items) return x->items - y->items;
    return memcmp(x->item, y->item, sizeof(int) * (size_t)x->items);
}

static void free_halves(halves_t *h) {
    free(h->item); free(h->share); free(h->first); free(h->bits); free(h->found);
}

/* The rows of rollups that fractional columns hold; 0 without memory. */
static int lay_out(const solver_t *s, halves_t *h) {
    const instance_t *in = s->in;
    const simplex_t *lp = s->program.lp;
    int *at = malloc(sizeof(int) * (size_t)(lp->columns + 1)), *row = malloc(sizeof(int) * (size_t)(in->rollups + 1));
    double *taken = calloc((size_t)in->rollups + 1, sizeof(double));
    *h = (halves_t){.item = malloc(sizeof(int) * (size_t)(in->rollups + 1)), .share = malloc(sizeof(double) * MOST_SHARES)};
    int ok = at && row && taken && h->item && h->share;
    for (int i = 0; ok && i < in->rollups; i++) row[i] = -1;
    for (int c = 0; ok && c < lp->columns; c++) {
        double share = simplex_value(lp, c);
        at[c] = share > SOME && share < 1.0 - SOME && h->columns < MOST_SHARES ? h->columns : -1;
        if (at[c] >= 0) h->share[h->columns++] = share;
        int j = s->program.offer[c];
        for (int q = in->start[j]; q < in->start[j + 1] && in->member[q] < in->rollups; q++) {
            if (share > SOME) taken[in->member[q]] += share;
            if (at[c] >= 0) row[in->member[q]] = 0;
        }
    }
    for (int i = 0; ok && i < in->rollups; i++)
        if (row[i] == 0) row[i] = s->program.row[i] >= 0 && taken[i] > 0.5 ? h->rows : -1, h->item[h->rows] = i, h->rows += row[i] >= 0;
    h->row_words = (h->rows + 63) / 64, h->column_words = (h->columns + 63) / 64;
    size_t words = (size_t)(h->row_words + h->column_words);
    if (ok) {
        h->first = calloc(2 * (size_t)h->rows + 1, sizeof(sum_t)), h->bits = calloc(2 * words * (size_t)h->rows + 1, sizeof(u64));
        h->found = malloc(sizeof(odd_t) * MOST_ODD);
        ok = h->first && h->bits && h->found;
    }
    if (ok) {
        h->sum = h->first + h->rows;
        for (int r = 0; r < 2 * h->rows; r++) h->first[r].columns = h->bits + words * (size_t)r, h->first[r].rows = h->first[r].columns + h->column_words;
        for (int r = 0; r < h->rows; r++) {
            double idle = 1.0 - taken[h->item[r]];
            h->first[r].idle = idle > 0.0 ? idle : 0.0;
            put(h->first[r].rows, r);
        }
        for (int c = 0; c < lp->columns; c++) {
            if (at[c] < 0) continue;
            int j = s->program.offer[c];
            for (int q = in->start[j]; q < in->start[j + 1] && in->member[q] < in->rollups; q++)
                if (row[in->member[q]] >= 0) put(h->first[row[in->member[q]]].columns, at[c]);
        }
    }
    free(at); free(row); free(taken);
    return ok;
}

/* Keeps a sum of an odd number of rows that the solution exceeds: what it leaves idle and the columns it holds oddly often come to less than 1. */
static void keep(halves_t *h, const sum_t *sum) {
    double left = 1.0 - 2.0 * LEAST - sum->idle;
    int items = 0;
    if (left <= 0.0 || h->found_count >= MOST_ODD) return;
    for (int w = 0; w < h->row_words; w++) items += __builtin_popcountll(sum->rows[w]);
    if (items < 3 || items > MOST_FOUND || !(items & 1)) return;
    for (int w = 0; w < h->column_words; w++)
        for (u64 rest = sum->columns[w]; rest && left > 0.0; rest &= rest - 1) left -= h->share[64 * w + __builtin_ctzll(rest)];
    if (left <= 0.0) return;
    odd_t *own = h->found + h->found_count++;
    own->excess = left + 2.0 * LEAST, own->items = 0;
    for (int w = 0; w < h->row_words; w++)
        for (u64 rest = sum->rows[w]; rest; rest &= rest - 1) own->item[own->items++] = h->item[64 * w + __builtin_ctzll(rest)];
}

/* Clears column after column, the largest shares first, or nearly, from all sums but the one of least idle share. */
static void eliminate(solver_t *s, halves_t *h, int order) {
    size_t words = (size_t)(h->row_words + h->column_words);
    double key[MOST_SHARES];
    int column[MOST_SHARES], row[h->rows + 1];
    memcpy(h->sum[0].columns, h->first[0].columns, sizeof(u64) * words * (size_t)h->rows);
    for (int r = 0; r < h->rows; r++) {
        h->sum[r].idle = h->first[r].idle, h->sum[r].used = 0;
        int at = (int)((next_random(&s->seed) >> 32) % (u64)(r + 1));
        row[r] = row[at], row[at] = r;
    }
    for (int c = 0; c < h->columns; c++) {
        double own = h->share[c] + (order ? NOISE * (double)(next_random(&s->seed) >> 40) / 16777216.0 : 0.0);
        int at = c;
        for (; at > 0 && key[at - 1] < own; at--) key[at] = key[at - 1], column[at] = column[at - 1];
        key[at] = own, column[at] = c;
    }
    for (int t = 0; t < h->columns; t++) {
        const sum_t *pivot = NULL;
        for (int k = 0; k < h->rows; k++) {
            sum_t *own = h->sum + row[k];
            if (!own->used && has(own->columns, column[t]) && (!pivot || own->idle < pivot->idle)) pivot = own;
        }
        if (!pivot) continue;
        ((sum_t *)pivot)->used = 1;
        for (int r = 0; r < h->rows; r++) {
            sum_t *own = h->sum + r;
            if (own == pivot || !has(own->columns, column[t])) continue;
            for (size_t w = 0; w < words; w++) own->columns[w] ^= pivot->columns[w]; /* the rows' words follow */
            own->idle += pivot->idle;
            keep(h, own);
        }
    }
}

/* Adds rollups to a row where none of them is in it and there is room. */
static int join(unsigned char *in_row, int *item, int *items, const int *more, int count) {
    if (*items + count > ROW_ITEMS) return 0;
    for (int k = 0; k < count; k++)
        if (in_row[more[k]]) return 0;
    for (int k = 0; k < count; k++) in_row[more[k]] = 1, item[(*items)++] = more[k];
    return 1;
}

/* The row over an odd set found, those of all offers taken whole that hold an even number of rollups, and, two at a time, other odd sets that the
 * solution exceeds by all it can: it exceeds that row as much as the first, and where pairs are worth nearly the same it can't go on to an odd set
 * beside it. Fills `item`; returns how many. */
static int widen(solver_t *s, const halves_t *h, const odd_t *from, int *item) {
    const instance_t *in = s->in;
    const simplex_t *lp = s->program.lp;
    int items = 0;
    memset(s->mark, 0, (size_t)in->items);
    join(s->mark, item, &items, from->item, from->items);
    for (int c = 0; c < lp->columns; c++) {
        int j = s->program.offer[c], held = 0;
        if (simplex_value(lp, c) < 1.0 - SOME) continue;
        while (in->start[j] + held < in->start[j + 1] && in->member[in->start[j] + held] < in->rollups) held++;
        if (!(held & 1)) join(s->mark, item, &items, in->member + in->start[j], held);
    }
    int odd = 0, whole = items;
    for (int t = 0; t < h->found_count; t++)
        if (h->found[t].excess > 1.0 - SOME && join(s->mark, item, &items, h->found[t].item, h->found[t].items) && !(odd = !odd)) whole = items;
    return whole;
}

int separate_odd_rows(solver_t *s, int most, int wide) {
    halves_t h;
    int added = 0, *column = malloc(sizeof(int) * (size_t)(s->in->offers + 1));
    signed char *coefficient = malloc((size_t)s->in->offers + 1);
    if (lay_out(s, &h) && column && coefficient && h.rows) {
        for (int order = 0; order < ORDERS && h.found_count < ENOUGH; order++) eliminate(s, &h, order);
        qsort(h.found, (size_t)h.found_count, sizeof *h.found, by_excess);
        for (int t = 0; t < h.found_count && added < most; t++) {
            const odd_t *own = h.found + t;
            if (t && own->items == own[-1].items && !memcmp(own->item, own[-1].item, sizeof(int) * (size_t)own->items)) continue;
            added += add_row(s, own->item, own->items, 2, column, coefficient);
            int item[ROW_ITEMS], items = wide ? widen(s, &h, own, item) : 0;
            if (items > own->items && added < most) added += add_row(s, item, items, 2, column, coefficient);
        }
    }
    free_halves(&h);
    free(column); free(coefficient);
    return added;
}
