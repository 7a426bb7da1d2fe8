/* Other roots, with trees below them that cost less: at a finer scale, and with subset rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "economise.h"
#include "replay.h"

enum { ROW_ROUNDS = 16, ROWS_A_ROUND = 60, MOST_ROWS = 255, FEWER = 12 };
/* A search that costs less needs no prices below the root. */
enum { LARGE_TREE_GAS = 1000000 };

/* What a tree with a price node costs at least. */
static i64 least_of(const shop_t *shop, const board_t *live) { return live->size * (shop->gas->live + shop->gas->priced); }

void try_finer(solver_t *s, const shop_t *shop) {
    int before = s->scale, nodes = s->nodes;
    i64 budget;
    program_t own = s->program;
    if (shop->finer == before) return;
    rescale(s, shop->finer);
    board_t *live = price_root(s, shop->finer_y, 0, &budget);
    u64 *alive = live ? calloc((size_t)live->words + 1, sizeof(u64)) : NULL;
    if (alive) {
        for (int p = 0; p < live->size; p++) put(alive, p);
        state_t whole = *shop->whole, now = {live, whole.uncovered, alive, budget, 0};
        whole.budget = -s->target;
        memcpy(s->y, shop->finer_y, sizeof(i64) * (size_t)s->in->items);
        s->program.lp = NULL; /* the root has no cuts */
        int node = new_node(s, NODE_PRICE, write_price_record(s, &whole), -1);
        s->program = own;
        if (least_of(shop, live) < shop->answer->gas) grow_below(s, shop, &whole, &now, node, LOOKING, CLIQUES | ROWS);
    } else s->stopped = 1;
    s->nodes = nodes;
    board_free(live);
    free(alive);
    rescale(s, before);
}

/* What the rows of the program in force add to the slacks, into `extra`; returns what they add to the budget. */
static i64 weigh_rows(solver_t *s) {
    const simplex_t *lp = s->program.lp;
    double factor = s->unit * (double)(1ll << s->scale), most = 4.0 * fmax(1e6, (double)s->target);
    i64 right = 0;
    for (int k = 0; k < lp->rows - lp->items; k++) {
        double real = lp->y[lp->items + k] * factor;
        const cut_t *cut = s->pool + s->program.cut[k];
        i64 weight = s->weight[k] = !(real > 1e-3) ? 0 : (i64)ceil(fmin(real, most) - 1e-5);
        right += weight * (cut->items / cut->divisor);
        for (int t = 0; t < cut->size; t++) s->extra[cut->column[t]] += weight * cut->coefficient[t];
    }
    return right;
}

/* A root from the program in force, rows and all, with a search below it, or where that is too large, trees in some styles. */
static int try_rows(solver_t *s, const shop_t *shop, int styles) {
    const instance_t *in = s->in;
    const engine_gas_t *gas = shop->gas;
    i64 budget, right = weigh_rows(s), rows = 0, each = 0, near = 0;
    int bits = 0;
    root_prices(s, s->y);
    board_t *live = price_root(s, s->y, right, &budget);
    memset(s->extra, 0, sizeof(i64) * (size_t)in->columns);
    u64 *alive = live ? calloc((size_t)live->words + 1, sizeof(u64)) : NULL;
    if (!alive) {
        board_free(live);
        s->stopped = 1;
        return 0;
    }
    for (int p = 0; p < live->size; p++) put(alive, p);
    for (int k = 0; k < s->program.lp->rows - s->program.lp->items; k++)
        if (s->weight[k] > 0) rows++, each += row_gas(gas, s->pool + s->program.cut[k], &bits);
    for (int j = 0; j < in->offers; j++) {
        i64 slack = -(in->gain[j] << s->scale);
        for (int q = in->start[j]; q < in->start[j + 1]; q++) slack += s->y[in->member[q]];
        near += slack <= (budget < 0 ? -1 : budget);
    }
    i64 spent = rows ? near * (gas->near + each) + rows * gas->row_once : 0;
    int nodes = s->nodes, taken = 0;
    if (spent < shop->answer->gas && rows <= MOST_ROWS) {
        state_t whole = *shop->whole, now = {live, whole.uncovered, alive, budget, 0};
        whole.budget = -s->target;
        int node = new_node(s, NODE_PRICE, write_price_record(s, &whole), -1), below = -1;
        if (budget >= 0) {
            int allowance = allowance_of(s, shop, spent, live->size), before = s->nodes;
            below = search(s, &now, &allowance, -1);
            if (below < 0) {
                s->nodes = before;
                if (spent + least_of(shop, live) < shop->answer->gas) taken = grow_below(s, shop, &whole, &now, node, styles, CLIQUES);
            } else append_child(s, node, below);
        }
        if (!s->stopped && (budget < 0 || below >= 0)) taken = offer_tree(s, shop, &whole, node);
        if (!s->stopped && below >= 0) taken |= search_steeply(s, shop, &whole, &now, node, spent);
        if (!s->stopped && below >= 0 && shop->answer->gas - spent > LARGE_TREE_GAS) taken |= grow_below(s, shop, &whole, &now, node, styles, CLIQUES);
    }
    s->nodes = nodes;
    board_free(live);
    free(alive);
    return taken;
}

