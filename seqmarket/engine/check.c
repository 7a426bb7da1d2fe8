#include "check.h"

#include <stdlib.h>
#include <string.h>

typedef __int128 wide;

enum { MOST_SCALE = 40, MOST_DEPTH = 10000 }; /* what the stack has room for */

/* An alive column and its slack. A node's list stands on a stack above its parent's. */
typedef struct {
    wide slack;
    int column;
} alive_t;

typedef struct {
    const engine_instance_t *in;
    int items, columns, words, scale;
    u64 *mask, *row; /* of each column, `words` words; of the row under way */
    wide threshold;
    const i64 *at, *end;
    alive_t *stack;
    i64 room;
    wide *price, *extra;
    unsigned char *seen;
    engine_work_t *work;
    int memory, depth;
} check_t;

typedef struct {
    u64 *uncovered;
    i64 from, to; /* the alive list: stack[from … to) */
    wide budget, chosen;
} view_t;

static wide value_of(const check_t *k, int column) {
    if (column < k->in->offers) return k->in->value[column];
    int item = column - k->in->offers;
    return item < k->in->rollups ? k->in->reserve[item] : 0;
}

static const u64 *mask_of(const check_t *k, int column) { return k->mask + (size_t)column * (size_t)k->words; }

static int meet(const u64 *a, const u64 *b, int words) {
    for (int w = 0; w < words; w++)
        if (a[w] & b[w]) return 1;
    return 0;
}

static i64 common(const u64 *a, const u64 *b, int words) {
    i64 sum = 0;
    for (int w = 0; w < words; w++) sum += __builtin_popcountll(a[w] & b[w]);
    return sum;
}

static int room_for(check_t *k, i64 count) {
    if (count <= k->room) return 1;
    i64 more = 2 * count;
    alive_t *grown = realloc(k->stack, sizeof(alive_t) * (size_t)more);
    if (!grown) { k->memory = 1; return 0; }
    k->stack = grown, k->room = more;
    return 1;
}

static int next(check_t *k, i64 least, i64 most, i64 *number) {
    if (k->at >= k->end || *k->at < least || *k->at > most) return 0;
    *number = *k->at++;
    return 1;
}

static int node(check_t *k, const view_t *v);

/* A subset row: what it adds to the alive columns and to the budget. */
static int row(check_t *k, const view_t *v, wide *budget) {
    i64 size, divisor, weight, item;
    const i64 most = (i64)1 << 62;
    if (!next(k, 0, k->items, &size) || !next(k, 1, most, &divisor) || !next(k, 0, most, &weight)) return 0;
    memset(k->row, 0, sizeof(u64) * (size_t)k->words);
    for (i64 t = 0; t < size; t++) {
        if (!next(k, 0, k->items - 1, &item) || k->row[item >> 6] >> (item & 63) & 1) return 0;
        k->row[item >> 6] |= 1ull << (item & 63);
    }
    for (i64 p = v->from; p < v->to; p++) k->extra[k->stack[p].column] += common(k->row, mask_of(k, k->stack[p].column), k->words) / divisor * (wide)weight;
    *budget += common(k->row, v->uncovered, k->words) / divisor * (wide)weight;
    return 1;
}

