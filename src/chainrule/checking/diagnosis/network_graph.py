"""The graph of a learner's class: the steps of its network, with what was found out of each."""

import re
from collections.abc import Mapping, Sequence

from chainrule.checking.diagnosis.blame import LineVerdict
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.graph import MOST, Graph, Node, Part, Standing
from chainrule.checking.diagnosis.network import Network, in_own_names
from chainrule.faults.steps import FORWARD, Step, network_steps

_PARTS = {
    "forward": Part.FORWARD,
    "loss": Part.FORWARD,
    "grad_loss": Part.BACKWARD,
    "train": Part.UPDATE,
}
_ASSIGNED = re.compile(r"\s*(\w+)\s*=(?!=)(.*)", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*(?:\[\d+\])?")


def network_graph(network: Network, findings: Mapping[str, Finding]) -> Graph | None:
    """The steps of a network; None if its forward pass is not known or there are too many.

    Nor is it drawn where a method is wrong that is none of its parts: all of it would look right.
    A method of which it is not known which of its steps are right is one box. The formula of a
    step is shown where the step is right: what belongs elsewhere is told by the hints alone.

    Args:
        network: what the class computes.
        findings: on its methods, by their names.
    """
    if any(f.passed is False for method, f in findings.items() if method not in _PARTS):
        return None
    steps: dict[str, list[Step]] = {method: [] for method in _PARTS if method in findings}
    for step in network_steps(network.hidden_layers, activation=network.activation,
                              output=network.output, loss=network.loss):  # fmt: skip
        if _method(step) in steps and _has_parameter(network, step):
            steps[_method(step)].append(step)
    blamed = {m: _blamed(network, findings[m], steps[m]) for m in steps}
    if blamed.get("forward") is None:
        return None
    drawn: list[Node] = []
    reads: list[tuple[str, ...]] = []
    keys: list[str] = []
    for method, own in steps.items():
        wrong = blamed[method]
        if wrong is None:
            standing = Standing.WRONG if findings[method].passed is False else Standing.NOT_JUDGED
            drawn.append(Node(method, "", "", _PARTS[method], standing))
            reads.append(("y",) if method in ("loss", "grad_loss") else ("grad_loss",))
            keys.append(method)
            continue
        for step in own:
            standing, computed = wrong.get(step.name, (Standing.RIGHT, ""))
            name, text = _names(network, step)
            shown = text if standing is Standing.RIGHT else ""
            drawn.append(Node(name, shown, f"in {method}", _PARTS[method], standing))
            is_wrong = standing is Standing.WRONG
            reads.append(tuple(_WORD.findall(computed)) if is_wrong else step.reads)
            keys.append(step.name)
    place = {key: i for i, key in enumerate(keys)}
    place |= {node.name: i for i, node in enumerate(drawn) if node.part is not Part.UPDATE}
    if "grad_loss" in place:  # what the update reads of a gradient that is one box
        place |= {s.name: place["grad_loss"] for s in steps["grad_loss"]}
    edges = {(place[r], i) for i, read in enumerate(reads) for r in read if r in place}
    graph = Graph(tuple(drawn), tuple(sorted(e for e in edges if e[0] < e[1])))
    return _with_standings(graph) if len(drawn) <= MOST else None


def _has_parameter(network: Network, step: Step) -> bool:
    """Whether a step that belongs to a parameter belongs to one that there is."""
    parameter = step.name.partition("_")[2]
    return not parameter.startswith(("W_", "b_")) or parameter in network.parameters


def _method(step: Step) -> str:
    if step.kind in FORWARD:
        return "forward"
    if step.kind == "loss":
        return "loss"
    return "train" if step.kind.startswith("new_") else "grad_loss"


def _names(network: Network, step: Step) -> tuple[str, str]:
    """The name of a step's quantity and its formula, as the learner would write them."""
    missing = f" + b_{step.layer}" if f"b_{step.layer}" not in network.parameters else ""
    gradients = {f"grad_{name}": f"grad_{own}" for name, own in network.parameters.items()}
    text = step.text.removesuffix(missing)
    text = in_own_names(in_own_names(text, network.parameters), gradients)
    return _own_name(network, step.name), text


def _own_name(network: Network, name: str) -> str:
    for prefix in ("grad_", "new_"):
        own = network.parameters.get(name.removeprefix(prefix))
        if name.startswith(prefix) and own is not None:
            return own if prefix == "new_" else f"grad_{own}"
    return in_own_names(name, network.parameters)


def _blamed(
    network: Network, finding: Finding, steps: Sequence[Step]
) -> dict[str, tuple[Standing, str]] | None:
    """The steps that are not right, and what they compute; None if it is not known which."""
    if finding.passed:
        return {}
    by_name = {_own_name(network, step.name): step.name for step in steps}
    if finding.passed is False and any(line.passed is False for line in finding.lines):
        return _judged_by_lines(finding.lines, by_name)
    if finding.passed is None or not finding.blames or finding.reason:
        return None
    wrong: dict[str, tuple[Standing, str]] = {}
    for blame in finding.blames:
        only = steps[0].name if len(steps) == 1 else None
        name = by_name.get(blame.quantity, only)
        if name is None:
            return None
        wrong[name] = (Standing.WRONG, blame.computed)
    return wrong


def _judged_by_lines(
    lines: Sequence[LineVerdict], by_name: Mapping[str, str]
) -> dict[str, tuple[Standing, str]] | None:
    """The same of a method that was judged line by line.

    Args:
        lines: at least one of them is wrong.
        by_name: the names of its steps, by those that the learner would give them.
    """
    found = dict.fromkeys(by_name.values(), (Standing.NOT_JUDGED, ""))
    for line in lines:
        assigned = _ASSIGNED.fullmatch(line.source)
        step = by_name.get(assigned[1]) if assigned else None
        if line.left or (line.passed is False and step is None):
            return None
        if assigned is None or step is None or found[step][0] is Standing.WRONG:
            continue
        if line.passed is not None:
            found[step] = (Standing.RIGHT if line.passed else Standing.WRONG, assigned[2])
    return found


def _with_standings(graph: Graph) -> Graph:
    """The graph in which what is computed from what is wrong says so."""
    nodes = list(graph.nodes)
    spoilt = {i for i, node in enumerate(nodes) if node.standing is Standing.WRONG}
    for source, target in sorted(graph.edges):  # what comes first in the computation comes first
        if source not in spoilt:
            continue
        spoilt.add(target)
        old = nodes[target]
        if old.standing is Standing.RIGHT:
            nodes[target] = Node(old.name, old.code, old.place, old.part, Standing.BUILT_ON_WRONG)
    return Graph(tuple(nodes), graph.edges)
