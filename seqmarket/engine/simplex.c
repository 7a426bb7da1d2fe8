#include "basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRESH_AFTER = 400, STALE_AFTER = 50 };

static const double FEASIBLE = 1e-7, PIVOT_LEAST = 1e-7;

static void *room(size_t count, size_t size) { return calloc(count + 1, size); }

simplex_t *simplex_new(const instance_t *in, const int *offer, int columns, const int *row_of, int rows, double unit, int most_cuts) {
    simplex_t *lp = calloc(1, sizeof *lp);
    if (!lp) return NULL;
    size_t n = (size_t)columns, m = (size_t)(rows + most_cuts), all = n + m, members = 0;
    for (size_t c = 0; c < n; c++) members += (size_t)(in->start[offer[c] + 1] - in->start[offer[c]]);
    lp->columns = columns, lp->rows = lp->items = rows, lp->most_rows = (int)m;
    lp->start = room(n + 1, sizeof(int)), lp->row = room(members, sizeof(int));
    lp->cut_row = room(n * CUT_ROOM, sizeof(int)), lp->cut_coefficient = room(n * CUT_ROOM, 1), lp->cut_size = room(n, 1);
    lp->cost = room(n, sizeof(double)), lp->right = room(m, sizeof(double));
    lp->lower = room(all, sizeof(double)), lp->upper = room(all, sizeof(double)), lp->status = room(all, 1);
    lp->basis = room(m, sizeof(int)), lp->position = room(all, sizeof(int));
    lp->inverse = room(m * m, sizeof(double)), lp->norm = room(m, sizeof(double));
    lp->x = room(m, sizeof(double)), lp->y = room(m, sizeof(double)), lp->d = room(all, sizeof(double));
    lp->alpha = room(all, sizeof(double)), lp->pivot = room(m, sizeof(double)), lp->flips = room(m, sizeof(double));
    lp->standing = room(all, sizeof(double)), lp->stale = 1;
    lp->active = room(all, sizeof(int)), lp->candidate = room(all, sizeof(int)), lp->ratio = room(all, sizeof(double));
    if (!lp->start || !lp->row || !lp->cut_row || !lp->cut_coefficient || !lp->cut_size || !lp->cost || !lp->right || !lp->lower ||
        !lp->upper || !lp->status || !lp->basis || !lp->position || !lp->inverse || !lp->norm || !lp->x || !lp->y || !lp->d ||
        !lp->standing || !lp->alpha || !lp->pivot || !lp->flips || !lp->active || !lp->candidate || !lp->ratio) {
        simplex_free(lp);
        return NULL;
    }
    lp->wide = has_wide_vectors();
    int at = 0;
    for (int c = 0; c < columns; c++) {
        lp->start[c] = at;
        for (int p = in->start[offer[c]]; p < in->start[offer[c] + 1]; p++)
            if (row_of[in->member[p]] >= 0) lp->row[at++] = row_of[in->member[p]];
        lp->cost[c] = (double)in->gain[offer[c]] / unit;
        lp->upper[c] = 1.0;
        lp->position[c] = -1;
    }
    lp->start[columns] = at;
    for (int i = 0; i < rows; i++) {
        lp->right[i] = lp->upper[columns + i] = 1.0;
        lp->basis[i] = columns + i, lp->position[columns + i] = i, lp->status[columns + i] = BASIC;
        INVERSE(lp, i)[i] = lp->norm[i] = 1.0;
    }
    return lp;
}

void simplex_free(simplex_t *lp) {
    if (!lp) return;
    free(lp->start); free(lp->row); free(lp->cut_row); free(lp->cut_coefficient); free(lp->cut_size); free(lp->cost); free(lp->right);
    free(lp->lower); free(lp->upper); free(lp->status); free(lp->basis); free(lp->position); free(lp->inverse); free(lp->norm);
    free(lp->x); free(lp->y); free(lp->d); free(lp->alpha); free(lp->pivot); free(lp->flips); free(lp->active); free(lp->candidate);
    free(lp->ratio); free(lp->standing); free(lp);
}

