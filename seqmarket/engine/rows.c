/* Subset rows: of offers that hold two of three rollups at most one is taken, two of five at most two, three of five at most one. */
#include "solver.h"

#include <stdlib.h>
#include <string.h>

static const double SOME = 1e-6, LEAST = 0.02;

enum { MOST_FOUND = 20000, MOST_GROWN = 200, MOST_NEAR = 24, USES = 3, MASK_WORDS = 4 };

typedef struct {
    double excess;
    int item[5], items, divisor;
} found_t;

/* The solution's positive columns as bit sets of rollups, and for each pair of rollups the share of columns with both. */
typedef struct {
    int rollups, count, found_count;
    double *share, *both;
    u64 *mask;
    int *start, *holder; /* positive columns by rollup */
    found_t *found;
} shares_t;

static int by_excess(const void *a, const void *b) {
    const found_t *x = a, *y = b;
    if (x->excess != y->excess) return x->excess > y->excess ? -1 : 1;
    if (x->items != y->items) return x->items - y->items;
    return memcmp(x->item, y->item, sizeof(int) * (size_t)x->items);
}

static int shares_new(const solver_t *s, shares_t *h) {
    const instance_t *in = s->in;
    const simplex_t *lp = s->program.lp;
    size_t n = (size_t)in->rollups, columns = (size_t)lp->columns, members = 0;
    *h = (shares_t){.rollups = in->rollups, .share = malloc(sizeof(double) * (columns + 1)), .both = calloc(n * n + 1, sizeof(double)),
                    .mask = calloc(MASK_WORDS * columns + 1, sizeof(u64)), .start = calloc(n + 2, sizeof(int)),
                    .found = malloc(sizeof(found_t) * MOST_FOUND)};
    if (!h->share || !h->both || !h->mask || !h->start || !h->found) return 0;
    for (int c = 0; c < lp->columns; c++) {
        double share = simplex_value(lp, c);
        int j = s->program.offer[c];
        if (share < SOME) continue;
        u64 *mask = h->mask + MASK_WORDS * (size_t)h->count;
        for (int q = in->start[j]; q < in->start[j + 1] && in->member[q] < in->rollups; q++) {
            int a = in->member[q];
            put(mask, a), h->start[a + 1]++, members++;
            for (int p = in->start[j]; p < q; p++) {
                int b = in->member[p];
                h->both[(size_t)a * n + (size_t)b] += share, h->both[(size_t)b * n + (size_t)a] += share;
            }
        }
        h->share[h->count++] = share;
    }
    for (size_t i = 0; i < n; i++) h->start[i + 1] += h->start[i];
    h->holder = malloc(sizeof(int) * (members + 1));
    int *at = malloc(sizeof(int) * (n + 1));
    if (h->holder && at) {
        memcpy(at, h->start, sizeof(int) * n);
        for (int c = 0; c < h->count; c++)
            for (int i = 0; i < h->rollups; i++)
                if (has(h->mask + MASK_WORDS * (size_t)c, i)) h->holder[at[i]++] = c;
    }
    free(at);
    return h->holder != NULL;
}

static void shares_free(shares_t *h) {
    free(h->share); free(h->both); free(h->mask); free(h->start); free(h->holder); free(h->found);
}

/* By how much the solution exceeds a row, as a part of its right-hand side. */
static double excess_of(const shares_t *h, const found_t *row) {
    u64 mask[MASK_WORDS] = {0};
    double sum = 0.0;
    for (int t = 0; t < row->items; t++) put(mask, row->item[t]);
    for (int t = 0; t < row->items; t++)
        for (int p = h->start[row->item[t]]; p < h->start[row->item[t] + 1]; p++) {
            const u64 *own = h->mask + MASK_WORDS * (size_t)h->holder[p];
            int common = 0, first = 1;
            for (int w = 0; w < MASK_WORDS; w++) common += __builtin_popcountll(own[w] & mask[w]);
            for (int u = 0; u < t && first; u++) first = !has(own, row->item[u]);
            if (first) sum += common / row->divisor * h->share[h->holder[p]];
        }
    double right = row->items / row->divisor;
    return (sum - right) / right;
}

static void keep(shares_t *h, found_t row) {
    row.excess = excess_of(h, &row);
    if (row.excess > LEAST && h->found_count < MOST_FOUND) h->found[h->found_count++] = row;
}

