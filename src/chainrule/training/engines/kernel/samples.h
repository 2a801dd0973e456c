/* Samples as the data hold them, and how some of them are taken into panels. */
enum stored {
    AS_REAL = 0,  /* in the precision of the steps */
    AS_BYTES = 1, /* (byte - shift) / scale, in that precision */
    AS_BYTES_IN_DOUBLE = 2 /* the same in double precision and then rounded */
};

typedef struct {
    int64_t stored;       /* enum stored */
    int64_t fan_in;       /* features */
    const void *X;        /* (n_samples, fan_in) in C order */
    const double *shift, *scale; /* of bytes, (fan_in); exact in the precision of the steps, or in double */
} samples;

/* Bytes to numbers: the bits are those of Scaling.apply in data/scaling.py. */
INLINE void scale_bytes(real *restrict out, const unsigned char *restrict raw,
                        const double *restrict shift, const double *restrict scale, int64_t n,
                        int in_double)
{
    for (int64_t k = 0; k < n; k++) {
        if (in_double)
            out[k] = (real)((raw[k] - shift[k]) / scale[k]);
        else
            out[k] = ((real)raw[k] - (real)shift[k]) / (real)scale[k];
    }
}

/* Have the processor fetch the samples with the numbers rows[from..to], which will be taken soon. */
static void fetch(const samples *s, const int64_t *rows, int64_t from, int64_t to)
{
    const int64_t size = s->fan_in * (s->stored == AS_REAL ? (int64_t)sizeof(real) : 1);
    for (int64_t i = from; i < to; i++)
        for (int64_t at = 0; at < size; at += CACHE_LINE)
            __builtin_prefetch((const char *)s->X + rows[i] * size + at, 0, 2);
}

/* Copy features first..end of the samples with the numbers rows[from..to] into rows from..to of panels
 * that are `panel` numbers apart; `first` begins a panel. What is right of the last feature in its
 * panel is left as it is, zero. */
static void take(const samples *s, const int64_t *rows, int64_t from, int64_t to, int64_t first,
                 int64_t end, real *out, int64_t panel)
{
    end = end < s->fan_in ? end : s->fan_in;
    for (int64_t i = from; i < to; i++) {
        const int64_t start = rows[i] * s->fan_in;
        for (int64_t d = first; d < end; d += COLUMNS) {
            const int64_t n = end - d < COLUMNS ? end - d : COLUMNS;
            real *x = out + d / COLUMNS * panel + i * COLUMNS;
            const unsigned char *raw = (const unsigned char *)s->X + start + d;
            if (s->stored == AS_REAL && n == COLUMNS)
                memcpy(x, (const real *)s->X + start + d, COLUMNS * sizeof(real));
            else if (s->stored == AS_REAL)
                memcpy(x, (const real *)s->X + start + d, (size_t)n * sizeof(real));
            else
                scale_bytes(x, raw, s->shift + d, s->scale + d, n, s->stored == AS_BYTES_IN_DOUBLE);
        }
    }
}
