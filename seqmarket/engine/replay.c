/* From the tree under way to a certificate: every number recomputed in integers against the final target. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

static int emit(flat_t *f, i64 number) {
    if (f->size == f->room) {
        i64 more = f->room ? 2 * f->room : 4096;
        i64 *grown = realloc(f->data, sizeof(i64) * (size_t)more);
        if (!grown) return 0;
        f->data = grown, f->room = more;
    }
    f->data[f->size++] = number;
    return 1;
}

static int by_column(const void *a, const void *b) { return *(const int *)a - *(const int *)b; } /* `column` comes first */

typedef struct {
    solver_t *s;
    flat_t *out;
    const i64 *reserve;
    const engine_gas_t *gas;
    i64 spent, most; /* gas so far, without indexed offers, candidates and members; what all may come to */
    i64 *slack;      /* by column: its slack at the price node under way, or -1 where it isn't alive */
    int *rank;       /* by column: its position among the live ones, or -1 */
    u64 *hinted;     /* items branched on */
    int all_hinted;  /* a node below the root isn't a branch on a rollup */
    i64 candidates, members; /* candidates: on the root's board alone */
    const board_t *first;    /* that board */
} replay_t;

static int replay(replay_t *r, int node, const state_t *st, int reset);

/* Whether an offer of the root is indexed. */
static int is_indexed(const replay_t *r, int column) {
    const instance_t *in = r->s->in;
    if (r->rank[column] < 0 || column >= in->offers + in->rollups) return 0;
    if (r->all_hinted) return 1;
    for (int q = in->start[column]; q < in->start[column + 1]; q++)
        if (has(r->hinted, in->member[q])) return 1;
    return 0;
}

/* About what all of it costs. */
static i64 gas_of(const replay_t *r) {
    const engine_gas_t *gas = r->gas;
    i64 indexed = 0;
    for (int c = 0; c < r->s->in->columns; c++) indexed += is_indexed(r, c);
    i64 further = indexed > 256 ? (indexed - 1) / 256 : 0;
    return r->spent + indexed * gas->live + r->candidates * (gas->candidate + gas->word * further) + r->members * gas->member;
}

static int bytes_of(i64 price) {
    int bytes = 1;
    while (bytes < 8 && (price < -((i64)1 << (8 * bytes - 1)) || price >= (i64)1 << (8 * bytes - 1))) bytes++;
    return bytes;
}

/* Writes the prices of a record for the items uncovered; returns their sum over gains. */
static i64 emit_prices(replay_t *r, const i64 *record, const state_t *st, int reset, int *ok) {
    solver_t *s = r->s;
    const instance_t *in = s->in;
    i64 sum = 0, count = 0, rollups = 0, width = 1;
    memset(s->y, 0, sizeof(i64) * (size_t)in->items);
    for (i64 t = 0; t < record[0]; t++) s->y[record[1 + 2 * t]] = record[2 + 2 * t];
    *ok = emit(r->out, FLAT_PRICE) && emit(r->out, reset) && emit(r->out, 0);
    i64 place = r->out->size - 1;
    for (int i = 0; *ok && i < in->items; i++) {
        if (!has(st->uncovered, i)) continue;
        sum += s->y[i];
        rollups += i < in->rollups;
        i64 price = s->y[i] + (i < in->rollups ? r->reserve[i] << s->scale : 0);
        if (!price) continue;
        *ok = emit(r->out, i) && emit(r->out, price);
        count++;
        if (bytes_of(price) > width) width = bytes_of(price);
        if (i >= in->rollups) r->spent += 2 * r->gas->byte, rollups++;
    }
    if (*ok) r->out->data[place] = count;
    r->spent += r->gas->byte * (4 + rollups * width);
    return sum;
}

i64 row_gas(const engine_gas_t *gas, const cut_t *row, int *bits) {
    int lanes = row->items / row->divisor, most = lanes * row->divisor - 1, width = 1;
    if (row->items - row->divisor > most) most = row->items - row->divisor;
    while (most >> (width - 1)) width++;
    if (row->divisor < 2 || *bits + lanes * width > 256) return gas->other_row;
    *bits += lanes * width;
    return gas->row;
}

