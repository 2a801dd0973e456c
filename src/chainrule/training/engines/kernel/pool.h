/* Threads that share the pieces of a job, and sleep while there is none. */
#ifndef POOL_H
#define POOL_H
#include <stdint.h>

typedef struct pool pool;

/* What does a piece; the worker is 0 for the thread that made the pool, and up to n_threads - 1. */
typedef void task(void *context, int64_t piece, int64_t worker);

/* A pool of up to n_threads, this one among them; NULL, which works alone, if no other can be had. */
pool *new_pool(int64_t n_threads);

/* Have every piece from 0 to n - 1 done, each by some thread, and return when all are. Neighbouring
 * pieces go to one thread as far as that costs no time, and the same ones in every call with as many.
 * Only the thread that made the pool may call this. */
void share_out(pool *p, task *do_piece, void *context, int64_t n);

/* End the threads. */
void end_pool(pool *p);

#endif
