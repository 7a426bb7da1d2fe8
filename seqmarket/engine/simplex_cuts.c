/* Cut rows of the linear program: added with a basic slack, dropped once that slack is basic again. */
#include "simplex.h"

#include <string.h>

int simplex_add_cut(simplex_t *lp, const int *column, const signed char *coefficient, int size, double right) {
    if (lp->rows >= lp->most_rows) return -1;
    for (int p = 0; p < size; p++)
        if (lp->cut_size[column[p]] >= CUT_ROOM) return -1;
    int row = lp->rows, m = row, logical = lp->columns + row;
    double *own = INVERSE(lp, row);
    memset(own, 0, sizeof(double) * (size_t)(m + 1));
    for (int r = 0; r < m; r++) INVERSE(lp, r)[row] = 0.0;
    double length = 1.0;
    for (int p = 0; p < size; p++) {
        int c = column[p];
        size_t at = (size_t)c * CUT_ROOM + lp->cut_size[c]++;
        lp->cut_row[at] = row, lp->cut_coefficient[at] = coefficient[p];
        if (lp->status[c] == BASIC) {
            const double *other = INVERSE(lp, lp->position[c]);
            for (int k = 0; k < m; k++) own[k] -= coefficient[p] * other[k];
        }
    }
    for (int k = 0; k < m; k++) length += own[k] * own[k];
    own[row] = 1.0;
    lp->norm[row] = length;
    lp->right[row] = lp->upper[logical] = right, lp->lower[logical] = 0.0;
    lp->basis[row] = logical, lp->position[logical] = row, lp->status[logical] = BASIC;
    /* The slack's value: what the columns of the cut leave. */
    double left = right;
    for (int p = 0; p < size; p++) left -= coefficient[p] * simplex_value(lp, column[p]);
    lp->x[row] = left, lp->y[row] = 0.0, lp->d[logical] = 0.0;
    lp->rows++;
    return row;
}

void simplex_drop_cuts(simplex_t *lp, const unsigned char *keep, int *moves) {
    int n = lp->columns, m = lp->rows, cuts = m - lp->items, kept = 0;
    if (!cuts) return;
    for (int k = 0; k < cuts; k++) {
        int logical = n + lp->items + k;
        moves[k] = keep[k] || lp->status[logical] != BASIC ? lp->items + kept++ : -1;
    }
    if (kept == cuts) return;
    for (int c = 0; c < n; c++) {
        int size = 0;
        int *row = lp->cut_row + (size_t)c * CUT_ROOM;
        signed char *coefficient = lp->cut_coefficient + (size_t)c * CUT_ROOM;
        for (int p = 0; p < lp->cut_size[c]; p++)
            if (moves[row[p] - lp->items] >= 0) row[size] = moves[row[p] - lp->items], coefficient[size++] = coefficient[p];
        lp->cut_size[c] = (unsigned char)size;
    }
    /* Positions of dropped slacks go, in order; then the columns of the inverse. Rows only move upwards. */
    int at = 0;
    for (int r = 0; r < m; r++) {
        int b = lp->basis[r];
        if (b >= n + lp->items && moves[b - n - lp->items] < 0) continue;
        double *from = INVERSE(lp, r), *to = INVERSE(lp, at);
        memmove(to, from, sizeof(double) * (size_t)lp->items);
        for (int k = 0; k < cuts; k++)
            if (moves[k] >= 0) to[moves[k]] = from[lp->items + k];
        lp->basis[at] = b, lp->norm[at] = lp->norm[r], lp->x[at] = lp->x[r];
        at++;
    }
    for (int k = 0; k < cuts; k++) {
        if (moves[k] < 0) continue;
        int from = lp->items + k, to = moves[k];
        lp->right[to] = lp->right[from], lp->lower[n + to] = lp->lower[n + from], lp->upper[n + to] = lp->upper[n + from];
        lp->standing[n + to] = lp->standing[n + from], lp->status[n + to] = lp->status[n + from], lp->y[to] = lp->y[from], lp->d[n + to] = lp->d[n + from];
    }
    lp->rows = at;
    for (int r = 0; r < at; r++) {
        int b = lp->basis[r];
        if (b >= n + lp->items) lp->basis[r] = b = n + moves[b - n - lp->items];
        lp->position[b] = r;
    }
    for (int r = 0; r < at; r++) {
        double length = 0.0;
        for (int k = 0; k < at; k++) length += INVERSE(lp, r)[k] * INVERSE(lp, r)[k];
        lp->norm[r] = length > 1e-6 ? length : 1e-6;
    }
}
