/* The state of one solve: the best packing, the linear program, the cuts and the proof tree under way.
 *
 * A target of T ticks of gain is refuted: no packing gains T = best + granularity. Budgets, slacks and prices are integers in units of
 * 2^-scale tick, over gains; a budget is kept against the first target, and `lift` is what the target has risen by since.
 */
#ifndef SEQMARKET_SOLVER_H
#define SEQMARKET_SOLVER_H

#include "instance.h"
#include "simplex.h"

enum { MOST_CUTS = 400, ROW_ITEMS = 127 };
enum { NODE_PRICE, NODE_ITEM, NODE_LEAF, NODE_OPEN };
enum { GENTLE = 2, STEEP = 4 }; /* the first finds a tree of some size sooner; either may find the smaller one */
enum { CLIQUES = 1, ROWS = 2 }; /* kinds of cuts */

/* A node of the proof tree: `key` is an item, or the place of a price record; `offer` is the column chosen on the way to it. */
typedef struct {
    int kind, offer, first, next;
    i64 key;
} node_t;

/* A cut. Without `coefficient` a clique: columns that pairwise share an item. Else a subset row: of its rollups, `items` many, an offer
 * that holds k counts k / divisor; the offers that count are listed. */
typedef struct {
    int size, *column;
    signed char *coefficient;
    int divisor, items, item[ROW_ITEMS];
} cut_t;

/* Live columns by ascending slack, with bit sets over their positions. */
typedef struct {
    int size, words;
    int *column, *alone; /* alone[i]: position of the stand-alone offer of item i, or -1 */
    i64 *slack;
    u64 *holding, *clashing; /* rows of `words`: of each item, of each position */
    double *weight;          /* scratch: a weight by position */
} board_t;

/* How a tree is built: candidates that a search may have before and after pricing; rounds of cuts at the root, near it, below; tries to
 * improve the best packing; odd rows that a round at the root may add, once it adds no more than so many cliques; items to look at before
 * one is branched on; rounds of cuts that may gain next to nothing. */
typedef struct {
    int quick, priced, root_rounds, near_rounds, rounds, tries, odd, stalled, looks, patience;
} style_t;

/* A linear program over some offers: of an offer, its column or -1, and back; of an item, its row or -1; of a cut row, its place in
 * the pool. What was chosen before the program was laid out gained `base` and isn't in it. */
typedef struct {
    simplex_t *lp;
    int *column, *offer, *row, *cut;
    i64 base;
} program_t;

typedef struct {
    const instance_t *in;
    double unit;    /* ticks that one unit of the linear program's objective is worth */
    double begun, deadline;
    int scale;
    i64 granularity, target, lift; /* target in units of 2^-scale */
    i64 best_gain;
    int *best, bests;
    u64 seed;

    program_t program;
    cut_t *pool;
    int pooled, pool_room;

    node_t *tree;
    int nodes, node_room;
    i64 *record;
    i64 records, record_room;

    int *path, depth, most_depth; /* columns chosen on the way; what the stack has room for */
    i64 *y, *weight; /* scratch: integer prices by item, integer weights by cut row */
    i64 *slack, *extra; /* scratch: by position; by column, all zero between uses */
    double *sums;
    unsigned char *dead_cut, *mark;
    int item_words;
    style_t style;
    int steep;        /* how much less an offer of some slack weighs where an item is chosen to branch on: 1 to 4 */
    int stopped;      /* no memory, or past the deadline */
    i64 open_budget;  /* the largest budget left open, against the target of that time plus the lift; -1 none */
    int live; /* columns that the root's prices leave alive, as the certificate last written has it */
    i64 programs, looked, candidates, most_programs; /* looked: pivots spent on choosing where to branch */
    const struct state *root; /* below the root's prices, and its program: for improving the best packing now and then */
    program_t root_program;
    i64 small_programs; /* that a small tree of improve_around_best may solve */
    double freed_share, improving; /* share of the best packing that is let go; seconds spent on improving it */
} solver_t;

/* A part of the search: the board, the items left, the positions alive, the budget against the first target, the gain so far. */
typedef struct state {
    const board_t *board;
    u64 *uncovered, *alive;
    i64 budget, gain;
} state_t;