static void find_triples(shares_t *h) {
    size_t n = (size_t)h->rollups;
    for (int a = 0; a < h->rollups; a++)
        for (int b = a + 1; b < h->rollups; b++) {
            const double *of_a = h->both + (size_t)a * n, *of_b = h->both + (size_t)b * n;
            double pair = of_a[b];
            for (int c = b + 1; c < h->rollups; c++)
                if (of_a[c] + of_b[c] + pair > 1.0 + LEAST) keep(h, (found_t){0.0, {a, b, c}, 3, 2});
        }
}

/* The triples exceeded most, each with two rollups more that share columns with it. */
static void grow_triples(shares_t *h, double deadline) {
    int triples = h->found_count < MOST_GROWN ? h->found_count : MOST_GROWN;
    size_t n = (size_t)h->rollups;
    for (int t = 0; t < triples && clock_seconds() < deadline; t++) {
        const int *own = h->found[t].item;
        int near[MOST_NEAR], count = 0;
        for (int i = 0; i < h->rollups && count < MOST_NEAR; i++) {
            const double *both = h->both + (size_t)i * n;
            if (i != own[0] && i != own[1] && i != own[2] && both[own[0]] + both[own[1]] + both[own[2]] > 0.2) near[count++] = i;
        }
        for (int p = 0; p < count; p++)
            for (int q = 0; q < p; q++)
                for (int divisor = 2; divisor < 4; divisor++) keep(h, (found_t){0.0, {own[0], own[1], own[2], near[q], near[p]}, 5, divisor});
    }
}

int add_row(solver_t *s, const int *item, int items, int divisor, int *column, signed char *coefficient) {
    const instance_t *in = s->in;
    simplex_t *lp = s->program.lp;
    int size = 0, columns = 0;
    memset(s->mark, 0, (size_t)in->items);
    for (int t = 0; t < items; t++) s->mark[item[t]] = 1;
    int *own = malloc(sizeof(int) * (size_t)(in->offers + 1));
    signed char *times = malloc((size_t)in->offers + 1);
    for (int j = 0; own && times && j < in->offers; j++) {
        int common = 0;
        for (int q = in->start[j]; q < in->start[j + 1]; q++) common += s->mark[in->member[q]];
        if (common < divisor) continue;
        own[size] = j, times[size++] = (signed char)(common / divisor);
        if (s->program.column[j] >= 0) column[columns] = s->program.column[j], coefficient[columns++] = (signed char)(common / divisor);
    }
    int at = own && times ? simplex_add_cut(lp, column, coefficient, columns, (double)(items / divisor)) : -1;
    int cut = at < 0 ? -1 : add_to_pool(s, own, size);
    if (cut < 0) {
        free(own); free(times);
        s->stopped |= at >= 0;
        return 0;
    }
    cut_t *its = s->pool + cut;
    signed char *exact = realloc(times, (size_t)size + 1);
    its->coefficient = exact ? exact : times, its->divisor = divisor, its->items = items;
    memcpy(its->item, item, sizeof(int) * (size_t)items);
    s->program.cut[at - lp->items] = cut;
    free(own);
    return 1;
}

int separate_rows(solver_t *s, int most, int larger) {
    shares_t h;
    int added = 0, *uses = calloc((size_t)s->in->items + 1, sizeof(int)), *column = malloc(sizeof(int) * (size_t)(s->in->offers + 1));
    signed char *coefficient = malloc((size_t)s->in->offers + 1);
    if (shares_new(s, &h) && uses && column && coefficient) {
        find_triples(&h);
        qsort(h.found, (size_t)h.found_count, sizeof *h.found, by_excess);
        if (larger) {
            grow_triples(&h, s->deadline);
            qsort(h.found, (size_t)h.found_count, sizeof *h.found, by_excess);
        }
        for (int t = 0; t < h.found_count && added < most; t++) {
            const found_t *row = h.found + t;
            int free_ = 1;
            for (int k = 0; k < row->items; k++) free_ = free_ && uses[row->item[k]] < USES;
            if (!free_ || !add_row(s, row->item, row->items, row->divisor, column, coefficient)) continue;
            for (int k = 0; k < row->items; k++) uses[row->item[k]]++;
            added++;
        }
    }
    shares_free(&h);
    free(uses); free(column); free(coefficient);
    return added;
}
