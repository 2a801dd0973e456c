/* The activations that the kernel knows. The numbers stand beside the names in nn/activations.py too;
 * the loader asks how many there are, and a test compares the two. */
enum activation {
    SIGMOID = 0,
    TANH = 1,
    RELU = 2,
    SOFTPLUS = 3,
    ELU = 4,
    LEAKY_RELU = 5,
    N_ACTIVATIONS
};