void simplex_set(simplex_t *lp, int column, double lower, double upper) {
    lp->lower[column] = lower, lp->upper[column] = upper;
}

static double cost_of(const simplex_t *lp, int column) { return column < lp->columns ? lp->cost[column] : 0.0; }

/* Row duals from the basis. */
static void find_duals(simplex_t *lp) {
    int m = lp->rows;
    memset(lp->y, 0, sizeof(double) * (size_t)m);
    for (int r = 0; r < m; r++)
        if (lp->basis[r] < lp->columns && lp->cost[lp->basis[r]] != 0.0) {
            double c = lp->cost[lp->basis[r]];
            const double *row = INVERSE(lp, r);
            for (int k = 0; k < m; k++) lp->y[k] += c * row[k];
        }
}

/* Reduced costs, statuses and the objective from the duals; basic values by what changed in the nonbasic ones. */
void simplex_begin(simplex_t *lp) {
    int m = lp->rows, n = lp->columns;
    if (lp->since_fresh > FRESH_AFTER) simplex_invert(lp);
    if (++lp->begins % STALE_AFTER == 0) lp->stale = 1;
    if (lp->stale) find_duals(lp);
    double *moved = lp->flips;
    if (lp->stale) memcpy(moved, lp->right, sizeof(double) * (size_t)m);
    else memset(moved, 0, sizeof(double) * (size_t)m);
    lp->actives = 0, lp->objective = 0.0;
    for (int i = 0; i < m; i++) lp->objective += lp->y[i] * lp->right[i];
    for (int c = 0; c < n + m; c++) {
        if (lp->status[c] == BASIC) {
            lp->d[c] = 0.0;
            continue;
        }
        double value = lp->lower[c], before = lp->stale ? 0.0 : lp->standing[c];
        if (lp->lower[c] == lp->upper[c]) {
            lp->status[c] = OUT;
            if (value != 0.0) lp->d[c] = cost_of(lp, c) - dot(lp, c, lp->y);
        } else {
            lp->active[lp->actives++] = c;
            lp->d[c] = cost_of(lp, c) - dot(lp, c, lp->y);
            lp->status[c] = lp->d[c] > 0.0 ? AT_UPPER : AT_LOWER;
            if (lp->status[c] == AT_UPPER) value = lp->upper[c];
        }
        if (value != before) add_column(lp, c, before - value, moved);
        if (value != 0.0) lp->objective += lp->d[c] * value;
        lp->standing[c] = value;
    }
    int changed = 0;
    for (int k = 0; k < m; k++)
        if (moved[k] != 0.0) lp->candidate[changed++] = k;
    for (int r = 0; r < m; r++) {
        const double *row = INVERSE(lp, r);
        double sum = lp->stale ? 0.0 : lp->x[r];
        for (int p = 0; p < changed; p++) sum += row[lp->candidate[p]] * moved[lp->candidate[p]];
        lp->x[r] = sum;
    }
    lp->stale = 0;
}

typedef struct {
    double ratio;
    int column;
} breakpoint_t;

/* Moves heap[at] down to its place in a heap of `count` breakpoints, the least ratio on top. */
static void sift(breakpoint_t *heap, int at, int count) {
    breakpoint_t own = heap[at];
    for (int child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1].ratio < heap[child].ratio) child++;
        if (heap[child].ratio >= own.ratio) break;
        heap[at] = heap[child], at = child;
    }
    heap[at] = own;
}

static int leaving_row(const simplex_t *lp, double *delta) {
    int best = -1;
    double most = 0.0;
    for (int r = 0; r < lp->rows; r++) {
        double x = lp->x[r], low = lp->lower[lp->basis[r]], high = lp->upper[lp->basis[r]];
        double out = x < low - FEASIBLE ? x - low : x > high + FEASIBLE ? x - high : 0.0;
        if (out != 0.0 && out * out > most * lp->norm[r]) most = out * out / lp->norm[r], best = r, *delta = out;
    }
    return best;
}