static int price_node(check_t *k, const view_t *v) {
    i64 reset, count, cuts, item, number, weight, size;
    const i64 most = (i64)1 << 62;
    wide budget = v->budget;
    if (!next(k, 0, 1, &reset) || !next(k, 0, k->items, &count)) return 0;
    if (reset) budget = -((k->threshold - v->chosen) << k->scale);
    memset(k->price, 0, sizeof(wide) * (size_t)k->items);
    memset(k->seen, 0, (size_t)k->items);
    for (i64 t = 0; t < count; t++) {
        if (!next(k, 0, k->items - 1, &item) || !next(k, -most, most, &number) || k->seen[item]) return 0;
        k->seen[item] = 1, k->price[item] = number;
        if (v->uncovered[item >> 6] >> (item & 63) & 1) budget += number;
    }
    memset(k->extra, 0, sizeof(wide) * (size_t)k->columns);
    if (!next(k, 0, most, &cuts)) return 0;
    for (i64 t = 0; t < cuts; t++)
        if (!row(k, v, &budget)) return 0;
    if (!next(k, 0, most, &cuts)) return 0;
    for (i64 t = 0; t < cuts; t++) {
        if (!next(k, 0, k->columns, &size) || !next(k, 0, most, &weight) || k->end - k->at < size) return 0;
        const i64 *member = k->at;
        for (i64 a = 0; a < size; a++) {
            if (!next(k, 0, k->columns - 1, &number)) return 0;
            for (i64 b = 0; b < a; b++)
                if (member[b] == number || !meet(mask_of(k, (int)member[b]), mask_of(k, (int)number), k->words)) return 0;
            k->extra[number] += weight;
        }
        budget += weight;
    }
    view_t now = {v->uncovered, v->to, v->to, budget, v->chosen};
    if (!room_for(k, v->to + v->to - v->from)) return 0;
    for (i64 p = v->from; p < v->to; p++) {
        int column = k->stack[p].column;
        wide slack = (reset ? -(value_of(k, column) << k->scale) : k->stack[p].slack) + k->extra[column];
        const u64 *mask = mask_of(k, column);
        for (int w = 0; w < k->words; w++)
            for (u64 rest = mask[w]; rest; rest &= rest - 1) slack += k->price[64 * w + __builtin_ctzll(rest)];
        if (slack < 0) return 0;
        if (slack <= budget) k->stack[now.to++] = (alive_t){slack, column};
    }
    if (!k->work->price_nodes++) k->work->live_after_root = now.to - now.from;
    if (budget < 0) return next(k, 0, 0, &number);
    return node(k, &now);
}

/* The node below the choice of the alive column at stack place `p`. */
static int chosen_child(check_t *k, const view_t *v, i64 p) {
    i64 none;
    int column = k->stack[p].column, left = 0;
    const u64 *mask = mask_of(k, column);
    u64 *uncovered = malloc(sizeof(u64) * (size_t)k->words);
    if (!uncovered) { k->memory = 1; return 0; }
    for (int w = 0; w < k->words; w++) uncovered[w] = v->uncovered[w] & ~mask[w], left |= uncovered[w] != 0;
    view_t now = {uncovered, v->to, v->to, v->budget - k->stack[p].slack, v->chosen + value_of(k, column)};
    int ok = room_for(k, v->to + v->to - v->from);
    if (ok && !left) ok = now.chosen < k->threshold && next(k, 0, 0, &none);
    else if (ok) {
        for (i64 q = v->from; q < v->to; q++)
            if (k->stack[q].slack <= now.budget && !meet(mask, mask_of(k, k->stack[q].column), k->words)) k->stack[now.to++] = k->stack[q];
        ok = node(k, &now);
    }
    free(uncovered);
    return ok;
}

static int item_node(check_t *k, const view_t *v) {
    i64 item, count, holders = 0;
    if (!next(k, 0, k->items - 1, &item) || !next(k, 0, k->columns, &count)) return 0;
    if (!(v->uncovered[item >> 6] >> (item & 63) & 1)) return 0;
    k->work->item_nodes++;
    for (i64 p = v->from; p < v->to; p++) {
        if (!(mask_of(k, k->stack[p].column)[item >> 6] >> (item & 63) & 1)) continue;
        if (++holders > count || !chosen_child(k, v, p)) return 0;
    }
    return holders == count;
}

static int offer_node(check_t *k, const view_t *v) {
    i64 offer, at = -1;
    if (!next(k, 0, k->columns - 1, &offer)) return 0;
    for (i64 p = v->from; p < v->to; p++)
        if (k->stack[p].column == offer) at = p;
    if (at < 0 || !chosen_child(k, v, at) || !room_for(k, v->to + v->to - v->from)) return 0;
    k->work->offer_nodes++;
    view_t rest = {v->uncovered, v->to, v->to, v->budget, v->chosen};
    for (i64 p = v->from; p < v->to; p++)
        if (p != at) k->stack[rest.to++] = k->stack[p];
    return node(k, &rest);
}

static int node(check_t *k, const view_t *v) {
    i64 kind;
    if (!next(k, 1, 3, &kind) || k->depth >= MOST_DEPTH) return 0;
    k->depth++;
    int ok = kind == 1 ? price_node(k, v) : kind == 2 ? item_node(k, v) : offer_node(k, v);
    k->depth--;
    return ok;
}

