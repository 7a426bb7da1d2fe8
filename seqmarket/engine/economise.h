/* Cheaper proofs: once one is found, others are built while time lasts. */
#ifndef SEQMARKET_ECONOMISE_H
#define SEQMARKET_ECONOMISE_H

#include "engine.h"
#include "solver.h"

/* What all ways begin from: the root with all columns, the state below its prices, the largest scale, the root's node, a scale for price
 * nodes and the root's prices at it, the answer to better. */
typedef struct {
    const i64 *reserve;
    const engine_gas_t *gas;
    const state_t *whole, *now;
    int finest, root, finer;
    const i64 *finer_y;
    engine_answer_t *answer;
} shop_t;

enum { LOOKING = 2, ALL_STYLES = 1000 };

/* Whether a proof is too dear for one transaction, but not by so much that no other way would do. */
int nearly_fits(const solver_t *s, i64 gas);
/* Writes the tree at `node`; where that is the cheapest so far it is the answer's. */
int offer_tree(solver_t *s, const shop_t *shop, const state_t *whole, int node);
/* How many candidates a search over so many live offers may have: what the cheapest proof leaves of gas, and time of time. */
int allowance_of(const solver_t *s, const shop_t *shop, i64 spent, int live);
/* Another search below a root, which prefers to branch on items whose offers have large slacks; whether its tree is cheaper. */
int search_steeply(solver_t *s, const shop_t *shop, const state_t *whole, const state_t *now, int root, i64 spent);
/* Trees with prices below a root, in so many styles, the LOOKING ones that look where to branch first; they begin with the cuts of these
 * kinds of the program in force. Whether one is cheaper. */
int grow_below(solver_t *s, const shop_t *shop, const state_t *whole, const state_t *now, int root, int styles, int kinds);

/* The root's prices at a finer scale: there, rounding adds so little to the budget of a price node that what the program closes mostly is
 * closed. */
void try_finer(solver_t *s, const shop_t *shop);
/* Subset rows at the root, more and more and then fewer: a proof is tried with each lot. Odd rows, which are many, come once others are
 * found no more, or where the proof has far to go. */
void rows_at_root(solver_t *s, const shop_t *shop);

/* Builds the proof in other ways for `seconds`, or several times that where it is a little too dear for one transaction, and for `spare`
 * seconds at least; where one is cheaper, it takes the certificate's place in the answer. */
void economise(solver_t *s, const shop_t *shop, double seconds, double spare);

#endif
