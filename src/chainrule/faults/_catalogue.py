"""Mistakes as data: a step of the computation with a wrong formula, an id, and what to say of it.

The formulas are in `_functions.py`, `_forward.py` and `_backward.py`; the words in `words.toml`.
"""

import difflib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chainrule.errors import ChainruleError
from chainrule.faults import _backward, _forward, _functions
from chainrule.faults._wrong import Wrong
from chainrule.faults.steps import Step

# Faults that are no formula: told by the exception and the source.
CODE_FAULTS = (
    "labels-not-integers",
    "reads-notebook-variable",
    "misspelt-name",
    "shadows-function",
    "wrong-shape",
    "fixed-classes",
    "missing-return",
    "returns-several",
    "does-not-parse",
    "not-in-library",
    "not-implemented",
)
# Faults that no step of the lab's network can have: they are told by the record of a training, in
# networks of any kind.
RECORD_FAULTS = (
    "grad-output-every-label",
    "grad-output-labels",
    "grad-output-shape",
    "grad-other-activation",
    "grad-relu-mask",
    "grad-dropout-missing",
    "grad-softmax-diagonal",
    "grad-chain-broken",
    "grad-parentheses",
    "grad-weights-for-inputs",
    "grad-other-layer",
    "grad-sum-before-product",
    "grad-path-missing",
    "grad-not-added-up",
    "grad-penalty",
    "train-gradients-kept",
    "train-shared-memory",
    "train-step-alone",
    "train-whole-numbers",
    "train-moment-correction",
    "train-moment-multiplied",
    "train-moment-stored",
    "train-moment-weights",
    "train-step-count",
    "train-square-missing",
    "train-root-missing",
    "train-momentum-sign",
    "train-state-lost",
)
FORMULAS: dict[str, tuple[Wrong, ...]] = {
    **_functions.FORMULAS,
    **_forward.FORMULAS,
    **_backward.FORMULAS,
    **dict.fromkeys(RECORD_FAULTS, ()),
    **dict.fromkeys(CODE_FAULTS, ()),
}


@dataclass(frozen=True)
class Fault:
    """A mistake: wrong formulas, any of which is this mistake, and what there is to say.

    Attributes:
        id: its name everywhere.
        formulas: the ways to write it; none for a fault of the code rather than of a formula.
        title: what it is, in a few words.
        where: where to look, without the answer.
        believed: what someone who writes this takes to be true.
        right: the right formula, as one would write it in NumPy.
        truth: what is true instead, and why: the derivation.
        seen: how often it was met in published versions of the lab, "" where it was not counted.
    """

    id: str
    formulas: tuple[Wrong, ...]
    title: str
    where: str
    believed: str
    right: str
    truth: str
    seen: str = ""

    @property
    def is_code(self) -> bool:
        """Whether it is a fault of the code, told by the exception and the source."""
        return self.id in CODE_FAULTS


@functools.cache
def catalogue() -> dict[str, Fault]:
    """All faults by id, in the order of the computation.

    Raises:
        ChainruleError: naming a fault that has no words, or no formulas.
    """
    import tomllib

    words = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))
    unlike = sorted(words.keys() ^ FORMULAS.keys())
    if unlike:
        raise ChainruleError(
            f"the catalogue has either formulas or words alone of {', '.join(unlike)}; words.toml "
            "needs a part [ID] for each id of the formulas"
        )
    return {
        id_: Fault(id=id_, formulas=formulas, **words[id_]) for id_, formulas in FORMULAS.items()
    }


def fault(id_: str) -> Fault:
    """The fault of that id.

    Raises:
        ChainruleError: if there is none; the message names those that look most alike.

    >>> fault("grad-preactivation").right
    'grad_W_o = h.T @ grad_z_o'
    """
    if id_ not in FORMULAS:
        alike = [name for name in FORMULAS if len(id_) > 2 and id_ in name]
        alike = alike or difflib.get_close_matches(id_, FORMULAS, n=3, cutoff=0.5)
        near = " or ".join(alike[:3])
        mean = f"did you mean {near}? All" if near else "all"
        raise ChainruleError(f"there is no fault {id_!r}; {mean} are listed by chainrule faults")
    return catalogue()[id_]


def placements(
    id_: str, places: Sequence[Step], steps: Sequence[Step] | None = None
) -> Iterator[Step]:
    """The wrong steps that a fault can put in place of right ones, from the output layer down.

    What computes the same as the right step, in the same words, is no fault there and left out.

    Args:
        id_: of the fault.
        places: steps that may be replaced.
        steps: all steps of the computation, if `places` are not all.

    >>> from chainrule.faults import network_steps
    >>> for step in placements("grad-preactivation", network_steps(2)):
    ...     print(step.name, "=", step.text)
    grad_W_o = z_h2.T @ grad_z_o
    grad_W_h2 = z_h.T @ grad_z_h2
    """
    yield from _placed(id_, tuple(places), tuple(steps or places))


@functools.lru_cache(maxsize=4096)  # a judge asks the same for every attempt
def _placed(id_: str, places: tuple[Step, ...], steps: tuple[Step, ...]) -> tuple[Step, ...]:
    kinds = [wrong.kind for wrong in FORMULAS[id_]]
    # Within a layer the kind of step that the catalogue has first comes first.
    layers = list(dict.fromkeys(sorted((step.layer for step in places), key=lambda n: n != "o")))
    rank = {kind: kinds.index(kind) for kind in kinds}
    return tuple(
        candidate
        for step in sorted(places, key=lambda s: (layers.index(s.layer), rank.get(s.kind, 0)))
        for wrong in FORMULAS[id_]
        for candidate in wrong.at(step, steps)
        if candidate.text != step.text
    )
