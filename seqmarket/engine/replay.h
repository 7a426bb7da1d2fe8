/* Certificates as flat numbers, preorder:
 *
 *     0                                   nothing: no node follows, or nothing is left to cover
 *     1 reset n (item price)^n            prices of values,
 *       r row^r c cut^c                   rows: size divisor weight item^size, for all offers; cliques: size weight offer^size;
 *                                         then the node that follows, or 0
 *     2 item n                            then n nodes, one for each alive offer with the item, by index
 *     3 offer                             then two nodes: the offer chosen, the offer dropped
 */
#ifndef SEQMARKET_REPLAY_H
#define SEQMARKET_REPLAY_H

#include "engine.h"
#include "solver.h"

enum { FLAT_NONE, FLAT_PRICE, FLAT_ITEM, FLAT_OFFER };

typedef struct {
    i64 *data, size, room;
} flat_t;

/* Writes the proof of the tree at `node` against the solver's target; returns about what checking it on chain costs, or -1 where the tree
 * proves nothing or costs more than `most`. */
i64 write_certificate(solver_t *s, const i64 *reserve, const engine_gas_t *gas, i64 most, const state_t *root, int node, flat_t *out);

/* What a row at the root costs an offer; `bits` are those that rows before it take of the checker's word (`CutTable` [R1]). */
i64 row_gas(const engine_gas_t *gas, const cut_t *row, int *bits);

#endif
