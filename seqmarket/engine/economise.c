#include "economise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

/* Ways to build the tree below the root, now that the best packing is known from the start: by prices without more cuts, which is quick;
 * with more cuts than at first, as at first, with cuts at its top alone, with larger searches. Odd rows that the program holds by now stay
 * in it; more of them cost more than they save. */
static const style_t OTHERS[] = {{0, 2000, 0, 0, 0, 0, 0, 0}, {50, 200, 40, 10, 4, 0, 0, 0}, {24, 60, 40, 3, 1, 0, 0, 0}, {50, 1000, 40, 0, 0, 0, 0, 0},
                                 {50, 60, 40, 10, 4, 0, 0, 0}, {150, 200, 40, 10, 4, 0, 0, 0}, {300, 3000, 60, 20, 10, 0, 0, 0}};
enum { WAYS = (int)(sizeof OTHERS / sizeof *OTHERS), ROW_ROUNDS = 16, ROWS_A_ROUND = 60, MOST_ROWS = 255, FEWER = 12 };
/* A search that costs less needs no prices below the root. What a transaction holds; an offer of the book, about; how many times as dear a proof may be to get LONGER times the time. */
enum { LARGE_TREE_GAS = 1000000, TRANSACTION_GAS = 1 << 24, OFFER_GAS = 500, FAR = 16, LONGER = 8 };

/* The part of the time left that rows at the root may take: where they help, they help most. */
static const double ROWS_SHARE = 0.85;

/* Whether a proof is too dear for one transaction, but not by so much that no other way would do. */
static int nearly_fits(const solver_t *s, i64 gas) {
    i64 room = TRANSACTION_GAS - (i64)s->in->offers * OFFER_GAS;
    return gas > room && gas / FAR <= room;
}

/* Writes the tree at `node`; where that is the cheapest so far it is the answer's. */
static int offer_tree(solver_t *s, const shop_t *shop, const state_t *whole, int node) {
    engine_answer_t *answer = shop->answer;
    flat_t flat = {NULL, 0, 0};
    i64 spent = write_certificate(s, shop->reserve, shop->gas, answer->gas - 1, whole, node, &flat);
    if (spent < 0) {
        free(flat.data);
        return 0;
    }
    free(answer->certificate);
    answer->certificate = flat.data, answer->size = flat.size, answer->gas = spent, answer->scale = s->scale, answer->live = s->live;
    return 1;
}

/* How many candidates a search over so many live offers may have: what the cheapest proof leaves of gas, and time of time. */
static int allowance_of(const solver_t *s, const shop_t *shop, i64 spent, int live) {
    i64 price = (shop->gas->candidate + shop->gas->word * (live / 512)) / 2; /* about half of them indexed, and half of the tree dropped later */
    if (price < 1) price = 1;
    double most = fmax(0.0, s->deadline - clock_seconds()) * 2e5 + 50.0, allowed = (double)((shop->answer->gas - spent) / price);
    return (int)fmin(fmin(most, allowed), 1e9);
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

/* Another search below a root, which prefers to branch on items whose offers have large slacks; whether its tree is cheaper. */
static int search_steeply(solver_t *s, const shop_t *shop, const state_t *whole, const state_t *now, int root, i64 spent) {
    int allowance = allowance_of(s, shop, spent, now->board->size), nodes = s->nodes, taken = 0;
    s->steep = STEEP;
    int copy = new_node(s, NODE_PRICE, s->tree[root].key, -1), below = search(s, now, &allowance, -1);
    s->steep = GENTLE;
    if (below >= 0 && !s->stopped) {
        append_child(s, copy, below);
        taken = offer_tree(s, shop, whole, copy);
    }
    s->nodes = nodes;
    return taken;
}

/* Trees with prices below a root with rows, in the first `styles` of styles. */
static int grow_below(solver_t *s, const shop_t *shop, const state_t *whole, const state_t *now, int root, int styles) {
    int nodes = s->nodes, taken = 0;
    memset(s->dead_cut, 0, MOST_CUTS);
    for (int t = 0; t < styles && !s->stopped && clock_seconds() < s->deadline; t++) {
        program_t own = s->program;
        s->style = OTHERS[(t + 1) % WAYS];
        if (!narrow_program(s, now)) break;
        int copy = new_node(s, NODE_PRICE, s->tree[root].key, -1);
        append_child(s, copy, refute(s, now, -1));
        program_free(&s->program);
        s->program = own;
        if (!s->stopped) taken |= offer_tree(s, shop, whole, copy);
        s->nodes = nodes;
    }
    return taken;
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
    i64 spent = near * (gas->near + each) + rows * gas->row_once;
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
                taken = grow_below(s, shop, &whole, &now, node, styles);
            } else append_child(s, node, below);
        }
        if (!s->stopped && (budget < 0 || below >= 0)) taken = offer_tree(s, shop, &whole, node);
        if (!s->stopped && below >= 0) taken |= search_steeply(s, shop, &whole, &now, node, spent);
        if (!s->stopped && below >= 0 && shop->answer->gas - spent > LARGE_TREE_GAS) taken |= grow_below(s, shop, &whole, &now, node, styles);
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

/* Subset rows at the root, more and more and then fewer: a proof is tried with each lot. Odd rows, which are many, come once others are
 * found no more, or where the proof has far to go. */
static void rows_at_root(solver_t *s, const shop_t *shop) {
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
        if (round) try_rows(s, shop, 0);
        int added = separate_rows(s, ROWS_A_ROUND, 1);
        if (!added || nearly_fits(s, shop->answer->gas)) added += separate_odd_rows(s, ROWS_A_ROUND);
        if (!added) break;
    }
    if (!s->stopped && clock_seconds() < s->deadline && lp->rows > lp->items) try_rows(s, shop, WAYS);
    for (int t = 0, worse = 0; t < FEWER && worse < 4 && !s->stopped && clock_seconds() < s->deadline && s->program.lp->rows > s->program.lp->items; t++) {
        if (!with_fewer_rows(s, shop->whole, 0.12)) break;
        worse = try_rows(s, shop, 1) ? 0 : worse + 1;
    }
    program_free(&s->program);
    s->program = own;
    rescale(s, before);
}

void economise(solver_t *s, const shop_t *shop, double seconds) {
    double begun = clock_seconds(), until = fmin(begun + seconds, s->deadline), latest = fmin(begun + LONGER * seconds, s->deadline);
    for (int way = -2; way < WAYS && !s->stopped; way++) {
        s->deadline = nearly_fits(s, shop->answer->gas) ? latest : until;
        if (way == -1) s->deadline -= (1.0 - ROWS_SHARE) * (s->deadline - clock_seconds());
        if (clock_seconds() >= s->deadline) continue;
        if (way == -1) {
            rows_at_root(s, shop);
            s->stopped = s->stopped && clock_seconds() < s->deadline;
            continue;
        }
        int nodes = s->nodes, copy = new_node(s, NODE_PRICE, s->tree[shop->root].key, -1), below;
        if (way < 0) {
            int allowance = allowance_of(s, shop, 0, shop->now->board->size);
            below = search(s, shop->now, &allowance, -1);
            if (below >= 0 && !s->stopped) search_steeply(s, shop, shop->whole, shop->now, shop->root, 0);
        } else {
            s->style = OTHERS[way];
            below = refute(s, shop->now, -1);
        }
        if (below >= 0 && !s->stopped) {
            append_child(s, copy, below);
            offer_tree(s, shop, shop->whole, copy);
        } else s->nodes = nodes;
        s->stopped = s->stopped && clock_seconds() < s->deadline; /* out of time, there may be some for the next way; without memory there is none */
    }
}
