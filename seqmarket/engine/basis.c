#include "basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef __x86_64__
#include <cpuid.h>
#endif

void simplex_transform(simplex_t *lp, int column, double *out) {
    int m = lp->rows;
    if (column >= lp->columns) {
        for (int r = 0; r < m; r++) out[r] = INVERSE(lp, r)[column - lp->columns];
        return;
    }
    for (int r = 0; r < m; r++) out[r] = dot(lp, column, INVERSE(lp, r));
}

/* row -= times · other; returns the squared length of what results. */
static inline __attribute__((always_inline)) double subtract_by_lanes(double *row, const double *other, double times, int size) {
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    int k = 0;
    for (; k + 3 < size; k += 4)
        for (int lane = 0; lane < 4; lane++) {
            row[k + lane] -= times * other[k + lane];
            sums[lane] += row[k + lane] * row[k + lane];
        }
    for (; k < size; k++) row[k] -= times * other[k], sums[0] += row[k] * row[k];
    return sums[0] + sums[1] + sums[2] + sums[3];
}

static double subtract_plain(double *row, const double *other, double times, int size) { return subtract_by_lanes(row, other, times, size); }

#ifdef __x86_64__
/* The same for processors with wider vectors. */
__attribute__((target("avx2,fma"))) static double subtract_wide(double *row, const double *other, double times, int size) {
    return subtract_by_lanes(row, other, times, size);
}

int has_wide_vectors(void) {
    unsigned a, b, c, d, low, high;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1) || !(c >> 12 & 1)) return 0; /* XGETBV, FMA */
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b >> 5 & 1); /* AVX2 */
}
#else
#define subtract_wide subtract_plain
int has_wide_vectors(void) { return 0; }
#endif

void simplex_replace(simplex_t *lp, int r, const double *pivot) {
    double (*subtract)(double *, const double *, double, int) = lp->wide ? subtract_wide : subtract_plain;
    int m = lp->rows, nonzeros = 0;
    double *own = INVERSE(lp, r), scale = 1.0 / pivot[r], length = 0.0;
    int *at = lp->candidate;
    for (int k = 0; k < m; k++)
        if (own[k] != 0.0) {
            own[k] *= scale;
            if (fabs(own[k]) < 1e-13) own[k] = 0.0;
            else at[nonzeros++] = k, length += own[k] * own[k];
        }
    lp->norm[r] = length;
    for (int i = 0; i < m; i++) {
        double a = pivot[i];
        if (i == r || fabs(a) < 1e-13) continue;
        double *row = INVERSE(lp, i), change = 0.0;
        if (nonzeros * 3 < m) {
            for (int p = 0; p < nonzeros; p++) {
                double old = row[at[p]], now = old - a * own[at[p]];
                row[at[p]] = now;
                change += now * now - old * old;
            }
            lp->norm[i] += change;
        } else lp->norm[i] = subtract(row, own, a, m);
        if (lp->norm[i] < 1e-6) lp->norm[i] = 1e-6;
    }
}

/* Each column takes the place of a slack that isn't `kept`, the one of its largest entry; dependent ones are left out. */
static void bring_in(simplex_t *lp, const int *wanted, int count, const unsigned char *kept) {
    for (int c = 0; c < count; c++) {
        simplex_transform(lp, wanted[c], lp->pivot);
        int best = -1;
        for (int r = 0; r < lp->rows; r++)
            if (lp->basis[r] >= lp->columns && (!kept || !kept[lp->basis[r] - lp->columns]) &&
                (best < 0 || fabs(lp->pivot[r]) > fabs(lp->pivot[best]))) best = r;
        if (best < 0 || fabs(lp->pivot[best]) < 1e-6) continue;
        simplex_replace(lp, best, lp->pivot);
        lp->basis[best] = wanted[c];
    }
}

void simplex_invert(simplex_t *lp) {
    int m = lp->rows;
    int *wanted = malloc(sizeof(int) * (size_t)(m + 1));
    if (!wanted) return;
    int count = 0;
    for (int r = 0; r < m; r++) {
        if (lp->basis[r] < lp->columns) wanted[count++] = lp->basis[r];
        lp->position[lp->basis[r]] = -1;
        lp->status[lp->basis[r]] = AT_LOWER;
    }
    unsigned char *kept = calloc((size_t)m + 1, 1);
    if (!kept) { free(wanted); return; }
    for (int r = 0; r < m; r++)
        if (lp->basis[r] >= lp->columns) kept[lp->basis[r] - lp->columns] = 1;
    for (int i = 0; i < m; i++) {
        memset(INVERSE(lp, i), 0, sizeof(double) * (size_t)m);
        INVERSE(lp, i)[i] = lp->norm[i] = 1.0;
        lp->basis[i] = lp->columns + i;
    }
    bring_in(lp, wanted, count, kept);
    for (int r = 0; r < m; r++) lp->position[lp->basis[r]] = r, lp->status[lp->basis[r]] = BASIC;
    free(wanted); free(kept);
    lp->since_fresh = 0, lp->stale = 1;
}

void simplex_adopt(simplex_t *lp, const int *column, int count) {
    for (int r = 0; r < lp->rows; r++) lp->position[lp->basis[r]] = -1, lp->status[lp->basis[r]] = AT_LOWER;
    bring_in(lp, column, count, NULL);
    for (int r = 0; r < lp->rows; r++) lp->position[lp->basis[r]] = r, lp->status[lp->basis[r]] = BASIC;
    lp->stale = 1;
}
