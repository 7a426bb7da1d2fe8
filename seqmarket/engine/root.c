/* The prices of the root in integers, and what they leave alive. */
#include "solver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void rescale(solver_t *s, int scale) {
    s->scale = scale;
    s->target = (s->best_gain + s->granularity) << scale;
    s->lift = 0;
}

i64 root_prices(solver_t *s, i64 *y) {
    const instance_t *in = s->in;
    double factor = s->unit * (double)(1ll << s->scale), most = 4.0 * fmax(1e6, (double)s->target);
    i64 sum = 0;
    int *held = NULL;
    for (int i = 0; i < in->items; i++) {
        double real = s->program.lp && s->program.row[i] >= 0 ? s->program.lp->y[s->program.row[i]] * factor : 0.0;
        y[i] = !(real > 0.0) ? 0 : real > most ? (i64)most : (i64)ceil(real - 1e-5 * (1.0 + real * 1e-6));
    }
    i64 *slack = s->slack;
    i64 *room = malloc(sizeof(i64) * (size_t)(in->items + 1));
    held = calloc((size_t)in->items + 2, sizeof(int));
    int *holder = malloc(sizeof(int) * (size_t)(in->start[in->offers] + 1));
    if (!room || !held || !holder) { free(room); free(held); free(holder); s->stopped = 1; return 0; }
    for (int p = 0; p < in->cores; p++)
        for (int q = in->start[in->core[p]]; q < in->start[in->core[p] + 1]; q++) held[in->member[q] + 1]++;
    for (int i = 0; i < in->items; i++) held[i + 1] += held[i];
    int *at = malloc(sizeof(int) * (size_t)(in->items + 1));
    if (!at) { free(room); free(held); free(holder); s->stopped = 1; return 0; }
    memcpy(at, held, sizeof(int) * (size_t)in->items);
    for (int p = 0; p < in->cores; p++) {
        int j = in->core[p], dearest = in->member[in->start[j]];
        slack[j] = s->extra[j] - (in->gain[j] << s->scale);
        for (int q = in->start[j]; q < in->start[j + 1]; q++) {
            int i = in->member[q];
            slack[j] += y[i];
            holder[at[i]++] = j;
            if (y[i] > y[dearest]) dearest = i;
        }
        if (slack[j] < 0) {
            y[dearest] -= slack[j];
            i64 lack = slack[j];
            for (int t = held[dearest]; t < at[dearest]; t++) slack[holder[t]] -= lack;
        }
    }
    for (int i = 0; i < in->items; i++) {
        i64 least = y[i];
        for (int t = held[i]; t < held[i + 1] && least > 0; t++)
            if (slack[holder[t]] < least) least = slack[holder[t]];
        if (least > 0) {
            y[i] -= least;
            for (int t = held[i]; t < held[i + 1]; t++) slack[holder[t]] -= least;
        }
        sum += y[i];
    }
    free(room); free(held); free(holder); free(at);
    return sum;
}

board_t *price_root(solver_t *s, const i64 *y, i64 right, i64 *budget) {
    const instance_t *in = s->in;
    i64 sum = right - s->target;
    for (int i = 0; i < in->items; i++) sum += y[i];
    *budget = sum;
    int kept = 0;
    int *column = malloc(sizeof(int) * (size_t)(in->columns + 1));
    i64 *slack = malloc(sizeof(i64) * (size_t)(in->columns + 1));
    if (!column || !slack) { free(column); free(slack); return NULL; }
    for (int c = 0; c < in->columns; c++) {
        i64 own = s->extra[c] - (in->gain[c] << s->scale);
        for (int q = in->start[c]; q < in->start[c + 1]; q++) own += y[in->member[q]];
        if (own <= sum) column[kept] = c, slack[kept++] = own;
    }
    board_t *b = board_new(s, column, slack, kept);
    free(column); free(slack);
    return b;
}