int simplex_solve(simplex_t *lp, double cutoff, double deadline) {
    int m = lp->rows, n = lp->columns, doubts = 0;
    i64 limit = lp->pivots + 50 * (i64)(m + 100) + 5 * (i64)n;
    breakpoint_t *room_for_breaks = malloc(sizeof *room_for_breaks * (size_t)(n + m + 1));
    if (!room_for_breaks) return LP_FAILED;
    int answer = LP_FAILED;
    while (1) {
        if (lp->objective < cutoff) { answer = LP_CUTOFF; break; }
        if ((lp->pivots & 15) == 0 && clock_seconds() > deadline) { answer = LP_LATE; break; }
        if (lp->pivots > limit) break;
        if (lp->since_fresh > FRESH_AFTER + 200) simplex_begin(lp);
        double delta = 0.0;
        int r = leaving_row(lp, &delta);
        if (r < 0) { answer = LP_OPTIMAL; break; }
        double sign = delta > 0.0 ? 1.0 : -1.0;
        const double *rho = INVERSE(lp, r);

        /* Reduced costs move by step · sign · alpha; each column that would change sign is a breakpoint. */
        breakpoint_t *breaks = room_for_breaks;
        int count = 0;
        for (int p = 0; p < lp->actives; p++) {
            int c = lp->active[p];
            double a = lp->alpha[c] = sign * dot(lp, c, rho);
            if (lp->status[c] == AT_LOWER ? a > 1e-9 : lp->status[c] == AT_UPPER && a < -1e-9)
                breaks[count++] = (breakpoint_t){fmax(0.0, -lp->d[c] / a), c};
        }
        /* The objective falls by slope a step; each passed column flips to its other bound and takes from the slope. */
        double slope = fabs(delta), step = 0.0;
        int entering = -1, passed = 0, chosen_at = 0;
        for (int at = count / 2 - 1; at >= 0; at--) sift(breaks, at, count);
        int left = count; /* the heap is breaks[0 … left); popped ones stand behind it, the last popped first */
        while (left) {
            breakpoint_t top = breaks[0];
            breaks[0] = breaks[--left];
            sift(breaks, 0, left);
            breaks[left] = top;
            double less = slope - fabs(lp->alpha[top.column]) * (lp->upper[top.column] - lp->lower[top.column]);
            if (less <= 0.0) break;
            slope = less, passed++;
        }
        /* In the order of popping: those passed, the one that stops, then all that tie with it. */
        for (int ties = left; passed < count && ties && breaks[0].ratio <= breaks[count - 1 - passed].ratio + 1e-12; left = ties) {
            breakpoint_t top = breaks[0];
            breaks[0] = breaks[--ties];
            sift(breaks, 0, ties);
            breaks[ties] = top;
        }
        for (int low = left, high = count - 1; low < high; low++, high--) {
            breakpoint_t swap = breaks[low];
            breaks[low] = breaks[high], breaks[high] = swap;
        }
        breaks += left, count -= left;
        if (passed == count) {
            /* No column stops the fall: the program is infeasible, and along this ray the bound falls below anything. */
            double far = count ? breaks[count - 1].ratio : 0.0;
            double slope_from = slope > 1e-9 ? slope : 1e-9;
            if (slope <= 1e-6) {
                if (doubts++ > 2) break;
                simplex_invert(lp);
                simplex_begin(lp);
                continue;
            }
            step = far + (fabs(lp->objective - cutoff) + 1.0 + fabs(lp->objective) * 1e-3) / slope_from;
            for (int i = 0; i < m; i++) lp->y[i] += step * sign * -rho[i];
            lp->stale = 1;
            answer = LP_CUTOFF;
            break;
        }
        /* Among breakpoints that tie, the largest pivot. */
        double tie = breaks[passed].ratio + 1e-12, largest = 0.0;
        for (int p = passed; p < count && breaks[p].ratio <= tie; p++)
            if (fabs(lp->alpha[breaks[p].column]) > largest) largest = fabs(lp->alpha[breaks[p].column]), chosen_at = p;
        if (largest < PIVOT_LEAST) {
            int p = passed;
            for (; p > 0 && fabs(lp->alpha[breaks[p].column]) < PIVOT_LEAST; p--) {}
            if (fabs(lp->alpha[breaks[p].column]) < PIVOT_LEAST) {
                if (doubts++ > 2) break;
                simplex_invert(lp);
                simplex_begin(lp);
                continue;
            }
            chosen_at = passed = p;
        }
        entering = breaks[chosen_at].column, step = breaks[chosen_at].ratio;

        simplex_transform(lp, entering, lp->pivot);
        double expected = sign * lp->alpha[entering];
        if (fabs(lp->pivot[r] - expected) > 1e-6 * (1.0 + fabs(expected))) {
            if (doubts++ > 2) break;
            simplex_invert(lp);
            simplex_begin(lp);
            continue;
        }

        /* The objective along the piecewise linear fall. */
        double at = 0.0, fall = fabs(delta);
        for (int p = 0; p < passed; p++) {
            lp->objective -= fall * (breaks[p].ratio - at);
            at = breaks[p].ratio, fall -= fabs(lp->alpha[breaks[p].column]) * (lp->upper[breaks[p].column] - lp->lower[breaks[p].column]);
        }
        lp->objective -= fall * (step - at);

        if (passed) {
            memset(lp->flips, 0, sizeof(double) * (size_t)m);
            for (int p = 0; p < passed; p++) {
                int c = breaks[p].column;
                double width = lp->upper[c] - lp->lower[c];
                add_column(lp, c, lp->status[c] == AT_LOWER ? width : -width, lp->flips);
                lp->status[c] = lp->status[c] == AT_LOWER ? AT_UPPER : AT_LOWER;
                lp->standing[c] = lp->status[c] == AT_UPPER ? lp->upper[c] : lp->lower[c];
            }
            int changed = 0;
            for (int i = 0; i < m; i++)
                if (lp->flips[i] != 0.0) lp->candidate[changed++] = i;
            for (int i = 0; i < m; i++) {
                const double *row = INVERSE(lp, i);
                double sum = 0.0;
                for (int p = 0; p < changed; p++) sum += row[lp->candidate[p]] * lp->flips[lp->candidate[p]];
                lp->x[i] -= sum;
            }
        }
        int leaving = lp->basis[r];
        double target = delta > 0.0 ? lp->upper[leaving] : lp->lower[leaving];
        double move = (lp->x[r] - target) / lp->pivot[r];
        double entered = (lp->status[entering] == AT_UPPER ? lp->upper[entering] : lp->lower[entering]) + move;
        for (int i = 0; i < m; i++)
            if (lp->pivot[i] != 0.0) lp->x[i] -= move * lp->pivot[i];
        lp->x[r] = entered;
        for (int i = 0; i < m; i++)
            if (rho[i] != 0.0) lp->y[i] -= step * sign * rho[i];
        int place = -1;
        for (int p = 0; p < lp->actives; p++) {
            int c = lp->active[p];
            lp->d[c] += step * lp->alpha[c];
            if (c == entering) place = p;
        }
        simplex_replace(lp, r, lp->pivot);
        lp->d[entering] = 0.0, lp->status[entering] = BASIC, lp->position[entering] = r, lp->basis[r] = entering;
        lp->position[leaving] = -1, lp->standing[leaving] = target;
        if (lp->lower[leaving] == lp->upper[leaving]) {
            lp->status[leaving] = OUT;
            lp->d[leaving] = sign * step;
            lp->active[place] = lp->active[--lp->actives];
        } else {
            lp->status[leaving] = delta > 0.0 ? AT_UPPER : AT_LOWER;
            lp->d[leaving] = sign * step;
            lp->active[place] = leaving;
        }
        lp->pivots++, lp->since_fresh++;
    }
    free(room_for_breaks);
    return answer;
}

double simplex_value(const simplex_t *lp, int column) {
    if (lp->status[column] == BASIC) return lp->x[lp->position[column]];
    return lp->status[column] == AT_UPPER ? lp->upper[column] : lp->lower[column];
}