static inline int has(const u64 *set, int i) { return (int)(set[i >> 6] >> (i & 63) & 1); }
static inline void put(u64 *set, int i) { set[i >> 6] |= 1ull << (i & 63); }
static inline void drop(u64 *set, int i) { set[i >> 6] &= ~(1ull << (i & 63)); }

/* incumbent.c: packings */
void keep_if_better(solver_t *s, const int *columns, int count);
void greedy_packings(solver_t *s);
u64 next_random(u64 *seed);
void anneal(solver_t *s, const int *offers, int count, i64 moves);

/* board.c */
board_t *board_new(const solver_t *s, const int *column, const i64 *slack, int size);
void board_free(board_t *b);
int prefix_of(const board_t *b, i64 budget);
/* The state once the position is chosen; its sets are `uncovered` and `alive` of the caller. */
state_t state_after(const solver_t *s, const state_t *from, int position, u64 *uncovered, u64 *alive);
int lightest_item(solver_t *s, const state_t *st);

/* prices.c */
/* Integer prices from the program's duals, repaired over the alive columns; fills y, weight, slack; returns the budget they leave. */
i64 round_prices(solver_t *s, const state_t *st);
i64 write_price_record(solver_t *s, const state_t *st);

/* program.c */
typedef struct {
    i64 budget;
    int status; /* of the program */
} priced_t;
/* What one of a cut adds to a budget: for a row, what its rollups still uncovered come to. */
int right_of(const cut_t *cut, const u64 *uncovered);
int program_new(const solver_t *s, program_t *to, const int *offer, int count, const u64 *uncovered, i64 base);
void program_free(program_t *p);
void program_adopt(const solver_t *s, program_t *to, const program_t *from, const u64 *uncovered, int kinds, const unsigned char *dead);
int narrow_program(solver_t *s, const state_t *st, int kinds);
void restrict_program(solver_t *s, const state_t *st);
double cutoff_of(const solver_t *s, const state_t *st);
int keep_whole_solution(solver_t *s, const state_t *st);
priced_t price(solver_t *s, const state_t *st, u64 *left, int rounds);

/* dive.c */
void dive(solver_t *s, const state_t *from);
void improve_around_best(solver_t *s, const state_t *root, int tries, double until);

/* cuts.c */
int separate_cliques(solver_t *s, const state_t *st, int most);
void forget_slack_cuts(solver_t *s);
int add_to_pool(solver_t *s, const int *column, int size);

/* root.c */
void rescale(solver_t *s, int scale);
/* Integer prices of the root at the scale in force, from duals in units of the program: none negative, no core offer of negative slack with
 * what `extra` adds; returns their sum. */
i64 root_prices(solver_t *s, i64 *y);
/* The columns that the prices leave alive, and the budget; cuts add `right` to it and `extra` to the slacks. */
board_t *price_root(solver_t *s, const i64 *y, i64 right, i64 *budget);

/* rows.c */
/* Adds at most `most` subset rows that the program's solution violates, of three rollups or, where `larger`, of five too; how many. */
int separate_rows(solver_t *s, int most, int larger);
/* A row over all offers as a cut of the pool and of the program, whose columns and coefficients are scratch; how many, 0 or 1. */
int add_row(solver_t *s, const int *item, int items, int divisor, int *column, signed char *coefficient);

/* odd.c */
/* Adds at most `most` rows of an odd number of rollups, by halves, that the program's solution violates, where `wide` each over more rollups too
 * (which costs the offers of a root more than it saves); how many. */
int separate_odd_rows(solver_t *s, int most, int wide);

/* looks.c */
int count_alive(const state_t *st);
/* The item whose children promise the least work, the program in force being the state's; `lightest` where it doesn't pay to look. */
int promising_item(solver_t *s, const state_t *st, int lightest);

/* tree.c */
int new_node(solver_t *s, int kind, i64 key, int offer);
void append_child(solver_t *s, int parent, int child);
int search(solver_t *s, const state_t *st, int *allowance, int offer);
int refute(solver_t *s, const state_t *st, int offer);

#endif
