/* Threads for one call of the kernel: made when it begins, joined before it returns, so that
 * nothing is left that a fork could break, or that would go on when the process is to end.
 *
 * Each thread has a share of the pieces, the same in every job of as many pieces, so that it finds
 * in its own cache what it left there. Whoever has done its share goes on with those of the others.
 * A thread that does not come, since another program has its processor, is left behind in this way.
 * Only if it stops in the middle of a piece is that waited for. If this happens so often that help
 * does not make up for it, work goes on without helpers for a while, which gets longer each time:
 * next to a program that never pauses, a thread that has to be waited for is slower than none. That
 * is remembered from one pool to the next.
 *
 * On Linux no helper is let onto the processor of the thread that it helps. The system puts a new or
 * woken thread there if all others have something to do, were it the least of programs, and takes
 * tens of milliseconds to move it away: until then two threads take turns, and are slower than one.
 */
#if defined(__linux__)
#define _GNU_SOURCE /* sched_getcpu and the masks of processors */
#include <sched.h>
#endif

#include "pool.h"

#include "float_mode.h"

static void work_alone(task *do_piece, void *context, int64_t n)
{
    for (int64_t piece = 0; piece < n; piece++)
        do_piece(context, piece, 0);
}

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
    work_alone(do_piece, context, n);
}

void end_pool(pool *p) { (void)p; }

#else

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPINS 2000            /* looks before a thread sleeps, some tens of microseconds */
#define LATE 500000           /* nanoseconds of waiting from which a helper is late */
#define WORTH 2               /* as long as this many waits, help makes up for the next */
#define FIRST_PAUSE 20000000  /* nanoseconds without helpers if it does not, at first; */
#define LAST_PAUSE 1600000000 /* and at most */

/* What was learned of the other programs on the machine. It may come from any pool of this process:
 * all have the same neighbours. */
static _Atomic int64_t alone_until, next_pause = FIRST_PAUSE;

/* What a thread has to do of a job. Each has a cache line to itself. */
typedef struct {
    _Alignas(64) _Atomic uint64_t ticket; /* number of the job, in the lower half the pieces left */
    int64_t end;                          /* of its pieces */
} share;

typedef struct {
    pool *p;
    int64_t worker; /* its number: from 1 on */
    pthread_t thread;
} helper;

