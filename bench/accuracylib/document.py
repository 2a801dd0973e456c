"""docs/best-accuracy.md, from the rows that have been measured."""

import textwrap
from collections import Counter
from collections.abc import Sequence

from accuracylib.rows import REPEATS, Name, Rows, interval
from accuracylib.steps import STEP, mnist_section, steps_section
from accuracylib.tables import (
    KINDS,
    RIVAL,
    WIDTH,
    against,
    cell_of,
    folds_of,
    gap,
    table,
    value_of,
)

BASE = "chainrule, defaults"
LAB = "the lab, as published"
QUESTIONS = {
    "What does the learning rate do?": "learning rate",
    "What does the number of hidden units do?": "width",
    "What does a second hidden layer do?": "two hidden layers",
}
BEGIN = """\
# What is the best test accuracy that you can get?

The lab ends on that question. Who answers it by changing settings until the test accuracy is high
has answered another one: how high the best of many is on these 270 images. Here no setting is
chosen by images that it is judged on, and where earlier trials on them had a say, that is said.
`bench/best_accuracy.py` measures the rows, keeps them in `bench/best_accuracy.jsonl`, and writes
this page from them.

Each method is measured on three divisions of the 1,797 images of the lab; MNIST comes at the end:

- the **published split**: 1,527 images to train on and 270 to test, where one image more or less
  is 0.0037. It says little, and is here since the lab printed it. A network is trained once there,
  from one seed; `bench/accuracy.py` prints by how much seeds alone change what comes out;
- **random folds**: ten, each held back once. The same writers are on either side;
- **contiguous folds**: the images in the order of the data set, in ten pieces, each held back
  once. Images by one writer stand near each other there: it is a stand-in for writers that were
  not trained on, whom a network meets that is used.

"Tuned" is nested: for each fold settings are chosen by five folds within the others, which are
contiguous where the outer ones are. Intervals are of 95 %: over folds those of Nadeau and Bengio
(2003), who count that folds share training images; on the split Wilson's (1927). Differences are
taken fold by fold, of the repeats that both have, or image by image on the split, where those that
are wrong on the same images differ by 0 without an interval. Where 0 is in the interval of a
difference, it may be chance.
"""


def document(
    rows: Rows,
    methods: Sequence[str],
    of_mnist: Sequence[str],
    places: Sequence[tuple[str, int]],
) -> str:
    """The page in Markdown, with what has not been measured said.

    Args:
        rows: that are whole.
        methods: all that there are of the digits, in order.
        of_mnist: likewise of MNIST.
        places: the divisions and their repeats, in order.
    """
    elsewhere = (*QUESTIONS.values(), STEP)
    others = [m for m in methods if not m.startswith(elsewhere)]
    parts = [BEGIN, "## The methods\n", *_methods(rows, others)]
    parts += [*steps_section(rows, methods), *_choices(rows)]
    for question, words in QUESTIONS.items():
        varied = [m for m in methods if m.startswith(words)]
        parts += [f"## {question}\n", *_question(rows, varied)]
    parts += [*mnist_section(rows, of_mnist)]
    parts += ["## What has not been measured\n", *_missing(rows, methods, of_mnist, places)]
    return "\n".join(parts)


def _methods(rows: Rows, methods: Sequence[str]) -> list[str]:
    header = ["", *KINDS.values()]
    body = [[LAB, ".915, one image in 12 wrong", "not published", "not published"]]
    body += [[method, *(cell_of(rows, method, kind) for kind in KINDS)] for method in methods]
    parts = ["Accuracy:\n", table(header, body)]
    for rival in (RIVAL, BASE):
        others = [method for method in methods if method != rival]
        higher = [[m, *(against(rows, m, rival, kind) for kind in KINDS)] for m in others]
        parts += [f"How much higher than {rival}:\n", table(header, higher)]
    return parts


def _choices(rows: Rows) -> list[str]:
    """What was chosen most often, of the tuned methods."""
    lines = []
    for method in sorted({name.method for name in rows if "tuned" in name.method}):
        chosen = [f.chosen for name, folds in rows.items() if name.method == method for f in folds]
        counts = Counter(
            ", ".join(f"{k.replace('_', ' ')} {value_of(v)}" for k, v in candidate.items())
            for candidate in chosen
        )
        (most, number), *_ = counts.most_common(1)
        words = (
            f"- {method}: {len(counts)} different settings were chosen in {counts.total()} folds, "
            f"most often {most} ({number} times)."
        )
        lines.append(textwrap.fill(words, WIDTH, subsequent_indent="  "))
    return ["What was chosen:\n", *lines, ""] if lines else []


def _question(rows: Rows, methods: Sequence[str]) -> list[str]:
    """One setting varied, all others as they are by default, beside the defaults."""
    kinds = ("random", "contiguous")
    body = [
        [method]
        + [cell_of(rows, method, kind) for kind in kinds]
        + [against(rows, method, BASE, kind) for kind in kinds]
        for method in methods
    ]
    header = ["", *(KINDS[kind] for kind in kinds)]
    header += [f"higher than the defaults by, {KINDS[kind]}" for kind in kinds]
    return [table(header, body), *_answer(rows, methods)]


def _answer(rows: Rows, methods: Sequence[str]) -> list[str]:
    """What may be said: the highest on random folds, and what is told apart from the defaults."""
    means = {
        method: interval(folds).value
        for method in methods
        if (folds := folds_of(rows, method, "random"))
    }
    if not means:
        return []
    best = max(means, key=lambda method: means[method])
    gaps = {method: gap(rows, method, BASE, "random") for method in means}
    apart = {
        "better": [method for method, gap in gaps.items() if gap and gap.low > 0],
        "worse": [method for method, gap in gaps.items() if gap and gap.high < 0],
    }
    told = ", ".join(f"{word} {'; '.join(names) or 'none'}" for word, names in apart.items())
    text = (
        f"The highest on random folds is {best}, {means[best]:.4f}, which flatters as the highest "
        f"of {len(means)}. Beyond chance, against the defaults on random folds: {told}."
    )
    return [textwrap.fill(text, WIDTH), ""]


def _missing(
    rows: Rows,
    methods: Sequence[str],
    of_mnist: Sequence[str],
    places: Sequence[tuple[str, int]],
) -> list[str]:
    lines = []
    for kind, repeat in [*places, ("mnist", 0)]:
        names = of_mnist if kind == "mnist" else methods
        missing = [m for m in names if Name(kind, repeat, m) not in rows]
        if missing:
            where = KINDS.get(kind, "MNIST")
            if kind == "random":
                where += f", repeat {repeat + 1} of {REPEATS}"
            which = "every method" if len(missing) == len(names) else "; ".join(missing)
            lines.append(textwrap.fill(f"- {where}: {which}.", WIDTH, subsequent_indent="  "))
    seconds = sum(fold.seconds for folds in rows.values() for fold in folds)
    return [
        *(lines or ["- Every row of the script is here."]),
        "",
        f"What is here took {seconds / 60:.1f} minutes of one processor. "
        "The aim was less than two hours on two.",
        "",
    ]
