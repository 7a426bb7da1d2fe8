/* Clique cuts: of columns that pairwise share an item at most one is taken. */
#include "solver.h"

#include <stdlib.h>
#include <string.h>

static const double VIOLATED = 1.01, SOME = 1e-6;

enum { MOST_RANKS = 512, STEPS = 400 };

typedef struct {
    double share;
    int position;
} share_t;

static int by_share(const void *a, const void *b) {
    double x = ((const share_t *)a)->share, y = ((const share_t *)b)->share;
    if (x != y) return x > y ? -1 : 1;
    return ((const share_t *)a)->position - ((const share_t *)b)->position;
}

int add_to_pool(solver_t *s, const int *column, int size) {
    if (s->pooled == s->pool_room) {
        int more = s->pool_room ? 2 * s->pool_room : 64;
        cut_t *grown = realloc(s->pool, sizeof(cut_t) * (size_t)more);
        if (!grown) return -1;
        s->pool = grown, s->pool_room = more;
    }
    int *own = malloc(sizeof(int) * (size_t)size);
    if (!own) return -1;
    memcpy(own, column, sizeof(int) * (size_t)size);
    s->pool[s->pooled] = (cut_t){.size = size, .column = own};
    return s->pooled++;
}

/* A search for heavy cliques among the fractional columns, by bit sets over their ranks of falling share. */
typedef struct {
    int count, words, steps;
    const double *share;
    const u64 *near; /* rows of `words`: what each rank overlaps */
    int path[MOST_RANKS], size, best[MOST_RANKS], best_size;
    double best_sum;
} heavy_t;

static void grow_clique(heavy_t *h, const u64 *common, double sum) {
    if (sum > h->best_sum) {
        h->best_sum = sum, h->best_size = h->size;
        memcpy(h->best, h->path, sizeof(int) * (size_t)h->size);
    }
    double rest = 0.0;
    for (int w = 0; w < h->words; w++)
        for (u64 own = common[w]; own; own &= own - 1) rest += h->share[64 * w + __builtin_ctzll(own)];
    u64 left[MOST_RANKS / 64], below[MOST_RANKS / 64];
    memcpy(left, common, sizeof(u64) * (size_t)h->words);
    for (int w = 0; w < h->words; w++)
        while (left[w]) {
            if (sum + rest <= h->best_sum + 1e-9 || --h->steps < 0) return;
            int v = 64 * w + __builtin_ctzll(left[w]);
            drop(left, v);
            for (int u = 0; u < h->words; u++) below[u] = left[u] & h->near[(size_t)v * (size_t)h->words + (size_t)u];
            h->path[h->size++] = v;
            grow_clique(h, below, sum + h->share[v]);
            h->size--;
            rest -= h->share[v];
        }
}

/* Adds at most `most` cliques that the program's solution violates, the heaviest met from each fractional column, then grown by all alive ones. */
int separate_cliques(solver_t *s, const state_t *st, int most) {
    const instance_t *in = s->in;
    const board_t *b = st->board;
    simplex_t *lp = s->program.lp;
    size_t words = (size_t)b->words;
    share_t *order = malloc(sizeof *order * (size_t)(b->size + 1));
    u64 *common = malloc(sizeof(u64) * (words + 1) * 2), *used = common ? common + words : NULL;
    int *clique = malloc(sizeof(int) * (size_t)(b->size + 1)), *rows = malloc(sizeof(int) * (size_t)(b->size + 1));
    signed char *ones = malloc((size_t)b->size + 1);
    int added = 0, count = 0;
    u64 *near = NULL;
    double *shares = NULL;
    heavy_t *heavy = NULL;
    if (!order || !common || !clique || !rows || !ones) goto done;
    memset(ones, 1, (size_t)b->size + 1);
    memset(used, 0, sizeof(u64) * words);
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest);
            if (b->column[p] >= in->offers) continue;
            double share = simplex_value(lp, s->program.column[b->column[p]]);
            if (share > SOME && share < 1.0 - SOME) order[count++] = (share_t){share, p};
        }
    qsort(order, (size_t)count, sizeof *order, by_share);
    if (count > MOST_RANKS) count = MOST_RANKS;
    int ranks = (count + 63) / 64;
    near = calloc((size_t)count * (size_t)ranks + 1, sizeof(u64)), shares = malloc(sizeof(double) * (size_t)(count + 1));
    heavy = malloc(sizeof *heavy);
    if (!near || !shares || !heavy) goto done;
    *heavy = (heavy_t){.count = count, .words = ranks, .share = shares, .near = near};
    for (int t = 0; t < count; t++) {
        shares[t] = order[t].share;
        for (int q = 0; q < t; q++)
            if (has(b->clashing + words * (size_t)order[t].position, order[q].position)) {
                put(near + (size_t)t * (size_t)ranks, q);
                put(near + (size_t)q * (size_t)ranks, t);
            }
    }
    for (int from = 0; from < count && added < most; from++) {
        int size = 0;
        if (has(used, order[from].position)) continue;
        heavy->steps = STEPS, heavy->best_sum = 0.0, heavy->size = 1, heavy->path[0] = from;
        grow_clique(heavy, near + (size_t)from * (size_t)ranks, shares[from]);
        if (heavy->best_sum < VIOLATED) continue;
        memset(common, 0xff, sizeof(u64) * words);
        for (int t = 0; t < heavy->best_size; t++) {
            int p = order[heavy->best[t]].position;
            const u64 *clash = b->clashing + words * (size_t)p;
            for (size_t w = 0; w < words; w++) common[w] &= clash[w];
            clique[size++] = p;
        }
        for (int t = 0; t < size; t++) drop(common, clique[t]);
        for (int t = 0; t < size; t++) put(used, clique[t]);
        for (size_t w = 0; w < words; w++) common[w] &= st->alive[w];
        for (size_t w = 0; w < words; w++)
            while (common[w]) {
                int q = (int)(64 * w) + __builtin_ctzll(common[w]);
                drop(common, q);
                if (b->column[q] >= in->offers) continue;
                const u64 *clash = b->clashing + words * (size_t)q;
                for (size_t v = w; v < words; v++) common[v] &= clash[v];
                drop(common, q);
                clique[size++] = q;
            }
        for (int t = 0; t < size; t++) {
            int column = b->column[clique[t]];
            clique[t] = column, rows[t] = s->program.column[column];
        }
        int row = simplex_add_cut(lp, rows, ones, size, 1.0);
        if (row < 0) break;
        int cut = add_to_pool(s, clique, size);
        if (cut < 0) { s->stopped = 1; break; }
        s->program.cut[row - lp->items] = cut;
        added++;
    }
done:
    free(order); free(common); free(clique); free(rows); free(ones); free(near); free(shares); free(heavy);
    return added;
}

/* Drops the cuts whose slack is basic; those in price records stay in the pool. */
void forget_slack_cuts(solver_t *s) {
    int cuts = s->program.lp->rows - s->program.lp->items;
    unsigned char *keep = calloc((size_t)cuts + 1, 1);
    int *moves = malloc(sizeof(int) * (size_t)(cuts + 1));
    if (keep && moves) {
        simplex_drop_cuts(s->program.lp, keep, moves);
        for (int k = 0; k < cuts; k++)
            if (moves[k] >= 0) s->program.cut[moves[k] - s->program.lp->items] = s->program.cut[k];
    }
    free(keep); free(moves);
}