struct pool {
    task *do_piece; /* the job: changes only while none of its pieces is left or in work */
    void *context;
    _Atomic uint64_t job;       /* its number */
    _Atomic int64_t unfinished; /* pieces that are left or in work, or not yet counted as done */
    _Atomic int ending, waiting, sleepers;
    pthread_mutex_t mutex;
    pthread_cond_t new_job, done;
    int64_t together_since;     /* nanoseconds, as all times here */
    int is_alone;
#if defined(__linux__)
    cpu_set_t allowed; /* processors that all may use */
    int processor;     /* the one that helpers have been sent away from; -1: none */
#endif
    int n_helpers;
    helper *helpers;
    share shares[]; /* of this thread, then of each helper */
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

#if defined(__linux__)
static void ask_for_processors(pool *p)
{
    p->processor = -1;
    if (sched_getaffinity(0, sizeof p->allowed, &p->allowed) != 0)
        CPU_ZERO(&p->allowed); /* there are more than fit: leave them to the system */
}

/* Send helpers away from the processor that this thread is on, if it is a new one. */
static void make_way(pool *p)
{
    const int processor = sched_getcpu();
    if (processor == p->processor || processor < 0 || CPU_COUNT(&p->allowed) < 2)
        return;
    cpu_set_t others = p->allowed;
    CPU_CLR(processor, &others);
    for (int i = 0; i < p->n_helpers; i++)
        pthread_setaffinity_np(p->helpers[i].thread, sizeof others, &others);
    p->processor = processor;
}
#else
static void ask_for_processors(pool *p) { (void)p; }
static void make_way(pool *p) { (void)p; }
#endif

/* Do what is left of a share, and return how many pieces that were. */
static int64_t do_share(pool *p, share *s, int64_t worker)
{
    int64_t n = 0;
    uint64_t ticket = atomic_load(&s->ticket);
    while ((uint32_t)ticket != 0) {
        if (!atomic_compare_exchange_weak(&s->ticket, &ticket, ticket - 1))
            continue;
        p->do_piece(p->context, s->end - (uint32_t)ticket, worker);
        n++;
        ticket = atomic_load(&s->ticket);
    }
    return n;
}

/* Do the share of this worker, then what is left of the others'. */
static void take_pieces(pool *p, int64_t worker)
{
    int64_t n = 0;
    for (int i = 0; i <= p->n_helpers; i++)
        n += do_share(p, p->shares + (worker + i) % (p->n_helpers + 1), worker);
    if (n > 0 && atomic_fetch_sub(&p->unfinished, n) == n && atomic_load(&p->waiting)) {
        pthread_mutex_lock(&p->mutex);
        pthread_cond_signal(&p->done);
        pthread_mutex_unlock(&p->mutex);
    }
}

/* Whether there is nothing to do for a helper that has seen this job. */
static int is_idle(pool *p, uint64_t job)
{
    return atomic_load(&p->job) == job && !atomic_load(&p->ending);
}

static void *help(void *argument)
{
    const helper *this = argument;
    pool *p = this->p;
    flush_subnormals(); /* as the thread that it helps; it computes nothing else */
    for (uint64_t job = 0; !atomic_load(&p->ending);) {
        for (int i = 0; i < SPINS && is_idle(p, job); i++)
            relax();
        if (is_idle(p, job)) {
            pthread_mutex_lock(&p->mutex);
            atomic_fetch_add(&p->sleepers, 1); /* before the look that decides */
            while (is_idle(p, job))
                pthread_cond_wait(&p->new_job, &p->mutex);
            atomic_fetch_sub(&p->sleepers, 1);
            pthread_mutex_unlock(&p->mutex);
        }
        job = atomic_load(&p->job);
        take_pieces(p, this->worker);
    }
    return NULL;
}

/* Wake the helpers that sleep. */
static void wake(pool *p)
{
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
    const size_t n = (size_t)n_threads, up_to_helpers = sizeof(pool) + n * sizeof(share);
    void *memory;
    if (posix_memalign(&memory, _Alignof(pool), up_to_helpers + (n - 1) * sizeof(helper)) != 0)
        return NULL;
    pool *p = memset(memory, 0, up_to_helpers);
    p->helpers = (helper *)((char *)memory + up_to_helpers);
    p->together_since = now();
    p->is_alone = p->together_since < atomic_load(&alone_until);
    ask_for_processors(p);
    pthread_mutex_init(&p->mutex, NULL);
    pthread_cond_init(&p->new_job, NULL);
    pthread_cond_init(&p->done, NULL);
    /* Signals are for the threads of the program: helpers would keep Ctrl-C from Python's. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < n_threads - 1; i++) {
        helper *h = p->helpers + i;
        h->p = p, h->worker = i + 1;
        if (pthread_create(&h->thread, NULL, help, h) != 0)
            break; /* fewer are slower, and give the same */
        p->n_helpers++;
    }
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
        atomic_store(&next_pause, FIRST_PAUSE); /* help was worth this wait */
    } else {
        const int64_t pause = atomic_load(&next_pause);
        atomic_store(&alone_until, until + pause);
        atomic_store(&next_pause, pause < LAST_PAUSE ? 2 * pause : LAST_PAUSE);
        p->is_alone = 1;
    }
    p->together_since = until;
}

void share_out(pool *p, task *do_piece, void *context, int64_t n)
{
    if (p == NULL || p->n_helpers == 0 || n < 2 || (p->is_alone && now() < atomic_load(&alone_until))) {
        work_alone(do_piece, context, n);
        return;
    }
    if (p->is_alone)
        p->is_alone = 0, p->together_since = now();
    p->do_piece = do_piece, p->context = context;
    atomic_store(&p->unfinished, n);
    make_way(p);
    const uint64_t job = atomic_load(&p->job) + 1;
    const int64_t workers = p->n_helpers + 1;
    for (int64_t i = 0; i < workers; i++) {
        const int64_t end = n * (i + 1) / workers;
        p->shares[i].end = end;
        atomic_store(&p->shares[i].ticket, job << 32 | (uint64_t)(end - n * i / workers));
    }
    atomic_store(&p->job, job);
    wake(p);
    take_pieces(p, 0);
    wait_for_helpers(p);
}

void end_pool(pool *p)
{
    if (p == NULL)
        return;
    atomic_store(&p->ending, 1);
    wake(p);
    for (int i = 0; i < p->n_helpers; i++)
        pthread_join(p->helpers[i].thread, NULL);
    pthread_cond_destroy(&p->new_job);
    pthread_cond_destroy(&p->done);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}

#endif