/* The program in force again, without the rows whose weights are the least, about a part `share` of them; 0 where it can't be had. */
static int with_fewer_rows(solver_t *s, const state_t *whole, double share) {
    program_t own = s->program, to;
    const simplex_t *lp = own.lp;
    int rows = lp->rows - lp->items, drop_ = (int)ceil(share * rows);
    for (int k = 0; k < rows; k++) {
        int less = 0;
        for (int o = 0; o < rows; o++) less += lp->y[lp->items + o] < lp->y[lp->items + k] || (lp->y[lp->items + o] == lp->y[lp->items + k] && o < k);
        s->dead_cut[k] = less < drop_;
    }
    if (!program_new(s, &to, s->in->core, s->in->cores, whole->uncovered, 0)) return 0;
    program_adopt(s, &to, &own, whole->uncovered, ROWS, s->dead_cut);
    program_free(&own);
    s->program = to;
    simplex_begin(s->program.lp);
    return simplex_solve(s->program.lp, -1e300, s->deadline) == LP_OPTIMAL;
}

void rows_at_root(solver_t *s, const shop_t *shop) {
    program_t own = s->program;
    double items = own.lp->items, m = items + MOST_CUTS;
    double needed = 5e-4 + 2e-9 * (m * m + items * items * items + 400.0 * s->in->cores); /* seconds for a first lot, about */
    if (clock_seconds() + 2.0 * needed > s->deadline) return;
    program_t to;
    if (!program_new(s, &to, s->in->core, s->in->cores, shop->whole->uncovered, 0)) return;
    program_adopt(s, &to, &own, shop->whole->uncovered, 0, NULL);
    s->program = to;
    simplex_t *lp = to.lp;
    int wanted = (int)ceil(log2(8.0 * (lp->items + 100) / (double)s->granularity));
    int scale = wanted < s->scale ? s->scale : wanted < shop->finest ? wanted : shop->finest, before = s->scale;
    rescale(s, scale);
    for (int round = 0; round < ROW_ROUNDS && !s->stopped && clock_seconds() < s->deadline; round++) {
        simplex_begin(lp);
        if (simplex_solve(lp, -1e300, s->deadline) != LP_OPTIMAL) break;
        s->programs++;
        forget_slack_cuts(s);
        if (round) try_rows(s, shop, LOOKING);
        int added = separate_rows(s, ROWS_A_ROUND, 1);
        if (!added || nearly_fits(s, shop->answer->gas)) added += separate_odd_rows(s, ROWS_A_ROUND, 0);
        if (!added) break;
    }
    if (!s->stopped && clock_seconds() < s->deadline && lp->rows > lp->items) try_rows(s, shop, ALL_STYLES);
    for (int t = 0, worse = 0; t < FEWER && worse < 4 && !s->stopped && clock_seconds() < s->deadline && s->program.lp->rows > s->program.lp->items; t++) {
        if (!with_fewer_rows(s, shop->whole, 0.12)) break;
        worse = try_rows(s, shop, LOOKING) ? 0 : worse + 1;
    }
    program_free(&s->program);
    s->program = own;
    rescale(s, before);
}
