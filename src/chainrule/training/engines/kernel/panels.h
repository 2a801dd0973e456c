/* Products of matrices that lie in panels.
 *
 * A panel holds COLUMNS columns of a matrix, row after row: element (i, j) is number j % COLUMNS
 * of row i in panel j / COLUMNS. Samples and what is computed of them lie so, with a row for each
 * sample, and weights, with a row for each input. Then all products of a step read their right
 * factor from its first number to its last, and need nothing copied together beforehand:
 *
 *   forward    Z = X W            `times`: a row of X, panel by panel, and a panel of W
 *   gradient   grad_W = X' grad_Z `transposed_times`: columns of a panel of X, a panel of grad_Z
 *   backward   grad_X = grad_Z W' `times` again, with W' kept in panels too
 *
 * A tile of the result, TILE_ROWS by COLUMNS, is summed in registers from the first term to the last.
 * So each sum has one order, whatever the batch and whoever computes it, and a step of training
 * needs no memory for gradients of weights: the tile goes into the weights at once.
 *
 * For a tile each number of the left factor is multiplied with TILE_VECTORS vectors of the right one.
 * How many rows and vectors keep a processor's multipliers busy was tried: 8 rows reach the peak
 * where there are 32 registers, and 4 where there are 16.
 */
#if defined(AVX512) || defined(__aarch64__)
#define TILE_ROWS 8
#else
#define TILE_ROWS 4
#endif
#define TILE_VECTORS 2
#define COLUMNS (TILE_VECTORS * LANES)
#define EACH_ROW_OF_TILE _Pragma("GCC unroll 8") for (int i = 0; i < TILE_ROWS; i++)
#define EACH_VECTOR _Pragma("GCC unroll 2") for (int j = 0; j < n_vectors; j++)

_Static_assert(COLUMNS % TILE_ROWS == 0, "no tile of weights may lie in two panels");

typedef lanes tile[TILE_ROWS][TILE_VECTORS];

/* Add to the tile the sum over k < n of a(i, k) b(k, :), where the numbers of the left factor are
 * `row` apart from i to i + 1, and `step` from k to k + 1. */
INLINE void add_products(tile sums, const real *restrict a, int64_t row, int64_t step,
                         const lanes *restrict b, int64_t n, const int n_vectors)
{
    for (int64_t k = 0; k < n; k++) {
        lanes right[TILE_VECTORS];
        EACH_VECTOR right[j] = b[k * TILE_VECTORS + j];
        EACH_ROW_OF_TILE {
            const real left = a[i * row + k * step];
            EACH_VECTOR sums[i][j] += left * right[j];
        }
    }
}

/* TILE_ROWS rows of A B + start in one panel: A from `a` on, n columns wide, its panels `panel` numbers
 * apart; B is a panel with n rows. */
INLINE void times(lanes *restrict out, const lanes *restrict start, const real *restrict a,
                  int64_t panel, const lanes *restrict b, int64_t n, const int n_vectors)
{
    tile sums;
    EACH_ROW_OF_TILE { EACH_VECTOR sums[i][j] = start[j]; }
    for (; n >= COLUMNS; n -= COLUMNS, a += panel, b += COLUMNS * TILE_VECTORS)
        add_products(sums, a, COLUMNS, 1, b, COLUMNS, n_vectors);
    add_products(sums, a, COLUMNS, 1, b, n, n_vectors);
    EACH_ROW_OF_TILE { EACH_VECTOR out[i * TILE_VECTORS + j] = sums[i][j]; }
}

/* The same for rows `from` to `to` of a panel of the result, in whole tiles. */
static void times_panel(real *out, const real *start, const real *a, int64_t panel,
                        const real *b, int64_t n, int64_t from, int64_t to, int64_t width)
{
    for (int64_t i = from; i < to; i += TILE_ROWS) {
        lanes *o = (lanes *)(out + i * COLUMNS);
        const real *left = a + i * COLUMNS;
        if (width > LANES)
            times(o, (const lanes *)start, left, panel, (const lanes *)b, n, 2);
        else
            times(o, (const lanes *)start, left, panel, (const lanes *)b, n, 1);
    }
}

INLINE int64_t in_whole(int64_t n, int64_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* A square of COLUMNS by COLUMNS numbers, turned over its diagonal. */
static void transpose(real *restrict out, const real *restrict square)
{
    for (int64_t i = 0; i < COLUMNS; i++)
        for (int64_t k = 0; k < COLUMNS; k++)
            out[i * COLUMNS + k] = square[k * COLUMNS + i];
}
