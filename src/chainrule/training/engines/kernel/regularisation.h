/* What is to keep a network from memorising, besides weight decay. It comes after lanes.h. */
typedef struct {
    double label_smoothing; /* how much of t is shared out among all classes */
    double dropout;         /* share of the hidden units that is left out, or 0 */
    uint64_t key;           /* of the epoch's masks: dropout_key in nn/dropout.py */
    int64_t place;          /* of the first sample in the epoch */
} regularisation;

/* The number of a sample's masks in one of the hidden layers: output place * n_hidden + layer of
 * SplitMix64. */
static uint64_t mask_number(const regularisation *g, int64_t place, int64_t layer, int64_t n_hidden)
{
    uint64_t z = g->key + 0x9e3779b97f4a7c15u * (uint64_t)(place * n_hidden + layer + 1);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* The mask of n units from the unit `first` on: 0 or 1 / (1 - dropout). The bits of a unit are a hash
 * of it and the number, as in nn/dropout.py. */
INLINE void draw_mask(real *restrict mask, int64_t n, int64_t first, uint64_t number, double dropout)
{
    const uint32_t low = (uint32_t)number + (uint32_t)first, high = (uint32_t)(number >> 32);
    const uint32_t threshold = (uint32_t)(dropout * 4294967296.0);
    const real left_in = (real)(1 / (1 - dropout));
    for (int64_t k = 0; k < n; k++) {
        uint32_t bits = low + (uint32_t)k;
        bits = (bits ^ bits >> 16) * 0x21f0aaadu;
        bits = ((bits ^ bits >> 15) + high) * 0x735a2d97u;
        bits ^= bits >> 15;
        mask[k] = bits >= threshold ? left_in : 0;
    }
}
