/* The linear program of set packing by a dual simplex on bounded columns, kept warm between solves.
 *
 *     maximise Σ gain_j x_j   with   Σ coefficient x + slack = right-hand side in every row, every column boxed
 *
 * Rows are the items (right-hand side 1), then cuts. Every column and every slack has two finite bounds, so any basis is dual
 * feasible once each column stands at the bound that its reduced cost asks for: there is no first phase, and bounds may be
 * changed at will between solves. The basis inverse is dense, by rows; pivots skip its zeros. All answers are floats and untrusted.
 */
#ifndef SEQMARKET_SIMPLEX_H
#define SEQMARKET_SIMPLEX_H

#include "instance.h"

enum { AT_LOWER, AT_UPPER, BASIC, OUT };
enum { CUT_ROOM = 96 }; /* cuts that one column may be in */
enum { LP_OPTIMAL, LP_CUTOFF, LP_LATE, LP_FAILED };

typedef struct {
    int columns, rows, most_rows, items; /* logical column of row i: columns + i */
    int *start, *row;                    /* item rows of a column (shared with its offer) */
    int *cut_start, *cut_row;            /* cut rows of a column, in lists of capacity cut_room */
    unsigned char *cut_size;
    signed char *cut_coefficient;
    double *cost, *right;                /* of structural columns; of rows */
    double *lower, *upper;               /* of all columns */
    signed char *status;                 /* of all columns: AT_LOWER, AT_UPPER, BASIC, or OUT (fixed at its lower bound, never enters) */
    int *basis, *position;
    double *inverse, *norm;              /* rows of stride most_rows, squared lengths */
    double *x, *y, *d;                   /* basic values by position; row duals; reduced costs */
    double *alpha, *pivot, *flips;
    int *active, actives;                /* columns that are not OUT */
    int *candidate;
    double *ratio;
    double objective;                    /* the dual objective, an upper bound up to rounding */
    i64 pivots;
    int since_fresh, stale;              /* pivots since the last inversion; whether x and y must be computed anew */
    int begins, wide;                    /* calls of simplex_begin; whether the processor has wide vectors */
    double *standing;                    /* of nonbasic columns: the value that x accounts for */
} simplex_t;

/* Row r of the basis inverse. */
#define INVERSE(lp, r) ((lp)->inverse + (size_t)(r) * (size_t)(lp)->most_rows)

/* Columns are the offers `offer[0 … columns)` of the instance, priced in units of `unit` ticks; item i has the row row_of[i] of `rows`, or
 * none where that is -1. NULL without memory. */
simplex_t *simplex_new(const instance_t *in, const int *offer, int columns, const int *row_of, int rows, double unit, int most_cuts);
void simplex_free(simplex_t *lp);

/* Say which columns may be taken: those OUT stand at `lower` (1 for chosen columns, 0 else). Then call simplex_begin. */
void simplex_set(simplex_t *lp, int column, double lower, double upper);
/* Brings columns into a basis of slacks, those that are independent. */
void simplex_adopt(simplex_t *lp, const int *column, int count);
/* Sets values from the bounds; call after any change of bounds or rows. */
void simplex_begin(simplex_t *lp);
/* Dual simplex until optimal, until the bound falls below `cutoff`, or until `deadline` on the clock. */
int simplex_solve(simplex_t *lp, double cutoff, double deadline);
/* The value of any column. */
double simplex_value(const simplex_t *lp, int column);
/* Adds a cut over columns with small positive coefficients; returns its row, or -1 where there is no room. */
int simplex_add_cut(simplex_t *lp, const int *column, const signed char *coefficient, int size, double right);
/* Removes cut rows whose slack is basic and whose flag in keep[row - items] is 0; moves[old - items] gets the new row or -1. */
void simplex_drop_cuts(simplex_t *lp, const unsigned char *keep, int *moves);

#endif
