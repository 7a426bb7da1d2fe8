/* Packings: greedy ones, and simulated annealing over single offers that push out what they overlap. */
#include "solver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keeps disjoint columns as the best packing where they gain more; then the target rises. */
void keep_if_better(solver_t *s, const int *columns, int count) {
    const instance_t *in = s->in;
    i64 gain = 0;
    int kept = 0;
    memset(s->mark, 0, (size_t)in->items);
    for (int p = 0; p < count; p++) {
        int c = columns[p];
        for (int q = in->start[c]; q < in->start[c + 1]; q++)
            if (s->mark[in->member[q]]++) return;
        gain += in->gain[c];
    }
    if (gain <= s->best_gain) return;
    for (int p = 0; p < count; p++)
        if (columns[p] < in->offers && in->gain[columns[p]] > 0) s->best[kept++] = columns[p];
    i64 rise = (gain - s->best_gain) << s->scale;
    for (int p = 0; p < count; p++)
        if (columns[p] < in->offers && in->gain[columns[p]] <= 0) rise -= in->gain[columns[p]] << s->scale, gain -= in->gain[columns[p]];
    s->bests = kept, s->best_gain = gain;
    s->target += rise, s->lift += rise;
}

typedef struct {
    double key;
    int offer;
} keyed_t;

static int by_key(const void *a, const void *b) {
    double x = ((const keyed_t *)a)->key, y = ((const keyed_t *)b)->key;
    if (x != y) return x > y ? -1 : 1;
    return ((const keyed_t *)a)->offer - ((const keyed_t *)b)->offer;
}

/* The best of three greedy packings: by gain, gain an item, gain over the root of the size (Lehmann, O'Callaghan, Shoham 2002). */
void greedy_packings(solver_t *s) {
    const instance_t *in = s->in;
    keyed_t *order = malloc(sizeof *order * (size_t)(in->cores + 1));
    int *chosen = malloc(sizeof *chosen * (size_t)(in->items + 1));
    unsigned char *taken = malloc((size_t)in->items + 1);
    for (int rule = 0; order && chosen && taken && rule < 3; rule++) {
        for (int p = 0; p < in->cores; p++) {
            int j = in->core[p];
            double size = in->start[j + 1] - in->start[j];
            order[p] = (keyed_t){(double)in->gain[j] / (rule == 0 ? 1.0 : rule == 1 ? size : sqrt(size)), j};
        }
        qsort(order, (size_t)in->cores, sizeof *order, by_key);
        memset(taken, 0, (size_t)in->items);
        int count = 0;
        for (int p = 0; p < in->cores; p++) {
            int j = order[p].offer, free_ = 1;
            for (int q = in->start[j]; q < in->start[j + 1] && free_; q++) free_ = !taken[in->member[q]];
            if (!free_) continue;
            for (int q = in->start[j]; q < in->start[j + 1]; q++) taken[in->member[q]] = 1;
            chosen[count++] = j;
        }
        keep_if_better(s, chosen, count);
    }
    free(order); free(chosen); free(taken);
}

u64 next_random(u64 *seed) { /* xorshift64*, Vigna 2014 */
    *seed ^= *seed >> 12, *seed ^= *seed << 25, *seed ^= *seed >> 27;
    return *seed * 2685821657736338717ull;
}

/* `moves` proposals from the best packing: an offer enters where what it gains over those it pushes out passes the falling temperature. */
void anneal(solver_t *s, const int *offers, int count, i64 moves) {
    const instance_t *in = s->in;
    if (count < 1) return;
    int *owner = malloc(sizeof *owner * (size_t)(in->items + 1)), *out = malloc(sizeof *out * (size_t)(in->items + 1));
    if (!owner || !out) { free(owner); free(out); return; }
    for (int i = 0; i < in->items; i++) owner[i] = -1;
    i64 gain = 0;
    for (int p = 0; p < s->bests; p++) {
        gain += in->gain[s->best[p]];
        for (int q = in->start[s->best[p]]; q < in->start[s->best[p] + 1]; q++) owner[in->member[q]] = s->best[p];
    }
    double mean = 0.0;
    for (int p = 0; p < count; p++) mean += (double)in->gain[offers[p]] / count;
    double hot = 0.12 * mean, cold = 0.002 * mean, temperature = hot, factor = pow(cold / hot, 256.0 / (double)(moves + 1));
    for (i64 t = 0; t < moves; t++) {
        if ((t & 255) == 0) {
            if (t) temperature *= factor;
            if ((t & 4095) == 0 && clock_seconds() > s->deadline) break;
        }
        u64 random = next_random(&s->seed);
        int j = offers[(u64)(unsigned)(random >> 32) * (u64)count >> 32], outs = 0, own = 0;
        i64 less = 0;
        for (int q = in->start[j]; q < in->start[j + 1] && !own; q++) {
            int k = owner[in->member[q]], known = 0;
            if (k == j) own = 1;
            if (k < 0 || own) continue;
            for (int o = 0; o < outs && !known; o++) known = out[o] == k;
            if (!known) out[outs++] = k, less += in->gain[k];
        }
        if (own) continue;
        double rise = (double)(in->gain[j] - less);
        if (rise < 0.0) {
            if (rise < -8.0 * temperature) continue;
            if ((double)(random & 0xffffffu) / 16777216.0 > exp(rise / temperature)) continue;
        }
        for (int o = 0; o < outs; o++)
            for (int q = in->start[out[o]]; q < in->start[out[o] + 1]; q++) owner[in->member[q]] = -1;
        for (int q = in->start[j]; q < in->start[j + 1]; q++) owner[in->member[q]] = j;
        gain += in->gain[j] - less;
        if (gain > s->best_gain) {
            int kept = 0;
            for (int i = 0; i < in->items; i++)
                if (owner[i] >= 0 && in->member[in->start[owner[i]]] == i) out[kept++] = owner[i];
            keep_if_better(s, out, kept);
        }
    }
    free(owner); free(out);
}
