/* Cheaper proofs: once one is found, others are built while time lasts. */
#ifndef SEQMARKET_ECONOMISE_H
#define SEQMARKET_ECONOMISE_H

#include "engine.h"
#include "solver.h"

/* What all ways begin from: the root with all columns, the state below its prices, the largest scale, the root's node, the answer to better. */
typedef struct {
    const i64 *reserve;
    const engine_gas_t *gas;
    const state_t *whole, *now;
    int finest, root;
    engine_answer_t *answer;
} shop_t;

/* Builds the proof in other ways for `seconds`, or several times that where it is a little too dear for one transaction; where one is
 * cheaper, it takes the certificate's place in the answer. */
void economise(solver_t *s, const shop_t *shop, double seconds);

#endif
