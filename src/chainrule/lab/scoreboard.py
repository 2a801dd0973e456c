"""Settings of one's own against the baseline: a board of scores beside the notebook.

Scores are validation accuracies of several seeds. The test part is opened once; it is kept when.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np

from chainrule.data.dataset import Dataset
from chainrule.errors import ChainruleError
from chainrule.lab._display import shell
from chainrule.lab._kept import kept
from chainrule.lab.experiments import SEEDS, refuse_unusable, trained

SECTION = "scores"
OPENED = "the test part"  # the key under which its opening is kept
TO_BEAT = 0.978  # validation accuracy of the baseline


def enter_score(digits: Dataset | None = None, **setting: Any) -> None:
    """Train with a setting from five seeds, enter its validation accuracy, and print the board.

    Args:
        digits: scaled, with a validation part.
        setting: as `trained` takes it: hidden=64, learning_rate=0.03, ….

    Raises:
        ChainruleError: if a setting cannot be, the digits are missing, or the notebook's first
            cell was not run.
    """
    _refuse_unkept()
    digits = refuse_unusable(digits, setting)
    # Of the networks as they are kept: with averaging or patience not those of the last epoch.
    nets = [trained(digits, seed, **setting)[0] for seed in SEEDS]
    accuracies = [net.accuracy(*digits.part("validation")) for net in nets]
    mean, spread = float(np.mean(accuracies)), float(np.std(accuracies, ddof=1))
    kept.keep(SECTION, _name(setting), {"mean": mean, "spread": spread, "at": _now()})
    print(_board())


def open_test(digits: Dataset | None = None, **setting: Any) -> None:
    """Look at the test part with the setting that was chosen: once.

    A second call looks no more, and says when the first did and what it saw.

    Args:
        digits: scaled, with a validation part.
        setting: as it was entered.

    Raises:
        ChainruleError: if a setting cannot be, the digits are missing, or the notebook's first
            cell was not run.
    """
    _refuse_unkept()
    digits = refuse_unusable(digits, setting)
    opened = kept.section(SECTION).get(OPENED)
    if opened is None:
        nets = [trained(digits, seed, **setting)[0] for seed in SEEDS]
        accuracies = [float(net.accuracy(digits.X_test, digits.y_test)) for net in nets]
        opened = {"setting": _name(setting), "accuracies": accuracies, "at": _now()}
        kept.keep(SECTION, OPENED, opened)
        print(f"The test part is open now, {opened['at']}, for {opened['setting']}.")
    else:
        print(
            f"The test part was opened {opened['at']}, for {opened['setting']}, and is not opened "
            "again: to look again is to choose by it. What was seen then:"
        )
    seen = np.array(opened["accuracies"])
    mean, spread = seen.mean(), seen.std(ddof=1)
    by_images = np.sqrt(mean * (1 - mean) / len(digits.y_test))
    print("test accuracy of the five seeds:", seen.round(3))
    print(f"mean {mean:.3f}, spread between the seeds {spread:.3f}")
    print(f"spread that comes of having only {len(digits.y_test)} test images: {by_images:.3f}")


def _refuse_unkept() -> None:
    """Refuse in a notebook that was not begun: nothing would be kept over a restart."""
    if shell() is not None and not kept.is_begun:
        raise ChainruleError(
            "the first cell of this notebook, with `start(`, has not run since the kernel began. "
            "It says where the board is kept, and whether the test part was opened: run it, then "
            "this cell again"
        )


def _board() -> str:
    """The scores, best first, and which of them beat the baseline by more than chance."""
    scores = {name: one for name, one in kept.section(SECTION).items() if name != OPENED}
    ranked = sorted(scores.items(), key=lambda item: -item[1]["mean"])
    lines = [f"validation accuracy of five seeds; to beat: {TO_BEAT}"]
    for place, (name, one) in enumerate(ranked, 1):
        ahead = one["mean"] - TO_BEAT
        word = "" if ahead <= 0 else ", ahead by less than its spread: say nothing yet"
        word = ", ahead by more than its spread" if ahead > one["spread"] else word
        lines.append(f"{place:>3}. {one['mean']:.4f} ± {one['spread']:.4f}  {name}{word}")
    return "\n".join(lines)


def _name(setting: Mapping[str, Any]) -> str:
    """A setting in words; its order does not matter."""
    return ", ".join(f"{key}={setting[key]!r}" for key in sorted(setting)) or "baseline"


def _now() -> str:
    return datetime.now().astimezone().strftime("on %Y-%m-%d at %H:%M")
