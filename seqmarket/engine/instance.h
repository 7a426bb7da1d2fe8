/* The instance as the engine holds it: offers as sparse 0/1 columns over the items, worth their gains.
 *
 * The gain of an offer is its value less the reserves of its rollups, so that stand-alone offers gain nothing. With m offers,
 * the stand-alone offer of item i is the column m + i. All gains are in ticks and, times 2^scale, sum to less than 2^60.
 */
#ifndef SEQMARKET_INSTANCE_H
#define SEQMARKET_INSTANCE_H

#include <stdint.h>

typedef int64_t i64;
typedef uint64_t u64;

typedef struct {
    int rollups, items, offers, columns; /* columns = offers + items */
    int *start, *member;                 /* members of column j: member[start[j]] … member[start[j + 1] - 1], ascending */
    i64 *gain;                           /* of each column */
    int *core, cores;                    /* offers of a gain that no other dominates */
} instance_t;

/* Seconds of the monotonic clock. */
double clock_seconds(void);

/* An instance from bundles of `bundle_words` words an offer and groups in compressed rows; NULL without memory. */
instance_t *instance_new(int rollups, int groups, int offers, const u64 *bundles, int bundle_words,
                         const int *group_start, const int *group, const i64 *value, const i64 *reserve);
void instance_free(instance_t *in);

static inline int shares_item(const instance_t *in, int a, int b) {
    const int *x = in->member + in->start[a], *x_end = in->member + in->start[a + 1];
    const int *y = in->member + in->start[b], *y_end = in->member + in->start[b + 1];
    while (x < x_end && y < y_end) {
        if (*x == *y) return 1;
        if (*x < *y) x++; else y++;
    }
    return 0;
}

#endif
