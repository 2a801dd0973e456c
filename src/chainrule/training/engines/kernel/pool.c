/* Threads for one call of the kernel: made when it begins, joined before it returns, so that
 * nothing is left that a fork could break, or that would go on when the process is to end.
 *
 * Whoever has time takes the next piece. A thread that does not come, since another program has its
 * processor, is left behind: the others take all pieces. Only if it stops in the middle of a piece
 * is that waited for. If this happens so often that help does not make up for it, work goes on
 * without helpers for a while, which gets longer each time: next to a program that never pauses, a
 * thread that has to be waited for is slower than none.
 */
#include "pool.h"

#include "float_mode.h"

#if defined(_WIN32) || !(defined(__GNUC__) || defined(__clang__))

/* No threads: one does all. */
pool *new_pool(int64_t n_threads)
{
    (void)n_threads;
    return NULL;
}

void share_out(pool *p, task *do_piece, void *context, int64_t n)
{
    (void)p;
    for (int64_t piece = 0; piece < n; piece++)
        do_piece(context, piece);
}

void end_pool(pool *p) { (void)p; }

#else

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define SPINS 2000            /* looks before a thread sleeps, some tens of microseconds */
#define LATE 500000           /* nanoseconds of waiting from which a helper is late */
#define WORTH 4               /* as long as this many waits, help makes up for the next */
#define FIRST_PAUSE 100000000 /* nanoseconds without helpers if it does not, at first; */
#define LAST_PAUSE 1600000000 /* and at most */

struct pool {
    task *do_piece; /* the job: changes only while none of its pieces is left or in work */
    void *context;
    int64_t n_pieces;
    _Atomic uint64_t ticket;    /* number of the job, and in the lower half the pieces that are left */
    _Atomic int64_t unfinished; /* pieces that are left or in work */
    _Atomic int ending, waiting, sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t new_job, done;
    int64_t pause, alone_until, together_since; /* nanoseconds */
    int n_helpers;
    pthread_t helpers[];
};

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * (int64_t)1000000000 + t.tv_nsec;
}

/* Take pieces until none is left; return the ticket that said so. */
static uint64_t take_pieces(pool *p)
{
    uint64_t ticket = atomic_load(&p->ticket);
    while ((uint32_t)ticket != 0) {
        if (!atomic_compare_exchange_weak(&p->ticket, &ticket, ticket - 1))
            continue;
        p->do_piece(p->context, p->n_pieces - (uint32_t)ticket);
        if (atomic_fetch_sub(&p->unfinished, 1) == 1 && atomic_load(&p->waiting)) {
            pthread_mutex_lock(&p->mutex);
            pthread_cond_signal(&p->done);
            pthread_mutex_unlock(&p->mutex);
        }
        ticket = atomic_load(&p->ticket);
    }
    return ticket;
}

/* Whether there is nothing to do for a helper that has seen this ticket. */
static int is_idle(pool *p, uint64_t ticket)
{
    return atomic_load(&p->ticket) == ticket && !atomic_load(&p->ending);
}

static void *help(void *argument)
{
    pool *p = argument;
    flush_subnormals(); /* as the thread that it helps; it computes nothing else */
    while (!atomic_load(&p->ending)) {
        const uint64_t ticket = take_pieces(p);
        for (int i = 0; i < SPINS && is_idle(p, ticket); i++)
            relax();
        if (!is_idle(p, ticket))
            continue;
        pthread_mutex_lock(&p->mutex);
        atomic_fetch_add(&p->sleepers, 1); /* before the look that decides */
        while (is_idle(p, ticket))
            pthread_cond_wait(&p->new_job, &p->mutex);
        atomic_fetch_sub(&p->sleepers, 1);
        pthread_mutex_unlock(&p->mutex);
    }
    return NULL;
}

/* Publish a ticket: helpers see it, or are woken. */
static void publish(pool *p, uint64_t ticket)
{
    atomic_store(&p->ticket, ticket);
    if (atomic_load(&p->sleepers) > 0) {
        pthread_mutex_lock(&p->mutex);
        pthread_cond_broadcast(&p->new_job);
        pthread_mutex_unlock(&p->mutex);
    }
}

pool *new_pool(int64_t n_threads)
{
    if (n_threads < 2)
        return NULL;
    pool *p = calloc(1, sizeof(pool) + (size_t)(n_threads - 1) * sizeof(pthread_t));
    if (p == NULL)
        return NULL;
    p->pause = FIRST_PAUSE;
    p->together_since = now();
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->new_job, NULL);
    pthread_cond_init(&p->done, NULL);
    /* Signals are for the threads of the program: helpers would keep Ctrl-C from Python's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (p->n_helpers < n_threads - 1 &&
           pthread_create(&p->helpers[p->n_helpers], NULL, help, p) == 0)
        p->n_helpers++; /* fewer are slower, and give the same */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return p;
}

/* Wait until no piece is in work. */
static void wait_for_helpers(pool *p)
{
    for (int i = 0; i < SPINS && atomic_load(&p->unfinished) > 0; i++)
        relax();
    if (atomic_load(&p->unfinished) == 0)
        return;
    const int64_t since = now();
    pthread_mutex_lock(&p->mutex);
    atomic_store(&p->waiting, 1); /* before the look that decides */
    while (atomic_load(&p->unfinished) > 0)
        pthread_cond_wait(&p->done, &p->mutex);
    atomic_store(&p->waiting, 0);
    pthread_mutex_unlock(&p->mutex);
    const int64_t until = now(), waited = until - since;
    if (waited < LATE)
        return;
    if (since - p->together_since > WORTH * waited) {
        p->pause = FIRST_PAUSE; /* help was worth this wait */
    } else {
        p->alone_until = until + p->pause;
        p->pause = p->pause < LAST_PAUSE ? 2 * p->pause : LAST_PAUSE;
    }
    p->together_since = until;
}

void share_out(pool *p, task *do_piece, void *context, int64_t n)
{
    if (p == NULL || p->n_helpers == 0 || n < 2 || (p->alone_until > 0 && now() < p->alone_until)) {
        for (int64_t piece = 0; piece < n; piece++)
            do_piece(context, piece);
        return;
    }
    if (p->alone_until > 0)
        p->alone_until = 0, p->together_since = now();
    p->do_piece = do_piece, p->context = context, p->n_pieces = n;
    atomic_store(&p->unfinished, n);
    const uint64_t job = (atomic_load(&p->ticket) >> 32) + 1;
    publish(p, job << 32 | (uint64_t)n);
    take_pieces(p);
    wait_for_helpers(p);
}

void end_pool(pool *p)
{
    if (p == NULL)
        return;
    atomic_store(&p->ending, 1);
    publish(p, atomic_load(&p->ticket));
    for (int i = 0; i < p->n_helpers; i++)
        pthread_join(p->helpers[i], NULL);
    pthread_cond_destroy(&p->new_job);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

#endif
