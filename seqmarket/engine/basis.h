/* The basis inverse, by dense rows, and its columns: for the simplex's own files. */
#ifndef SEQMARKET_BASIS_H
#define SEQMARKET_BASIS_H

#include <stddef.h>

#include "simplex.h"

/* out = inverse · column */
void simplex_transform(simplex_t *lp, int column, double *out);
/* Replaces the basic column at position r, `pivot` being the entering column in the basis. */
void simplex_replace(simplex_t *lp, int r, const double *pivot);
/* Inverts the basis anew. Columns that turn out dependent give way to slacks. */
void simplex_invert(simplex_t *lp);
/* Whether the processor has vectors of four doubles and fused multiply-add. */
int has_wide_vectors(void);

/* vector · column */
static inline double dot(const simplex_t *lp, int column, const double *vector) {
    if (column >= lp->columns) return vector[column - lp->columns];
    double sum = 0.0;
    for (int p = lp->start[column]; p < lp->start[column + 1]; p++) sum += vector[lp->row[p]];
    const int *row = lp->cut_row + (size_t)column * CUT_ROOM;
    const signed char *coefficient = lp->cut_coefficient + (size_t)column * CUT_ROOM;
    for (int p = 0; p < lp->cut_size[column]; p++) sum += coefficient[p] * vector[row[p]];
    return sum;
}

/* vector += times · column */
static inline void add_column(const simplex_t *lp, int column, double times, double *vector) {
    if (column >= lp->columns) {
        vector[column - lp->columns] += times;
        return;
    }
    for (int p = lp->start[column]; p < lp->start[column + 1]; p++) vector[lp->row[p]] += times;
    const int *row = lp->cut_row + (size_t)column * CUT_ROOM;
    const signed char *coefficient = lp->cut_coefficient + (size_t)column * CUT_ROOM;
    for (int p = 0; p < lp->cut_size[column]; p++) vector[row[p]] += times * coefficient[p];
}

#endif
