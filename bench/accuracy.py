"""Test accuracy of `chainrule train` with its defaults, over many seeds.

    uv run python bench/accuracy.py [SEEDS]

Trains both models on the digits from seeds 0, 1, … and prints mean, lowest and highest test
accuracy. About a second in all, with the compiled kernel.
"""

import sys

import numpy as np

from chainrule.nn.evaluate import score
from chainrule.runs.config import MODELS, RunConfig
from chainrule.runs.data import load_data
from chainrule.runs.models import new_model
from chainrule.training.fit import fit


def main() -> None:
    """Print one line for each model."""
    n_seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for name in MODELS:
        accuracies = []
        for seed in range(n_seeds):
            config = RunConfig(seed=seed)
            _, data = load_data(config)
            settings = config.settings(name)
            model = new_model(name, config, data, settings)
            fit(model, data.X_train, data.y_train, settings)
            accuracies.append(score(model, *data.part("test")).accuracy)
        print(
            f"{model!r}: test accuracy over {n_seeds} seeds: mean {np.mean(accuracies):.4f}, "
            f"lowest {min(accuracies):.4f}, highest {max(accuracies):.4f}"
        )


if __name__ == "__main__":
    main()
