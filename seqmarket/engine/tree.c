/* The proof tree: prices where they pay, small searches, and branching on items. */
#include "solver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SHRINK_STEPS = 200, NEARLY = 20 };

int new_node(solver_t *s, int kind, i64 key, int offer) {
    if (s->nodes == s->node_room) {
        int more = s->node_room ? 2 * s->node_room : 1024;
        node_t *grown = realloc(s->tree, sizeof(node_t) * (size_t)more);
        if (!grown) { s->stopped = 1; return 0; }
        s->tree = grown, s->node_room = more;
    }
    s->tree[s->nodes] = (node_t){kind, offer, -1, -1, key};
    return s->nodes++;
}

void append_child(solver_t *s, int parent, int child) {
    s->tree[child].next = s->tree[parent].first;
    s->tree[parent].first = child;
}

/* A node that is left open. */
static int open_node(solver_t *s, const state_t *st, int offer) {
    if (st->budget > s->open_budget) s->open_budget = st->budget;
    return new_node(s, NODE_OPEN, 0, offer);
}

/* Whether item branches found for another state refute this one too, within `allowance` steps. */
static int refutes(const solver_t *s, int node, const state_t *st, int *allowance) {
    const board_t *b = st->board;
    const node_t *own = s->tree + node;
    if (own->kind != NODE_ITEM || !has(st->uncovered, (int)own->key)) return 0;
    const u64 *held = b->holding + (size_t)b->words * (size_t)own->key;
    u64 uncovered[s->item_words], alive[b->words ? b->words : 1];
    for (int w = 0; w < b->words; w++)
        for (u64 rest = held[w] & st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest), child = own->first;
            if (b->slack[p] > st->budget - s->lift) return 1;
            while (child >= 0 && s->tree[child].offer != b->column[p]) child = s->tree[child].next;
            if (child < 0 || --*allowance < 0) return 0;
            state_t below = state_after(s, st, p, uncovered, alive);
            if (!refutes(s, child, &below, allowance)) return 0;
        }
    return 1;
}

/* The node, or a child of it that refutes the state by itself: what was chosen on the way to it didn't matter. */
static int shrunk(solver_t *s, int node, const state_t *st, int offer) {
    for (int child = s->tree[node].first; child >= 0; child = s->tree[child].next) {
        int allowance = SHRINK_STEPS;
        if (!refutes(s, child, st, &allowance)) continue;
        s->tree[child].offer = offer;
        return child;
    }
    return node;
}

/* Exhausts the state by item branches within `allowance` candidates: its node, or -1 where that doesn't do. */
int search(solver_t *s, const state_t *st, int *allowance, int offer) {
    const board_t *b = st->board;
    int item = lightest_item(s, st);
    if (item < 0) {
        keep_if_better(s, s->path, s->depth);
        return new_node(s, NODE_LEAF, 0, offer);
    }
    if (s->depth >= s->most_depth) return -1;
    int node = new_node(s, NODE_ITEM, item, offer);
    const u64 *held = b->holding + (size_t)b->words * (size_t)item;
    u64 uncovered[s->item_words], alive[b->words ? b->words : 1];
    for (int w = 0; w < b->words; w++)
        for (u64 rest = held[w] & st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest);
            if (b->slack[p] > st->budget - s->lift) return shrunk(s, node, st, offer);
            s->candidates++;
            if (--*allowance < 0) return -1;
            state_t below = state_after(s, st, p, uncovered, alive);
            s->path[s->depth++] = b->column[p];
            int child = search(s, &below, allowance, b->column[p]);
            s->depth--;
            if (child < 0) return -1;
            append_child(s, node, child);
        }
    return shrunk(s, node, st, offer);
}

static int try_search(solver_t *s, const state_t *st, int allowance, int offer) {
    int nodes = s->nodes, node = search(s, st, &allowance, offer);
    if (node < 0) s->nodes = nodes;
    return node;
}

static int pursue(solver_t *s, const state_t *st, int offer, int forced);

enum { MANY_TRIES = 1000 }; /* of improving in a row, as long as the time for it lasts */

/* Improves the best packing until an eighth of all time went into that; not within the prices of a state. */
static void improve_now(solver_t *s, int tries) {
    double now = clock_seconds(), share = (now - s->begun) / 8 - s->improving;
    program_t own = s->program;
    s->program = s->root_program;
    improve_around_best(s, s->root, tries, now + (tries < MANY_TRIES ? 1e9 : share));
    s->program = own;
    s->improving += clock_seconds() - now;
}

/* Branches on the lightest item, or on the one that promises most where the program in force is the state's, `priced`; a child that was the
 * only one is not priced, as its parent was. */