/* Winners that share no item, and their exact worth. */
static int worth(const check_t *k, const engine_claim_t *claim, wide *value) {
    u64 *taken = calloc((size_t)k->words, sizeof(u64));
    if (!taken) return 0;
    int ok = 1;
    *value = 0;
    for (int p = 0; p < claim->winners && ok; p++) {
        int j = claim->winner[p];
        ok = j >= 0 && j < k->in->offers && !meet(taken, mask_of(k, j), k->words);
        for (int w = 0; ok && w < k->words; w++) taken[w] |= mask_of(k, j)[w];
        if (ok) *value += value_of(k, j);
    }
    for (int i = 0; i < k->in->rollups; i++)
        if (!(taken[i >> 6] >> (i & 63) & 1)) *value += k->in->reserve[i];
    free(taken);
    return ok;
}

static int divides(const engine_instance_t *in) {
    if (in->granularity < 1) return 0;
    for (int j = 0; j < in->offers; j++)
        if (in->value[j] < 1 || in->value[j] % in->granularity) return 0;
    for (int i = 0; i < in->rollups; i++)
        if (in->reserve[i] < 0 || in->reserve[i] % in->granularity) return 0;
    return 1;
}

int engine_check(const engine_instance_t *in, const engine_claim_t *claim, engine_work_t *work) {
    int items = in->rollups + in->groups, columns = in->offers + items, words = (items + 63) / 64;
    wide value = 0, claimed = (wide)claim->value_high << 64 | claim->value_low;
    check_t k = {.in = in, .items = items, .columns = columns, .words = words, .scale = claim->scale, .work = work};
    memset(work, 0, sizeof *work);
    if (claim->scale < 0 || claim->scale > MOST_SCALE || !divides(in)) return 0;
    k.threshold = (wide)claim->threshold_high << 64 | claim->threshold_low;
    k.at = claim->certificate, k.end = claim->certificate + claim->size;
    k.mask = calloc((size_t)columns * (size_t)words, sizeof(u64));
    k.price = malloc(sizeof(wide) * (size_t)items), k.extra = malloc(sizeof(wide) * (size_t)columns), k.seen = malloc((size_t)items);
    k.row = malloc(sizeof(u64) * (size_t)(words + 1));
    u64 *uncovered = calloc((size_t)words, sizeof(u64));
    int answer = -1;
    if (!k.mask || !k.price || !k.extra || !k.seen || !k.row || !uncovered || !room_for(&k, 2 * (i64)columns)) goto done;
    for (int j = 0; j < in->offers; j++) {
        for (int w = 0; w < in->words; w++)
            for (u64 rest = in->bundle[(size_t)j * (size_t)in->words + (size_t)w]; rest; rest &= rest - 1) {
                int i = 64 * w + __builtin_ctzll(rest);
                k.mask[(size_t)j * (size_t)words + (size_t)(i >> 6)] |= 1ull << (i & 63);
            }
        for (int p = in->group_start[j]; p < in->group_start[j + 1]; p++) {
            int i = in->rollups + in->group[p];
            k.mask[(size_t)j * (size_t)words + (size_t)(i >> 6)] |= 1ull << (i & 63);
        }
    }
    for (int i = 0; i < items; i++) {
        k.mask[(size_t)(in->offers + i) * (size_t)words + (size_t)(i >> 6)] |= 1ull << (i & 63);
        uncovered[i >> 6] |= 1ull << (i & 63);
    }
    for (int c = 0; c < columns; c++) k.stack[c] = (alive_t){-(value_of(&k, c) << claim->scale), c};
    view_t root = {uncovered, 0, columns, -(k.threshold << claim->scale), 0};
    answer = worth(&k, claim, &value) && value == claimed && k.threshold >= claimed + in->granularity && k.at < k.end && *k.at == 1 &&
             node(&k, &root) && k.at == k.end;
    if (k.memory) answer = -1;
done:
    free(k.mask); free(k.price); free(k.extra); free(k.seen); free(k.row); free(uncovered); free(k.stack);
    return answer;
}
