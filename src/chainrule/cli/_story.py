"""What a run has shown, in three sentences computed from its figures.

What the hidden layer gained, and whether that is more than chance; whether the model has memorised
its training part; and what to do next.
"""

import dataclasses
import math
import shlex
from statistics import fmean
from typing import Any

from chainrule.nn.evaluate import Comparison, compare_models
from chainrule.runs.config import RunConfig
from chainrule.runs.outcome import Run
from chainrule.training.health import Diagnosis

CHANCE = 0.05  # a smaller p-value is called more than chance
RISEN = 1.1  # times its lowest, a held-out loss has risen
SURE = 2.0  # standard errors between two accuracies
STILL_FALLING = 0.01  # of the held-out loss, in the last epoch


def story(run: Run) -> list[str]:
    """Three sentences; none of a run in which nothing was trained."""
    if not run.outcomes or run.main.metrics["epochs"] == 0:
        return []
    return [_gained(run), _memorised(run), _next(run)]


def _gained(run: Run) -> str:
    """What a hidden layer, or a mistake, changed on the test part, and whether that is chance."""
    X, y = run.data.part("test")
    if len(run.outcomes) == 1:
        accuracy = run.main.metrics["test_accuracy"]
        low, high = _interval(accuracy, len(y))
        return (
            f"{round(accuracy * len(y))} of {len(y)} test samples are right: on so many, an "
            f"accuracy of {accuracy:.4f} may as well be {low:.3f} or {high:.3f} (Wilson's 95 % "
            "interval). What a hidden layer gains shows beside softmax regression: --model both."
        )
    first, second = run.outcomes
    pair = compare_models(first.trained.model, second.trained.model, X, y)
    gain = pair.only_second - pair.only_first
    if first.name == "right":
        verb, one, other = "costs", "the network that makes it", "the right one"
        what, gain = "The mistake", -gain
        verb = verb if gain >= 0 else "gains"
    else:
        verb, one, other = "gained" if gain >= 0 else "lost", "the network", "softmax regression"
        what = "The hidden layer"
    how_many = f"{abs(gain) or 'none'} of {len(y)} test samples"
    if pair.only_first + pair.only_second == 0:
        return f"{what} {verb} {how_many}: {one} and {other} are right on the same ones."
    lucky = (
        " That does not make its gradient the derivative of the loss: steps that are too long, or "
        "askew, can do well for a while, which is why accuracy alone does not show a mistake."
    )
    return (
        f"{what} {verb} {how_many}: {one} alone is right on {pair.only_second}, {other} alone on "
        f"{pair.only_first}. {_chance(pair)}{lucky if verb == 'gains' else ''}"
    )


def _chance(pair: Comparison) -> str:
    p = pair.p_value
    figure = (
        f"McNemar's exact test, p = {p:.2g}" if p >= 1e-4 else "McNemar's exact test, p < 1e-4"
    )
    if p < CHANCE:
        return f"That is more than chance ({figure})."
    return f"On so few that differ, it may be chance ({figure})."


def _memorised(run: Run) -> str:
    """Whether the shown model knows its training part better than what it was not trained on."""
    part, n = _held_out(run)
    history, m = run.main.history, run.main.metrics
    subject = "The network" if run.main.name != "logistic" else "Softmax regression"
    if run.main.diagnosis is not None:
        return (
            f"{subject} has not learned ({run.main.diagnosis.kind}): {run.main.diagnosis.finding}."
        )
    losses = [row for row in history.column(f"{part}_loss_mean") if row is not None]
    lowest = min(range(len(losses)), key=losses.__getitem__)
    train, held_out = m["train_accuracy"], m[f"{part}_accuracy"]
    loss = _loss_alone(run, part)
    if loss > RISEN * losses[lowest]:
        if "members" in m:
            return (
                f"The networks have begun to memorise, each for itself: their mean {part} loss "
                f"was lowest at epoch {lowest}, {losses[lowest]:.4f}, and is {loss:.4f}, while "
                f"the training loss went on to {_loss_alone(run, 'train'):.4f}. Together they "
                f"have {m[f'{part}_loss']:.4f} and {m['train_loss']:.4f}."
            )
        return (
            f"{subject} has begun to memorise: the {part} loss was lowest at epoch {lowest}, "
            f"{losses[lowest]:.4f}, and is {loss:.4f}, while the training loss went on to "
            f"{m['train_loss']:.4f}."
        )
    error = math.sqrt(max(held_out * (1 - held_out), 1 / n) / n)
    if train - held_out > SURE * error:
        return (
            f"{subject} knows its training part better than other samples, {train:.4f} and "
            f"{held_out:.4f} of the {part} part ({(train - held_out) / error:.1f} standard errors "
            f"less); but the {part} loss has not risen from its lowest, so that it has not "
            "memorised at their cost."
        )
    return (
        f"Nothing shows that {subject[0].lower()}{subject[1:]} has memorised: {train:.4f} of the "
        f"training part are right and {held_out:.4f} of the {part} part, a difference that "
        f"may be chance on {n} samples."
    )


