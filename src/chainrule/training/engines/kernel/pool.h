/* Threads that share the pieces of a job, and sleep while there is none. */
#ifndef POOL_H
#define POOL_H
#include <stdint.h>

typedef struct pool pool;
typedef void task(void *context, int64_t piece);

/* A pool of up to n_threads, this one among them; NULL, which works alone, if no other can be had. */
pool *new_pool(int64_t n_threads);

/* Have every piece from 0 to n - 1 done, each by some thread, and return when all are. Only the
 * thread that made the pool may call this. */
void share_out(pool *p, task *do_piece, void *context, int64_t n);

/* End the threads. */
void end_pool(pool *p);

#endif
