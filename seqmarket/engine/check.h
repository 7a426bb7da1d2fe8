/* The checker of flat certificates: it shares no code with the solver, recomputes everything and trusts nothing. */
#ifndef SEQMARKET_CHECK_H
#define SEQMARKET_CHECK_H

#include "engine.h"

/* A claim: `winners` are worth `value` ticks with the reserves of what they leave, and no partition is worth `threshold`. */
typedef struct {
    u64 value_low, value_high, threshold_low, threshold_high; /* 128-bit numbers by their halves */
    int scale, winners;
    const int *winner;
    i64 size;
    const i64 *certificate;
} engine_claim_t;

typedef struct {
    i64 price_nodes, item_nodes, offer_nodes, live_after_root;
} engine_work_t;

/* 1 where the claim is proved, 0 where it is refused, -1 without memory. */
int engine_check(const engine_instance_t *instance, const engine_claim_t *claim, engine_work_t *work);

#endif