/* Writes the subset rows of a record; returns what they cost an offer. */
static i64 emit_rows(replay_t *r, const i64 *at, int at_root, int *ok) {
    solver_t *s = r->s;
    i64 rows = 0, each = 0;
    int bits = 0;
    for (i64 k = 0; k < at[0]; k++) rows += s->pool[at[1 + 2 * k]].coefficient != NULL;
    *ok = *ok && emit(r->out, rows);
    for (i64 k = 0; *ok && k < at[0]; k++) {
        const cut_t *cut = s->pool + at[1 + 2 * k];
        if (!cut->coefficient) continue;
        r->spent += r->gas->row_once;
        each += at_root ? row_gas(r->gas, cut, &bits) : r->gas->other_row;
        *ok = emit(r->out, cut->items) && emit(r->out, cut->divisor) && emit(r->out, at[2 + 2 * k]);
        for (int t = 0; *ok && t < cut->items; t++) *ok = emit(r->out, cut->item[t]);
        r->spent += r->gas->byte * ((s->in->rollups + 7) / 8 + 1 + bytes_of(at[2 + 2 * k]));
    }
    return each;
}

/* Writes the cliques of a record, each with those members only whose slack needs it: left out, the others still are dropped (or, where the
 * budget closes the node, still have no negative slack). Returns the budget, which loses the weight of a cut that nobody needs. */
static i64 emit_cuts(replay_t *r, const i64 *at, i64 budget, int *ok) {
    solver_t *s = r->s;
    i64 cuts = at[0], kept = 0;
    *ok = *ok && emit(r->out, 0);
    i64 count_at = r->out->size - 1;
    for (i64 k = 0; *ok && k < cuts; k++) {
        const cut_t *cut = s->pool + at[1 + 2 * k];
        i64 weight = at[2 + 2 * k], members = 0, place = r->out->size;
        if (cut->coefficient) continue;
        *ok = emit(r->out, 0) && emit(r->out, weight);
        for (int t = 0; *ok && t < cut->size; t++) {
            int c = cut->column[t];
            if (r->slack[c] < 0) continue;
            if (r->slack[c] - weight > (budget < 0 ? -1 : budget)) r->slack[c] -= weight;
            else *ok = emit(r->out, c), members++;
        }
        if (members) {
            r->out->data[place] = members, kept++;
            r->members += members;
            r->spent += r->gas->byte * (9 + members);
        } else {
            r->out->size = place;
            budget -= weight;
        }
    }
    if (*ok) r->out->data[count_at] = kept;
    return budget;
}

static int replay_price(replay_t *r, int node, const state_t *st, int reset) {
    solver_t *s = r->s;
    const instance_t *in = s->in;
    const board_t *b = st->board;
    const i64 *record = s->record + s->tree[node].key, *cuts = record + 1 + 2 * record[0];
    int ok = 1, alive = 0, kept = 0;
    i64 budget = (st->gain << s->scale) - s->target + emit_prices(r, record, st, reset, &ok);
    for (i64 k = 0; k < cuts[0]; k++) {
        const cut_t *cut = s->pool + cuts[1 + 2 * k];
        budget += right_of(cut, st->uncovered) * cuts[2 + 2 * k];
        for (int t = 0; t < cut->size; t++) s->extra[cut->column[t]] += cuts[2 + 2 * k] * (cut->coefficient ? cut->coefficient[t] : 1);
    }
    i64 rows = emit_rows(r, cuts, !reset, &ok), near = 0;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1, alive++) {
            int c = b->column[64 * w + __builtin_ctzll(rest)];
            i64 slack = -(in->gain[c] << s->scale);
            for (int q = in->start[c]; q < in->start[c + 1]; q++) slack += s->y[in->member[q]];
            near += c < in->offers && slack <= (budget < 0 ? -1 : budget);
            slack += s->extra[c];
            ok = ok && slack >= 0;
            r->slack[c] = slack;
        }
    for (i64 k = 0; k < cuts[0]; k++) {
        const cut_t *cut = s->pool + cuts[1 + 2 * k];
        for (int t = 0; t < cut->size; t++) s->extra[cut->column[t]] = 0;
    }
    budget = emit_cuts(r, cuts, budget, &ok);
    int *column = malloc(sizeof(int) * (size_t)(alive + 1));
    i64 *slack = malloc(sizeof(i64) * (size_t)(alive + 1));
    ok = ok && column && slack;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int c = b->column[64 * w + __builtin_ctzll(rest)];
            if (ok && r->slack[c] <= budget) column[kept] = c, slack[kept++] = r->slack[c];
            r->slack[c] = -1;
        }
    if (reset) r->spent += alive * r->gas->priced + rows * alive, r->all_hinted = 1;
    else {
        s->live = kept;
        if (rows) r->spent += near * (r->gas->near + rows);
        for (int p = 0; ok && budget >= 0 && p < kept; p++) r->rank[column[p]] = p;
    }
    if (r->spent > r->most) ok = 0;
    if (ok && budget < 0) ok = emit(r->out, FLAT_NONE);
    else if (ok) {
        board_t *fresh = s->tree[node].first < 0 ? NULL : board_new(s, column, slack, kept);
        u64 *all = fresh ? calloc((size_t)fresh->words + 1, sizeof(u64)) : NULL;
        ok = 0;
        if (all) {
            for (int p = 0; p < kept; p++) put(all, p);
            state_t now = {fresh, st->uncovered, all, budget + s->lift, st->gain};
            if (!reset) r->first = fresh;
            ok = replay(r, s->tree[node].first, &now, 1);
        }
        free(all);
        board_free(fresh);
    }
    free(column); free(slack);
    return ok;
}

