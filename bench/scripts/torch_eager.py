"""The digits job with PyTorch.

python -m scripts.torch_eager DIGITS.npz HIDDEN
"""

from __future__ import annotations

import sys
from typing import Any

import torch

from scripts import digits


def new_model(first: list[digits.Floats]) -> Any:
    """A network with the given first weights `(fan_in, fan_out)`; its output is the logits."""
    n_features, hidden, n_classes = *first[0].shape, len(first[-1])
    model = torch.nn.Sequential(
        torch.nn.Linear(n_features, hidden),
        torch.nn.Sigmoid(),
        torch.nn.Linear(hidden, n_classes),
    )
    with torch.no_grad():
        for own, given in zip(model.parameters(), first, strict=True):
            own.copy_(torch.from_numpy(given.T))
    return model


def train(model: Any, X: Any, y: Any, batches: Any, rate: float) -> None:
    """One step for each row of `batches`, indices `(steps, B)` of samples."""
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=rate)
    for batch in batches:
        optimizer.zero_grad()
        criterion(model(X[batch]), y[batch]).backward()
        optimizer.step()


def main() -> None:
    """Do the job."""
    path, hidden = sys.argv[1:]
    parts = digits.load(path)
    X, y = torch.from_numpy(parts[0]), torch.from_numpy(parts[1])
    model = new_model(digits.first_weights(64, int(hidden), 10))

    def probabilities(X: digits.Floats) -> Any:
        with torch.no_grad():
            return model(torch.from_numpy(X)).softmax(dim=1)

    digits.report(0, probabilities, parts)
    for epoch in range(1, digits.EPOCHS + 1):
        order = torch.from_numpy(digits.order(epoch, len(X)))
        train(model, X, y, order[:, None], digits.NET_RATE)
        digits.report(epoch, probabilities, parts)


if __name__ == "__main__":
    main()