def _loss_alone(run: Run, part: str) -> float:
    """Of the model as it is kept; of an ensemble the mean of its networks', as in its history."""
    m = run.main.metrics
    alone: list[float] = [one[f"{part}_loss"] for one in m.get("members", [m]) if one["epochs"]]
    return fmean(alone)


def _next(run: Run) -> str:
    """One command to type next, and why."""
    config, main, folder = run.config, run.main, shlex.quote(str(run.folder))
    part, _ = _held_out(run)
    if config.faults:
        id_ = config.faults[0].partition("@")[0]
        return f"Next: chainrule faults {id_}, which says what is true instead, and why."
    if main.diagnosis is not None:
        change = _remedy(main.diagnosis, main.settings.learning_rate)
        if not change:
            return f"Next: chainrule worst {folder}, and look at samples beside their labels."
        if config.augment and "scale" in change:  # deformed images need one scale for all pixels
            change["scale"] = "unit"
        return f"Next: {_train(config, change)}, since what helps is {main.diagnosis.remedy}."
    losses = [row for row in main.history.column(f"{part}_loss_mean") if row is not None]
    if _loss_alone(run, part) > RISEN * min(losses):
        # An average is of the last epochs, and with patience nobody knows which they are.
        stop = {"validation": config.validation or 0.1, "patience": 3, "averaging": 0.0}
        command = _train(config, stop | {"epochs": max(config.epochs, 30)})
        return f"Next: {command}, which stops where it begins to memorise."
    fell = len(losses) > 1 and losses[-1] == min(losses)
    if fell and losses[-1] < (1 - STILL_FALLING) * losses[-2] and not config.patience:
        command = f"chainrule train --resume {folder} --epochs {2 * config.epochs}"
        if main.settings.depends_on_epochs:
            command = _train(config, {"epochs": 2 * config.epochs})
        return f"Next: {command}, since the {part} loss is still falling."
    return f"Next: chainrule worst {folder}, which lists the test samples that it gets most wrong."


def _remedy(diagnosis: Diagnosis, rate: float) -> dict[str, Any]:
    """Settings that a diagnosis asks for; none where it is the samples that must be looked at."""
    slower = {"learning_rate": float(f"{rate / 10:.2g}")}
    scaled = {"scale": "standard", "init": "glorot"}
    changes: dict[str, dict[str, Any]] = {
        "zero initialisation": {"init": "glorot"},
        "dead units": slower,
        "saturated units": scaled if "scaled" in diagnosis.remedy else slower,
        "exploding gradient": slower,
        "steps too small": {"learning_rate": float(f"{rate * 100:.2g}")},
        "vanishing gradient": {"activation": "relu", "init": "he"},
        "shuffled labels": {},
        "unexplained": slower,
    }
    return changes[diagnosis.kind]


def _train(config: RunConfig, change: dict[str, Any]) -> str:
    """The command that trains as this run did, with some settings changed."""
    words, changed = ["chainrule train"], dataclasses.replace(config, **change)
    for setting in dataclasses.fields(RunConfig):
        value, name = getattr(changed, setting.name), setting.name.replace("_", "-")
        if value == setting.default or setting.name in ("engine", "faults"):
            continue
        if setting.name == "models":
            words.append(f"--model {value[0]}")
        elif setting.name == "shuffle":
            words.append("--no-shuffle")
        else:
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            words.append(f"--{name} {shlex.quote(text)}")
    return " ".join(words)


def _held_out(run: Run) -> tuple[str, int]:
    """The part on which memorising would show, and how many samples it has."""
    if run.data.X_validation is not None:
        return "validation", len(run.data.X_validation)
    return "test", len(run.data.X_test)


def _interval(share: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval for a share of n. Source: Wilson (1927)."""
    z = 1.96
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return middle - half, middle + half