typedef struct {
    int column, position, child;
} branch_t;

static int replay_item(replay_t *r, int node, const state_t *st) {
    solver_t *s = r->s;
    const board_t *b = st->board;
    int item = (int)s->tree[node].key, count = 0;
    if (!has(st->uncovered, item)) return 0;
    const u64 *held = b->holding + (size_t)b->words * (size_t)item;
    int most = 1;
    for (int w = 0; w < b->words; w++) most += __builtin_popcountll(held[w] & st->alive[w]);
    branch_t *own = malloc(sizeof *own * (size_t)most);
    u64 *uncovered = malloc(sizeof(u64) * (size_t)(s->item_words + b->words + 1)), *alive = uncovered ? uncovered + s->item_words : NULL;
    int ok = own && uncovered;
    for (int w = 0; ok && w < b->words; w++)
        for (u64 rest = held[w] & st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest);
            if (b->slack[p] > st->budget - s->lift) continue;
            int child = s->tree[node].first;
            while (child >= 0 && s->tree[child].offer != b->column[p]) child = s->tree[child].next;
            if (child < 0) ok = 0;
            own[count++] = (branch_t){b->column[p], p, child};
        }
    qsort(own, (size_t)(ok ? count : 0), sizeof *own, by_column);
    r->spent += r->gas->byte;
    if (b == r->first) r->candidates += count;
    else r->spent += count * (r->gas->candidate + r->gas->word * (b->size > 256 ? (b->size - 1) / 256 : 0));
    if (item < s->in->rollups) put(r->hinted, item);
    else r->all_hinted = 1;
    ok = ok && r->spent + r->candidates * r->gas->candidate <= r->most && emit(r->out, FLAT_ITEM) && emit(r->out, item) && emit(r->out, count);
    for (int t = 0; ok && t < count; t++) {
        state_t below = state_after(s, st, own[t].position, uncovered, alive);
        ok = replay(r, own[t].child, &below, 1);
    }
    free(own); free(uncovered);
    return ok;
}

/* Writes what proves the state; 0 where the tree doesn't. */
static int replay(replay_t *r, int node, const state_t *st, int reset) {
    solver_t *s = r->s;
    int covered = 1;
    for (int w = 0; w < s->item_words; w++) covered = covered && !st->uncovered[w];
    if (covered) return st->gain << s->scale < s->target && emit(r->out, FLAT_NONE);
    switch (s->tree[node].kind) {
        case NODE_PRICE: return replay_price(r, node, st, reset);
        case NODE_ITEM: return replay_item(r, node, st);
        default: return 0;
    }
}

i64 write_certificate(solver_t *s, const i64 *reserve, const engine_gas_t *gas, i64 most, const state_t *root, int node, flat_t *out) {
    size_t columns = (size_t)s->in->columns + 1;
    replay_t r = {.s = s, .out = out, .reserve = reserve, .gas = gas, .most = most, .slack = malloc(sizeof(i64) * columns),
                  .rank = malloc(sizeof(int) * columns), .hinted = calloc((size_t)s->item_words + 1, sizeof(u64))};
    out->size = 0;
    for (int c = 0; r.slack && r.rank && c < s->in->columns; c++) r.slack[c] = r.rank[c] = -1;
    int ok = r.slack && r.rank && r.hinted && replay(&r, node, root, 0);
    i64 spent = ok ? gas_of(&r) : -1;
    free(r.slack); free(r.rank); free(r.hinted);
    return spent <= most ? spent : -1;
}
