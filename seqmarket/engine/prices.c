/* From duals in floats to prices in integers that leave no alive column a negative slack. */
#include "solver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NOISE = 1e-5;

/* Cliques that hold a chosen column, and rows of which too little is left, bind nothing: their weights are dropped. */
static void mark_dead_cuts(solver_t *s, const u64 *uncovered) {
    const simplex_t *lp = s->program.lp;
    memset(s->dead_cut, 0, (size_t)(lp->rows - lp->items + 1));
    for (int p = 0; p < s->depth; p++) {
        int c = s->path[p] < s->in->offers ? s->program.column[s->path[p]] : -1;
        if (c < 0) continue;
        for (int q = 0; q < lp->cut_size[c]; q++) {
            int k = lp->cut_row[(size_t)c * CUT_ROOM + (size_t)q] - lp->items;
            s->dead_cut[k] = !s->pool[s->program.cut[k]].coefficient;
        }
    }
    for (int k = 0; k < lp->rows - lp->items; k++)
        if (!right_of(s->pool + s->program.cut[k], uncovered)) s->dead_cut[k] = 1;
}

/* A group's price is never negative, even where its stand-alone offer is out: on chain a group may always stay idle. */
i64 round_prices(solver_t *s, const state_t *st) {
    const instance_t *in = s->in;
    const simplex_t *lp = s->program.lp;
    const board_t *b = st->board;
    double factor = s->unit * (double)(1ll << s->scale), most = 4.0 * (double)s->target;
    if (most < 1e6) most = 1e6;
    i64 budget = (st->gain << s->scale) - s->target;
    for (int w = 0; w < s->item_words; w++)
        for (u64 rest = st->uncovered[w]; rest; rest &= rest - 1) {
            int i = 64 * w + __builtin_ctzll(rest);
            double real = s->program.row[i] < 0 ? 0.0 : lp->y[s->program.row[i]] * factor;
            i64 whole = !(real > -most) ? (i64)-most : real > most ? (i64)most : (i64)ceil(real - NOISE * (1.0 + fabs(real) * 1e-6));
            if (whole < 0 && (i >= in->rollups || (b->alone[i] >= 0 && has(st->alive, b->alone[i])))) whole = 0;
            s->y[i] = whole;
        }
    int cuts = lp->rows - lp->items;
    mark_dead_cuts(s, st->uncovered);
    for (int k = 0; k < cuts; k++) {
        double real = s->dead_cut[k] ? 0.0 : lp->y[lp->items + k] * factor;
        s->weight[k] = !(real >= 0.5) ? 0 : real > most ? (i64)most : (i64)floor(real + 0.5);
        budget += s->weight[k] * right_of(s->pool + s->program.cut[k], st->uncovered);
    }
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest), c = b->column[p];
            i64 slack = -(in->gain[c] << s->scale);
            for (int q = in->start[c]; q < in->start[c + 1]; q++) slack += s->y[in->member[q]];
            if (c < in->offers && cuts) {
                int l = s->program.column[c];
                for (int q = 0; q < lp->cut_size[l]; q++) {
                    size_t at = (size_t)l * CUT_ROOM + (size_t)q;
                    slack += s->weight[lp->cut_row[at] - lp->items] * lp->cut_coefficient[at];
                }
            }
            s->slack[p] = slack;
        }
    for (int w = 0; w < b->words; w++)
        for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest), c = b->column[p], dearest = -1;
            i64 lack = -s->slack[p];
            if (lack <= 0) continue;
            for (int q = in->start[c]; q < in->start[c + 1]; q++)
                if (dearest < 0 || s->y[in->member[q]] > s->y[dearest]) dearest = in->member[q];
            s->y[dearest] += lack;
            const u64 *held = b->holding + (size_t)b->words * (size_t)dearest;
            for (int v = 0; v < b->words; v++)
                for (u64 own = held[v] & st->alive[v]; own; own &= own - 1) s->slack[64 * v + __builtin_ctzll(own)] += lack;
        }
    for (int w = 0; w < s->item_words; w++)
        for (u64 rest = st->uncovered[w]; rest; rest &= rest - 1) {
            int i = 64 * w + __builtin_ctzll(rest);
            const u64 *held = b->holding + (size_t)b->words * (size_t)i;
            i64 least = i >= in->rollups ? s->y[i] : -1;
            for (int v = 0; v < b->words && least != 0; v++)
                for (u64 own = held[v] & st->alive[v]; own; own &= own - 1) {
                    i64 slack = s->slack[64 * v + __builtin_ctzll(own)];
                    if (least < 0 || slack < least) least = slack;
                }
            if (least > 0) {
                s->y[i] -= least;
                for (int v = 0; v < b->words; v++)
                    for (u64 own = held[v] & st->alive[v]; own; own &= own - 1) s->slack[64 * v + __builtin_ctzll(own)] -= least;
            }
            budget += s->y[i];
        }
    return budget + s->lift;
}

/* Appends a price record: count, (item, price)…, count of cuts, (cut, weight)…; returns its place, or -1 without memory. */
i64 write_price_record(solver_t *s, const state_t *st) {
    int cuts = s->program.lp ? s->program.lp->rows - s->program.lp->items : 0;
    i64 need = s->records + 2 + 2 * (s->in->items + cuts);
    if (need > s->record_room) {
        i64 more = need * 2;
        i64 *grown = realloc(s->record, sizeof(i64) * (size_t)more);
        if (!grown) { s->stopped = 1; return -1; }
        s->record = grown, s->record_room = more;
    }
    i64 place = s->records, at = place + 1;
    for (int w = 0; w < s->item_words; w++)
        for (u64 rest = st->uncovered[w]; rest; rest &= rest - 1) {
            int i = 64 * w + __builtin_ctzll(rest);
            if (s->y[i]) s->record[at++] = i, s->record[at++] = s->y[i];
        }
    s->record[place] = (at - place - 1) / 2;
    i64 count_at = at++;
    for (int k = 0; k < cuts; k++)
        if (s->weight[k]) s->record[at++] = s->program.cut[k], s->record[at++] = s->weight[k];
    s->record[count_at] = (at - count_at - 1) / 2;
    s->records = at;
    return place;
}
