"""How `train` is called: which argument is the rate, which a count, which is left alone."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
from learner_files import FUNCTIONS, NETWORK, module

STEP = """
    def train(self, X, y, {signature}):
{before}        for _ in range({count}):
            for name, gradient in self.grad_loss(X, y).items():
                setattr(self, name, getattr(self, name) {sign} {rate} * gradient)
"""
COUNTS = (
    *("steps", "n_steps", "num_steps", "nb_steps", "number_of_steps", "max_steps", "nsteps"),
    *("passes", "n_passes", "num_passes", "n_pas", "nb_pas", "passages"),
    *("epochs", "n_epochs", "epoch", "nb_epoques", "iterations", "n_iter", "max_iter", "niter"),
    *("repeats", "n_repeats", "repetitions", "times", "rounds", "sweeps", "tours", "updates"),
)
RATES = (
    *("lr", "learning_rate", "learningRate", "rate", "eta", "alpha", "step", "step_size"),
    *("stepsize", "pas", "taux", "taux_apprentissage", "pas_apprentissage", "l", "_lr", "lrate"),
)


def train(
    tmp_path: Path, signature: str, rate: str, count: str = "1", sign: str = "-", before: str = ""
) -> Finding:
    """The finding on a `train` with these arguments after X and y."""
    text = STEP.format(signature=signature, rate=rate, count=count, sign=sign, before=before)
    findings = judge(module(tmp_path, FUNCTIONS + NETWORK + text))
    (finding,) = [finding for finding in findings if finding.name == "NeuralNet.train"]
    return finding


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_not_taken_for_the_rate(tmp_path: Path, name: str) -> None:
    for rate, signature in (
        ("learning_rate", f"learning_rate, {name}"),
        ("lr", f"lr=0.1, {name}=1"),
        ("eta", f"{name}=1, eta=0.1"),
    ):
        assert train(tmp_path, signature, rate, name).passed, signature
        wrong = train(tmp_path, signature, rate, name, sign="+")
        assert wrong.faults == ("train-sign",), signature


@pytest.mark.parametrize("name", RATES)
def test_a_rate_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    for signature, count in (
        (name, "1"),
        (f"{name}=0.01", "1"),
        (f"{name}, steps=1", "steps"),
        (f"steps, {name}", "steps"),
    ):
        assert train(tmp_path, signature, name, count).passed, signature
        wrong = train(tmp_path, signature, name, count, sign="+")
        assert wrong.faults == ("train-sign",), signature
        wrong = train(tmp_path, signature, f"{name} * {name}", count)
        assert wrong.faults == ("train-learning-rate",), signature


def test_a_kept_rate_stays_the_rate_beside_counts(tmp_path: Path) -> None:
    for signature in ("steps", "n_iter=1", "step=1", "k", "k=1"):
        count = signature.removesuffix("=1")
        for sign, mistakes in (("-", ()), ("+", ("train-sign",))):
            text = (FUNCTIONS + NETWORK).replace(
                "        self.output_size = output_size\n",
                "        self.output_size = output_size\n        self.lr = 0.1\n",
            ) + STEP.format(signature=signature, rate="self.lr", count=count, sign=sign, before="")
            findings = {f.name: f for f in judge(module(tmp_path, text))}
            assert findings["NeuralNet.train"].faults == mistakes, signature
            assert findings["NeuralNet.train"].passed is not bool(mistakes)


@pytest.mark.parametrize(
    ("signature", "rate", "count", "before"),
    [
        ("steps, step", "step", "steps", ""),
        ("lr, step=1", "lr", "step", ""),  # beside a rate, a step is one of several
        ("lr, pas", "lr", "pas", ""),
        ("n_steps=1, step_size=0.1, verbose=False", "step_size", "n_steps", ""),
        ("lr, k", "lr", "k", ""),  # of unknown names
        ("k, lr", "lr", "k", ""),
        ("how_fast, k", "how_fast", "k", ""),
        ("k, how_fast", "how_fast", "k", ""),
        ("how_fast", "how_fast", "1", ""),
        ("how_fast=0.1, k=1", "how_fast", "k", ""),
        ("lr, batch_size=1, n=1", "lr", "n", ""),
        ("verbose=False, lr=0.1", "lr", "1", ""),
        ("k=1, lr=0.1", "lr", "k", ""),
        ("lr, momentum", "(lr + 0 * momentum)", "1", ""),
        ("lr, decay", "lr", "1", "        self.W_h = self.W_h * (1 - decay)\n"),
        ("lr, lr_decay=0.0", "(lr / (1 + lr_decay))", "1", ""),
        ("lr, dropout_rate=0.0", "(lr * (1 - dropout_rate))", "1", ""),
        ("beta=0.0, lr=0.1", "(lr * (1 - beta))", "1", ""),
        ("lr, alpha=0.0", "(lr * (1 - alpha))", "1", ""),
        ("lr, k, shuffle", "lr", "k", "        assert shuffle in (0, 1)\n"),
    ],
)
def test_what_else_is_asked_for_is_given_what_changes_nothing(
    tmp_path: Path, signature: str, rate: str, count: str, before: str
) -> None:
    assert train(tmp_path, signature, rate, count, before=before).passed
    wrong = train(tmp_path, signature, rate, count, sign="+", before=before)
    assert wrong.passed is False
