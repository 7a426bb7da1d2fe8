/* Packings by the linear program: diving, and searching around the best packing with most of it kept. */
#include "solver.h"

#include <stdlib.h>
#include <string.h>

/* Takes whole columns and the largest share again and again until the bound says that nothing better is to be had. */
void dive(solver_t *s, const state_t *from) {
    const board_t *b = from->board;
    size_t size = (size_t)(s->item_words + b->words + 1);
    u64 *sets = malloc(sizeof(u64) * 2 * size);
    if (!sets) return;
    int depth = s->depth, side = 0;
    state_t now = *from;
    while (1) {
        restrict_program(s, &now);
        simplex_begin(s->program.lp);
        s->programs++;
        if (simplex_solve(s->program.lp, cutoff_of(s, &now), s->deadline) != LP_OPTIMAL || keep_whole_solution(s, &now)) break;
        int taken = 0;
        while (1) {
            int largest = -1;
            double most = 0.0;
            for (int w = 0; w < b->words; w++)
                for (u64 rest = now.alive[w]; rest; rest &= rest - 1) {
                    int p = 64 * w + __builtin_ctzll(rest), c = b->column[p];
                    if (c >= s->in->offers) continue;
                    double share = simplex_value(s->program.lp, s->program.column[c]);
                    if (share > most) most = share, largest = p;
                }
            if (largest < 0 || (taken && most < 0.999)) break;
            u64 *set = sets + (size_t)side * size;
            side = !side;
            now = state_after(s, &now, largest, set, set + s->item_words);
            s->path[s->depth++] = b->column[largest];
            taken = 1;
            if (most < 0.999) break;
        }
        if (!taken) break;
    }
    s->depth = depth;
    free(sets);
}

/* Marks the best packing's offers to be let go, about `count` of them: any, or those that one offer after another would push out. */
static void choose_to_free(solver_t *s, const state_t *root, int count, int *freed) {
    const instance_t *in = s->in;
    const board_t *b = root->board;
    int *owner = malloc(sizeof(int) * (size_t)(in->items + 1)), *list = malloc(sizeof(int) * (size_t)(s->bests + 1)), size = 0;
    memset(freed, 0, sizeof(int) * (size_t)s->bests);
    if (!owner || !list) { free(owner); free(list); return; }
    for (int i = 0; i < in->items; i++) owner[i] = -1;
    for (int k = 0; k < s->bests; k++)
        for (int q = in->start[s->best[k]]; q < in->start[s->best[k] + 1]; q++) owner[in->member[q]] = k;
    int near = next_random(&s->seed) >> 63;
    for (int t = 0; t < 50 * count && size < count && size < s->bests; t++) {
        if (!near || !size) {
            int k = (int)((next_random(&s->seed) >> 32) % (u64)s->bests);
            if (!freed[k]) freed[k] = 1, list[size++] = k;
            continue;
        }
        int from = s->best[list[(next_random(&s->seed) >> 32) % (u64)size]];
        int item = in->member[in->start[from] + (int)((next_random(&s->seed) >> 32) % (u64)(in->start[from + 1] - in->start[from]))];
        const u64 *held = b->holding + (size_t)b->words * (size_t)item;
        int holders = 0, pick = -1;
        for (int w = 0; w < b->words; w++)
            for (u64 rest = held[w]; rest; rest &= rest - 1)
                if ((next_random(&s->seed) >> 32) % (u64)++holders == 0) pick = 64 * w + __builtin_ctzll(rest);
        if (pick < 0) continue;
        int c = b->column[pick];
        for (int q = in->start[c]; q < in->start[c + 1] && size < s->bests; q++) {
            int k = owner[in->member[q]];
            if (k >= 0 && !freed[k]) freed[k] = 1, list[size++] = k;
        }
    }
    free(owner); free(list);
}

/* Searches around the best packing: part of it is let go and the rest is solved by a small tree, which is thrown away. The part grows
 * while its trees close and shrinks while they don't. Ends at `until`, or after `tries` in a row that found nothing. */
void improve_around_best(solver_t *s, const state_t *root, int tries, double until) {
    static const style_t small = {24, 100, 0, 0, 0, 0, 0, 0, 0, 0};
    i64 first = s->best_gain, limit = s->small_programs;
    const board_t *b = root->board;
    size_t size = (size_t)(s->item_words + b->words + 1);
    u64 *sets = malloc(sizeof(u64) * 2 * size);
    int *kept = malloc(sizeof(int) * (size_t)(s->in->items + 1)), *freed = malloc(sizeof(int) * (size_t)(s->in->items + 1));
    style_t style = s->style;
    double deadline = s->deadline;
    int *path = malloc(sizeof(int) * (size_t)(s->depth + 1)), depth = s->depth;
    if (path) memcpy(path, s->path, sizeof(int) * (size_t)depth);
    if (until < s->deadline) s->deadline = until;
    s->style = small;
    for (int t = 0; sets && kept && freed && path && t < tries && s->bests > 1 && !s->stopped && clock_seconds() < s->deadline; t++) {
        int side = 0, count = s->bests, nodes = s->nodes;
        i64 records = s->records, open = s->open_budget, before = s->best_gain, programs = s->programs;
        memcpy(kept, s->best, sizeof(int) * (size_t)count);
        choose_to_free(s, root, 2 + (int)(s->freed_share * count), freed);
        state_t now = *root;
        now.budget += s->granularity << s->scale; /* the best packing itself fits */
        s->depth = 0;
        for (int p = 0; p < b->size; p++)
            for (int k = 0; k < count; k++)
                if (b->column[p] == kept[k] && !freed[k] && has(now.alive, p)) {
                    u64 *set = sets + (size_t)side * size;
                    side = !side;
                    now = state_after(s, &now, p, set, set + s->item_words);
                    s->path[s->depth++] = kept[k];
                }
        now.budget -= s->granularity << s->scale;
        s->most_programs = s->programs + limit;
        if (s->depth && now.budget - s->lift >= 0) refute(s, &now, -1);
        s->freed_share *= s->stopped ? 0.9 : s->programs - programs < limit / 2 ? 1.1 : 1.0;
        if (s->freed_share > 0.9) s->freed_share = 0.9;
        if (s->freed_share < 0.05) s->freed_share = 0.05;
        s->most_programs = INT64_MAX, s->stopped = 0;
        s->nodes = nodes, s->records = records, s->open_budget = open;
        if (s->best_gain > before) t = -1;
    }
    if (s->best_gain == first && limit < 2000) s->small_programs = limit * 3 / 2;
    s->style = style, s->deadline = deadline, s->depth = depth;
    if (path) memcpy(s->path, path, sizeof(int) * (size_t)depth);
    free(sets); free(kept); free(freed); free(path);
}
