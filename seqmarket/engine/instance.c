#include "instance.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

double clock_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct {
    i64 gain;
    int size, offer;
} ranked_t;

static int by_rank(const void *a, const void *b) {
    const ranked_t *x = a, *y = b;
    if (x->gain != y->gain) return x->gain > y->gain ? -1 : 1;
    if (x->size != y->size) return x->size - y->size;
    return x->offer - y->offer;
}

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* Offers of a gain, without those whose items include all items of a kept one that gains as much.
 * Offers come by falling gain, then size; each asks the kept offers whose scarcest item it holds whether one lies inside it. */
static int find_core(instance_t *in) {
    int m = in->offers, most = 0;
    ranked_t *order = malloc(sizeof *order * (size_t)(m + 1));
    int *held = calloc((size_t)in->items + 1, sizeof *held);
    int *head = malloc(sizeof *head * (size_t)(in->items + 1)), *next = malloc(sizeof *next * (size_t)(m + 1));
    unsigned char *mark = calloc((size_t)in->items + 1, 1);
    if (!order || !held || !head || !next || !mark) { free(order); free(held); free(head); free(next); free(mark); return 0; }
    for (int j = 0; j < m; j++)
        if (in->gain[j] > 0) {
            order[most++] = (ranked_t){in->gain[j], in->start[j + 1] - in->start[j], j};
            for (int p = in->start[j]; p < in->start[j + 1]; p++) held[in->member[p]]++;
        }
    qsort(order, (size_t)most, sizeof *order, by_rank);
    for (int i = 0; i < in->items; i++) head[i] = -1;
    in->cores = 0;
    for (int r = 0; r < most; r++) {
        int j = order[r].offer, dominated = 0, scarcest = in->member[in->start[j]];
        for (int p = in->start[j]; p < in->start[j + 1]; p++) {
            mark[in->member[p]] = 1;
            if (held[in->member[p]] < held[scarcest]) scarcest = in->member[p];
        }
        for (int p = in->start[j]; p < in->start[j + 1] && !dominated; p++)
            for (int k = head[in->member[p]]; k >= 0 && !dominated; k = next[k]) {
                dominated = in->start[k + 1] - in->start[k] <= order[r].size;
                for (int q = in->start[k]; q < in->start[k + 1] && dominated; q++) dominated = mark[in->member[q]];
            }
        for (int p = in->start[j]; p < in->start[j + 1]; p++) mark[in->member[p]] = 0;
        if (dominated) continue;
        next[j] = head[scarcest];
        head[scarcest] = j;
        in->core[in->cores++] = j;
    }
    qsort(in->core, (size_t)in->cores, sizeof *in->core, by_number);
    free(order); free(held); free(head); free(next); free(mark);
    return 1;
}

instance_t *instance_new(int rollups, int groups, int offers, const u64 *bundles, int bundle_words,
                         const int *group_start, const int *group, const i64 *value, const i64 *reserve) {
    instance_t *in = calloc(1, sizeof *in);
    if (!in) return NULL;
    in->rollups = rollups, in->items = rollups + groups, in->offers = offers, in->columns = offers + in->items;
    size_t total = (size_t)in->items + (size_t)group_start[offers];
    for (size_t w = 0; w < (size_t)offers * (size_t)bundle_words; w++) total += (size_t)__builtin_popcountll(bundles[w]);
    in->start = malloc(sizeof *in->start * (size_t)(in->columns + 1));
    in->member = malloc(sizeof *in->member * (total + 1));
    in->gain = calloc((size_t)in->columns + 1, sizeof *in->gain);
    in->core = malloc(sizeof *in->core * (size_t)(offers + 1));
    if (!in->start || !in->member || !in->gain || !in->core) { instance_free(in); return NULL; }
    int at = 0;
    for (int j = 0; j < offers; j++) {
        in->start[j] = at;
        i64 gain = value[j];
        for (int w = 0; w < bundle_words; w++)
            for (u64 rest = bundles[(size_t)j * (size_t)bundle_words + (size_t)w]; rest; rest &= rest - 1) {
                int i = 64 * w + __builtin_ctzll(rest);
                in->member[at++] = i;
                gain -= reserve[i];
            }
        int first_group = at;
        for (int p = group_start[j]; p < group_start[j + 1]; p++) in->member[at++] = rollups + group[p];
        qsort(in->member + first_group, (size_t)(at - first_group), sizeof *in->member, by_number);
        in->gain[j] = gain;
    }
    for (int i = 0; i < in->items; i++) {
        in->start[offers + i] = at;
        in->member[at++] = i;
    }
    in->start[in->columns] = at;
    if (!find_core(in)) { instance_free(in); return NULL; }
    return in;
}

void instance_free(instance_t *in) {
    if (!in) return;
    free(in->start); free(in->member); free(in->gain); free(in->core);
    free(in);
}
