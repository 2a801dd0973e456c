"""A finding in words: for the learner, who is told more with every hint, and as data."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.diagnosis.errors_explained import explain_problem
from chainrule.errors import ChainruleError
from chainrule.faults.listed import fault

if TYPE_CHECKING:  # a finding asks this module for its words
    from chainrule.diagnosis.finding import Blame, Finding

HINTS = (1, 2, 3)
DIGITS = 6  # significant ones of numbers in data
REMARKS = {
    "labels-not-integers": (
        "It works, but fails on labels stored as floats such as 3.0; "
        "y.astype(int) would take both."
    ),
    "sigmoid-overflows": "It is right, but not finite, or gives a warning, at ±1000.",
}


def message(finding: "Finding", hint: int = 2) -> str:
    """What to tell the learner; "" of what passed without a remark.

    Args:
        finding: what was found.
        hint: 1 says what kind of mistake it is and where to look, 2 what was computed and what
            that takes to be true, 3 what is true and why.

    Raises:
        ChainruleError: if hint is not 1, 2 or 3.
    """
    if hint not in HINTS:
        raise ChainruleError(f"hint must be 1, 2 or 3; got {hint!r}")
    if finding.passed:
        return "\n".join(REMARKS[remark] for remark in finding.remarks)
    if finding.faults == ("not-implemented",):
        return f"`{finding.name}` is not written yet."
    parts = [_mistake(finding.name, group, hint) for group in _grouped(finding.blames)]
    reason, problem = finding.reason, finding.problem
    if reason and (problem is None or reason != problem.text):
        parts.append(_as_sentence(reason, finding.name))
    if problem is not None:
        parts.append(explain_problem(problem))
    return "\n\n".join(parts)


def to_dict(finding: "Finding", hint: int = 2) -> dict[str, Any]:
    """A finding as data that JSON can hold.

    `expected` and `actual` are nested lists of numbers with six significant digits, or None;
    numbers that are not finite are the texts "nan", "inf" and "-inf", since JSON has none.

    Args:
        finding: what was found.
        hint: how much the message says, as in `message`.

    Raises:
        ChainruleError: if hint is not 1, 2 or 3.
    """
    return {
        "name": finding.name,
        "definition": finding.definition,
        "passed": finding.passed,
        "faults": list(finding.faults),
        "remarks": list(finding.remarks),
        "message": message(finding, hint),
        "cell": finding.cell,
        "line": finding.line,
        "expected": _nested(finding.expected),
        "actual": _nested(finding.actual),
    }


def _grouped(blames: "Sequence[Blame]") -> "list[list[Blame]]":
    """The same mistake in several quantities together, in the order of first mention."""
    groups: dict[str, list[Blame]] = {}
    for blame in blames:
        groups.setdefault(blame.fault, []).append(blame)
    return list(groups.values())


def _mistake(name: str, blames: "Sequence[Blame]", hint: int) -> str:
    """One mistake, in one or several quantities of the function `name`."""
    known = fault(blames[0].fault)
    quantities = list(dict.fromkeys(b.quantity for b in blames if b.quantity not in ("", name)))
    at = f" (in {', '.join(f'`{q}`' for q in quantities)})" if quantities else ""
    lines = [f"The mistake: {known.title}{at}."]
    if hint < 2 or not known.is_code:  # what was raised says where, and is told below
        lines.append(known.where)
    if hint >= 2 and not known.is_code:
        lines += [line for blame in blames if (line := _computed(name, blame))]
        lines.append(f"Behind it may be the thought that {known.believed}.")
    if hint >= 3:
        if known.right not in {blame.right for blame in blames if blame.computed}:
            lines.append(f"Right: `{known.right}`.")
        lines.append(known.truth)
    return "\n".join(lines)


def _computed(name: str, blame: "Blame") -> str:
    """What was computed in place of what; "" if that is not known."""
    if not blame.computed:
        return ""
    whose = f"`{blame.quantity or name}`"
    instead = f", in place of `{blame.right}`" if blame.right else ""
    return f"{whose} is computed as `{blame.computed}`{instead}."


def _as_sentence(text: str, name: str) -> str:
    """A reason as a sentence; the names of the code in it are left as they are."""
    if text.startswith(name):
        text = f"`{name}`{text.removeprefix(name)}"
    elif text.split(" ", 1)[0].isalpha():
        text = text[0].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _nested(array: NDArray[Any] | None) -> Any:
    """An array as nested lists, rounded. Shape: `(...)`."""
    if array is None or array.dtype.kind not in "fiub":
        return None
    if array.dtype.kind != "f":
        return array.tolist()
    return _rounded(np.asarray(array, dtype=np.float64).tolist())


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else str(value)
