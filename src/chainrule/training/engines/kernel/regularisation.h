/* What is to keep a network from memorising, besides weight decay. */
#ifndef REGULARISATION_H
#define REGULARISATION_H

typedef struct {
    double label_smoothing; /* how much of t is shared out among all classes */
} regularisation;

#endif
