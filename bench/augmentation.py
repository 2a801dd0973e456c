"""What it costs to deform an image: microseconds of processor time, of 28×28 bytes.

    uv run python bench/augmentation.py [THREADS]

The usual strengths; the field is what the elastic deformation takes of the kernel's time: the
smoothing of the displacements and adding them. The least of several rounds, since a busy machine
can only add to it.
"""

import dataclasses
import sys
import time
from collections.abc import Callable

import numpy as np

from chainrule.training.augmentation import BLOCK, USUAL, Augmentation, augmented, deformed, draw
from chainrule.training.engines import deform_images

BLOCKS, ROUNDS = 4, 15
IMAGES = np.random.default_rng(0).integers(0, 256, (BLOCKS * BLOCK, 28, 28)).astype(np.uint8)


def microseconds(work: Callable[[], object], n_images: int) -> float:
    """Processor time for each image, of all threads together."""
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        spent.append(time.process_time() - started)
    return min(spent) / n_images * 1e6


def kernel(augmentation: Augmentation, threads: int) -> float:
    """The compiled part alone."""
    drawn = draw(augmentation, (28, 28), 0, 1, 0)
    return microseconds(lambda: deform_images(IMAGES[:BLOCK], *drawn, 0.0, threads), BLOCK)


def main() -> None:
    """Print one line for each part."""
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    straight = dataclasses.replace(USUAL, elastic=0)
    drawn = draw(USUAL, (28, 28), 0, 1, 0)
    whole = microseconds(lambda: augmented(IMAGES, USUAL, threads=threads), len(IMAGES))
    drawing = microseconds(lambda: draw(USUAL, (28, 28), 0, 1, 0), BLOCK)
    compiled, without = kernel(USUAL, threads), kernel(straight, threads)
    in_numpy = microseconds(lambda: deformed(IMAGES[:BLOCK], drawn), BLOCK)
    print(f"{threads} thread(s), microseconds of processor time for an image of 28×28 bytes")
    for name, figure in (
        ("all of it", whole),
        ("  drawing at random", drawing),
        ("  the kernel", compiled),
        ("    of it the field of displacements", compiled - without),
        ("NumPy in place of the kernel", in_numpy),
    ):
        print(f"{name:40s}{figure:7.1f}")


if __name__ == "__main__":
    main()
