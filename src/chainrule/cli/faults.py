"""chainrule faults: the mistakes that are known, to be read."""

import json
import re
import textwrap
from itertools import groupby

import click

from chainrule.cli._options import json_option, mistakes
from chainrule.cli._streams import say
from chainrule.faults import Fault, catalogue, fault, network_steps, placements

WIDTH = 92  # of what is said of a mistake
MOST_FORMULAS = 4
# Where a mistake is, by the beginning of its id, in the order of the lab.
PLACES = {
    "one-hot": "one_hot",
    "softmax": "softmax",
    "nll": "nll",
    "sigmoid": "sigmoid",
    "dsigmoid": "dsigmoid",
    "forward": "the forward pass",
    "loss": "the loss",
    "grad": "the gradient",
    "train": "the training",
    "predict": "predict",
    "accuracy": "accuracy",
}
CODE = "the code"  # where mistakes are that are no formula


@click.command("faults")
@click.argument("id_", metavar="[ID]", required=False, shell_complete=mistakes)
@json_option
def faults_verb(id_: str | None, as_json: bool) -> None:
    """List the mistakes that are known, or explain one of them.

    \b
    Examples:
      chainrule faults
      chainrule faults grad-preactivation
    """
    if id_ is not None:
        entry = fault(id_)
        say(json.dumps(_as_data(entry)) if as_json else _page(entry))
        return
    entries = list(catalogue().values())
    say(json.dumps({"faults": [_row(f) for f in entries]}) if as_json else _list(entries))


def _place(entry: Fault) -> str:
    if entry.is_code:
        return CODE
    return next(place for key, place in PLACES.items() if entry.id.startswith(f"{key}-"))


def _row(entry: Fault) -> dict[str, str]:
    return {"id": entry.id, "title": entry.title, "place": _place(entry), "seen": entry.seen}


def _as_data(entry: Fault) -> dict[str, str | list[str]]:
    return {
        **_row(entry),
        "where": entry.where,
        "formulas": _formulas(entry),
        "right": entry.right,
        "believed": entry.believed,
        "truth": entry.truth,
    }


def _formulas(entry: Fault) -> list[str]:
    """Ways to write the mistake; what is a step of a network, with one hidden layer."""
    lines = [
        f"{step.name} = {step.text}"
        for output in ("softmax", "sigmoid")  # some are mistakes with one of the two alone
        for step in placements(entry.id, network_steps(1, output=output))
    ]
    lines = lines or [f"{wrong.kind} = {wrong.text}" for wrong in entry.formulas]
    return list(dict.fromkeys(lines))[:MOST_FORMULAS]


def _list(entries: list[Fault]) -> str:
    order = [*PLACES.values(), CODE]
    width = max(len(entry.id) for entry in entries)
    lines: list[str] = []
    in_order = sorted(entries, key=lambda entry: order.index(_place(entry)))
    for place, group in groupby(in_order, _place):
        lines.append(f"In {place}")
        for entry in group:
            lines.append(f"  {entry.id:{width}}  {entry.title}")
            if entry.seen:
                count = re.split("[,;]", entry.seen)[0]  # the page of the mistake says the rest
                lines.append(f"  {'':{width}}  (seen in {count})")
        lines.append("")
    return "\n".join([*lines, "chainrule faults ID explains one of them."])


def _page(entry: Fault) -> str:
    parts = [f"{entry.id}: {entry.title}", _paragraph("Where to look:", entry.where)]
    formulas = _formulas(entry)
    if formulas:
        parts.append("\n  ".join(["Wrong:", *formulas]))
    parts += [
        f"Right:\n  {entry.right}",
        _paragraph("Whoever writes this seems to think that", f"{entry.believed}."),
        _paragraph("What is true:", entry.truth),
    ]
    if entry.seen:
        parts.append(f"Seen in {entry.seen}.")
    return "\n\n".join(parts)


def _paragraph(heading: str, text: str) -> str:
    lines = textwrap.wrap(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n  ".join([heading, *lines])
