"""chainrule faults: the mistakes that are known, to be read."""

import json
import re
import textwrap
from itertools import groupby

import click

from chainrule.cli._options import json_option
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
@click.argument("id_", metavar="[ID]", required=False)
@json_option
def faults_verb(id_: str | None, as_json: bool) -> None:
    """List the mistakes that are known, or explain one of them.

    \b
    Examples:
      chainrule faults
      chainrule faults grad-preactivation
    """
    if id_ is not None:
        found = fault(id_)
        click.echo(json.dumps(_entry(found)) if as_json else _page(found))
        return
    known = list(catalogue().values())
    click.echo(json.dumps({"faults": [_row(f) for f in known]}) if as_json else _list(known))


def _place(found: Fault) -> str:
    if found.is_code:
        return CODE
    return next(place for key, place in PLACES.items() if found.id.startswith(f"{key}-"))


def _row(found: Fault) -> dict[str, str]:
    return {"id": found.id, "title": found.title, "place": _place(found), "seen": found.seen}


def _entry(found: Fault) -> dict[str, str | list[str]]:
    return {
        **_row(found),
        "where": found.where,
        "formulas": _formulas(found),
        "right": found.right,
        "believed": found.believed,
        "truth": found.truth,
    }


def _formulas(found: Fault) -> list[str]:
    """Ways to write the mistake; what is a step of a network, with one hidden layer."""
    lines = [
        f"{step.name} = {step.text}"
        for output in ("softmax", "sigmoid")  # some are mistakes with one of the two alone
        for step in placements(found.id, network_steps(1, output=output))
    ]
    lines = lines or [f"{wrong.kind} = {wrong.text}" for wrong in found.formulas]
    return list(dict.fromkeys(lines))[:MOST_FORMULAS]


def _list(known: list[Fault]) -> str:
    order = [*PLACES.values(), CODE]
    width = max(len(found.id) for found in known)
    lines: list[str] = []
    in_order = sorted(known, key=lambda found: order.index(_place(found)))
    for place, there in groupby(in_order, _place):
        lines.append(f"In {place}")
        for found in there:
            lines.append(f"  {found.id:{width}}  {found.title}")
            if found.seen:
                count = re.split("[,;]", found.seen)[0]  # the page of the mistake says the rest
                lines.append(f"  {'':{width}}  (seen in {count})")
        lines.append("")
    return "\n".join([*lines, "chainrule faults ID explains one of them."])


def _page(found: Fault) -> str:
    parts = [f"{found.id}: {found.title}", _paragraph("Where to look:", found.where)]
    formulas = _formulas(found)
    if formulas:
        parts.append("\n  ".join(["Wrong:", *formulas]))
    parts += [
        f"Right:\n  {found.right}",
        _paragraph("Whoever writes this seems to think that", f"{found.believed}."),
        _paragraph("What is true:", found.truth),
    ]
    if found.seen:
        parts.append(f"Seen in {found.seen}.")
    return "\n\n".join(parts)


def _paragraph(heading: str, text: str) -> str:
    lines = textwrap.wrap(text, WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "\n  ".join([heading, *lines])
