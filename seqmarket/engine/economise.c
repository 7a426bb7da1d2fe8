#include "economise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay.h"

/* Ways to build the tree below the root, now that the best packing is known from the start: by prices without more cuts, which is quick; by
 * looking at what branches promise, with odd rows at its top or without (LOOKING of them); with more cuts than at first, as at first, with
 * cuts at its top alone, with larger searches. Odd rows that the program holds by now stay in it; more of them cost more than they save in
 * most. */
static const style_t OTHERS[] = {
    {0, 2000, 0, 0, 0, 0, 0, 0, 0, 0},
    {24, 200, 40, 10, 4, 0, 40, 0, 6, 2},
    {24, 200, 40, 10, 4, 0, 0, 0, 6, 0},
    {50, 200, 40, 10, 4, 0, 0, 0, 0, 0},
    {24, 60, 40, 3, 1, 0, 0, 0, 0, 0},
    {50, 1000, 40, 0, 0, 0, 0, 0, 0, 0},
    {50, 60, 40, 10, 4, 0, 0, 0, 0, 0},
    {150, 200, 40, 10, 4, 0, 0, 0, 0, 0},
    {300, 3000, 60, 20, 10, 0, 0, 0, 0, 0},
};
enum { FIRST_WAY = -3, BY_SEARCH = FIRST_WAY, FINER, BY_ROWS }; /* before them */
enum { WAYS = (int)(sizeof OTHERS / sizeof *OTHERS), FIRST_LOOKING = 1 };
/* What a transaction holds; an offer of the book, about; how many times as dear a proof may be to get LONGER times the time. */
enum { TRANSACTION_GAS = 1 << 24, OFFER_GAS = 500, FAR = 16, LONGER = 8 };

/* The part of the time left that rows at the root may take: where they help, they help most. */
static const double ROWS_SHARE = 0.85;

int nearly_fits(const solver_t *s, i64 gas) {
    i64 room = TRANSACTION_GAS - (i64)s->in->offers * OFFER_GAS;
    return gas > room && gas / FAR <= room;
}

int offer_tree(solver_t *s, const shop_t *shop, const state_t *whole, int node) {
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

int allowance_of(const solver_t *s, const shop_t *shop, i64 spent, int live) {
    i64 price = (shop->gas->candidate + shop->gas->word * (live / 512)) / 2; /* about half of them indexed, and half of the tree dropped later */
    if (price < 1) price = 1;
    double most = fmax(0.0, s->deadline - clock_seconds()) * 2e5 + 50.0, allowed = (double)((shop->answer->gas - spent) / price);
    return (int)fmin(fmin(most, allowed), 1e9);
}

int search_steeply(solver_t *s, const shop_t *shop, const state_t *whole, const state_t *now, int root, i64 spent) {
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

int grow_below(solver_t *s, const shop_t *shop, const state_t *whole, const state_t *now, int root, int styles, int kinds) {
    int nodes = s->nodes, taken = 0;
    memset(s->dead_cut, 0, MOST_CUTS);
    for (int t = 0; t < styles && t < WAYS && !s->stopped && clock_seconds() < s->deadline; t++) {
        program_t own = s->program;
        s->style = OTHERS[(FIRST_LOOKING + t) % WAYS];
        if (!narrow_program(s, now, kinds)) break;
        int copy = new_node(s, NODE_PRICE, s->tree[root].key, -1);
        append_child(s, copy, refute(s, now, -1));
        program_free(&s->program);
        s->program = own;
        if (!s->stopped) taken |= offer_tree(s, shop, whole, copy);
        s->nodes = nodes;
    }
    return taken;
}

/* One of OTHERS from the program in force, or a way of its own. */
static void try_way(solver_t *s, const shop_t *shop, int way) {
    int nodes = s->nodes, copy = new_node(s, NODE_PRICE, s->tree[shop->root].key, -1), below;
    if (way == BY_SEARCH) {
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
}

void economise(solver_t *s, const shop_t *shop, double seconds, double spare) {
    double begun = clock_seconds(), until = fmin(begun + fmax(seconds, spare), s->deadline);
    double latest = fmin(begun + fmax(LONGER * seconds, spare), s->deadline);
    for (int way = FIRST_WAY; way < WAYS && !s->stopped; way++) {
        s->deadline = nearly_fits(s, shop->answer->gas) ? latest : until;
        if (way == BY_ROWS) s->deadline -= (1.0 - ROWS_SHARE) * (s->deadline - clock_seconds());
        if (clock_seconds() >= s->deadline) continue;
        if (way == BY_ROWS) rows_at_root(s, shop);
        else if (way == FINER) try_finer(s, shop);
        else try_way(s, shop, way);
        s->stopped = s->stopped && clock_seconds() < s->deadline; /* out of time, there may be some for the next way; without memory there is none */
    }
}
