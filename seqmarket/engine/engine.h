/* What the library offers to its callers. All numbers are those of the caller's instance; nothing is kept between calls. */
#ifndef SEQMARKET_ENGINE_H
#define SEQMARKET_ENGINE_H

#include "instance.h"

#define ENGINE_VERSION 4

enum { ENGINE_PROVED, ENGINE_OPEN, ENGINE_OUT_OF_RANGE, ENGINE_NO_MEMORY };

/* An instance in flat arrays: bundles as `words` 64-bit words an offer, groups in compressed rows. Values below 2^63. */
typedef struct {
    int rollups, groups, offers, words;
    const u64 *bundle;
    const int *group_start, *group;
    const i64 *value, *reserve;
    i64 granularity;
} engine_instance_t;

/* What kinds of work cost on chain, in gas: a byte, an indexed offer, an alive offer at a price node below the root, an alive offer that
 * a node branches on, a member of a clique; what a candidate costs more for every further 256 offers of its board;
 * at a root with rows, an offer within the budget before they count, and a row for it, as far as there is room for it in a word; any other row; and what each row costs once. */
typedef struct {
    i64 byte, live, priced, candidate, member, word, near, row, other_row, row_once;
} engine_gas_t;

/* `winners` gain `gain` ticks over the reserves, nothing gains more than `bound`. A certificate that no partition gains `threshold`
 * or more has `size` numbers (see replay.h); size 0 where there is none. */
typedef struct {
    int status, scale, winners, live;
    i64 gain, bound, threshold, size, gas, nodes, programs, candidates, pivots;
    int *winner;
    i64 *certificate;
} engine_answer_t;

int engine_version(void);
/* Solves within `seconds`; a proof found in t seconds may then take `thrift`·t more, or `spare` seconds where that is longer, to be built in
 * other ways, and the cheapest is kept. */
engine_answer_t *engine_solve(const engine_instance_t *instance, const engine_gas_t *gas, double seconds, double thrift, double spare);
void engine_free(engine_answer_t *answer);

#endif