static int branch(solver_t *s, const state_t *st, int offer, int priced) {
    const board_t *b = st->board;
    int item = lightest_item(s, st);
    if (priced && s->style.looks && item >= 0) item = promising_item(s, st, item);
    if (item < 0) {
        keep_if_better(s, s->path, s->depth);
        return new_node(s, NODE_LEAF, 0, offer);
    }
    int node = new_node(s, NODE_ITEM, item, offer);
    const u64 *held = b->holding + (size_t)b->words * (size_t)item;
    u64 *uncovered = malloc(sizeof(u64) * (size_t)(s->item_words + b->words + 1)), *alive = uncovered + s->item_words;
    if (!uncovered) { s->stopped = 1; return node; }
    int children = 0;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = held[w] & st->alive[w]; rest; rest &= rest - 1)
            children += b->slack[64 * w + __builtin_ctzll(rest)] <= st->budget - s->lift;
    for (int w = 0; w < b->words; w++)
        for (u64 rest = held[w] & st->alive[w]; rest; rest &= rest - 1) {
            int p = 64 * w + __builtin_ctzll(rest);
            if (b->slack[p] > st->budget - s->lift) continue;
            state_t below = state_after(s, st, p, uncovered, alive);
            s->path[s->depth++] = b->column[p];
            int child = pursue(s, &below, b->column[p], children == 1);
            s->depth--;
            append_child(s, node, child);
        }
    free(uncovered);
    return node;
}

/* Prices the state, and closes it or branches on it. */
static int price_and_branch(solver_t *s, const state_t *st, int offer) {
    const board_t *b = st->board;
    u64 *left = malloc(sizeof(u64) * (size_t)(b->words + 1));
    if (!left) { s->stopped = 1; return open_node(s, st, offer); }
    priced_t priced = price(s, st, left, s->depth == 0 ? s->style.root_rounds : s->depth < 3 ? s->style.near_rounds : s->style.rounds);
    if (s->depth == 0 && s->style.tries && priced.budget - s->lift >= 0) {
        dive(s, st);
        s->root = st, s->root_program = s->program;
        improve_now(s, s->style.tries);
        priced = price(s, st, left, 0);
        /* the best packing is near by now: cuts may close what they couldn't before it was known */
        if (NEARLY * (priced.budget - s->lift) < st->budget - s->lift) priced = price(s, st, left, s->style.root_rounds);
    }
    i64 budget = priced.budget - s->lift, old = st->budget - s->lift;
    if (old < 0) { /* a better packing was met on the way: the old budget closes all children */
        free(left);
        return branch(s, st, offer, 0);
    }
    if (budget < 0) {
        free(left);
        return new_node(s, NODE_PRICE, write_price_record(s, st), offer);
    }
    if ((double)budget > 0.98 * (double)old) {
        free(left);
        return branch(s, st, offer, 1);
    }
    int alive = count_alive(st), kept = 0;
    int *column = malloc(sizeof(int) * (size_t)(alive + 1));
    i64 *slack = malloc(sizeof(i64) * (size_t)(alive + 1));
    board_t *fresh = NULL;
    if (column && slack) {
        for (int w = 0; w < b->words; w++)
            for (u64 rest = st->alive[w]; rest; rest &= rest - 1) {
                int p = 64 * w + __builtin_ctzll(rest);
                if (s->slack[p] <= budget) column[kept] = b->column[p], slack[kept++] = s->slack[p];
            }
        fresh = board_new(s, column, slack, kept);
    }
    free(column); free(slack); free(left);
    if (!fresh) { s->stopped = 1; return open_node(s, st, offer); }
    int node = new_node(s, NODE_PRICE, write_price_record(s, st), offer);
    u64 *all = calloc((size_t)fresh->words + 1, sizeof(u64));
    if (all) {
        for (int p = 0; p < kept; p++) put(all, p);
        state_t now = {fresh, st->uncovered, all, priced.budget, st->gain};
        int below = s->stopped ? open_node(s, &now, -1) : try_search(s, &now, s->style.priced, -1);
        if (below < 0) below = branch(s, &now, -1, 1);
        append_child(s, node, below);
    } else s->stopped = 1;
    free(all);
    board_free(fresh);
    return node;
}

/* Whether so much of the program in force is decided that one over the rest is worth laying out. */
static int is_wide(const solver_t *s, const state_t *st) {
    const program_t *p = &s->program;
    int left = 0;
    for (int i = 0; i < s->in->items; i++) left += p->row[i] >= 0 && has(st->uncovered, i);
    return s->depth > 0 && (20 * left < 17 * p->lp->items);
}

int refute(solver_t *s, const state_t *st, int offer) { return pursue(s, st, offer, 0); }

static int pursue(solver_t *s, const state_t *st, int offer, int forced) {
    if (!s->stopped && (s->programs > s->most_programs || clock_seconds() > s->deadline)) s->stopped = 1;
    if (s->stopped || s->depth >= s->most_depth) return open_node(s, st, offer);
    int found = try_search(s, st, s->style.quick, offer);
    if (found >= 0) return found;
    if (forced) return branch(s, st, offer, 0);

    if (s->style.tries && s->root && clock_seconds() - s->begun > 16 * s->improving) {
        improve_now(s, MANY_TRIES);
        if (st->budget < s->lift) return branch(s, st, offer, 0);
    }
    program_t wide = s->program;
    int narrowed = is_wide(s, st) && narrow_program(s, st, s->style.odd ? CLIQUES | ROWS : CLIQUES);
    found = price_and_branch(s, st, offer);
    if (narrowed) {
        wide.lp->pivots = s->program.lp->pivots;
        program_free(&s->program);
        s->program = wide;
    }
    return found;
}
