"""Judges a network's forward pass."""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from chainrule.checking.diagnosis.bench import OWN, Bench, Setting, output_of
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import fault_of_code, no_numbers
from chainrule.checking.diagnosis.compare import Array, as_array, in_words, same
from chainrule.checking.diagnosis.explain import Explanation, explain_forward
from chainrule.checking.diagnosis.finding import Finding, first_right
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.learner.desk import Call, Reply
from chainrule.faults import Placed
from chainrule.faults.steps import FORWARD, OUTPUTS, Step, Values, network_steps
from chainrule.nn.activations import ACTIVATIONS

# Ways of computing a network, the lab's own first, then the likelier of each pair.
BASES = (
    ("sigmoid", "softmax"),
    ("sigmoid", "sigmoid"),
    *((name, output) for output in OUTPUTS for name in ACTIVATIONS if name != "sigmoid"),
)
SINGLES = 3  # samples that are tried one by one


@dataclass(frozen=True)
class ForwardPass:
    """How a learner's network computes its outputs.

    Attributes:
        finding: of the method `forward`.
        activation: of the hidden layers.
        output: "softmax" or "sigmoid".
        explanation: the mistakes in it; None if it was not understood.
        setting: in which it was understood.
        kept: attributes that it leaves behind.
        several: whether it returns more than the outputs.
    """

    finding: Finding
    activation: str = "sigmoid"
    output: str = "softmax"
    explanation: Explanation | None = None
    setting: Setting = OWN
    kept: tuple[str, ...] = ()
    several: bool = False

    def steps(
        self, hidden_layers: int, loss: str = "nll", reduction: str = "sum"
    ) -> tuple[Step, ...]:
        """The right steps of such a network."""
        return network_steps(hidden_layers, activation=self.activation, output=self.output,
                             loss=loss, reduction=reduction)  # fmt: skip

    def values(self, bench: Bench, rows: slice = slice(None)) -> Values:
        """What the learner's own forward pass computes, mistakes included.

        What the right one computes, where its own has no outputs of the right shape here.
        """
        steps = self.steps(len(bench.spelling.weights) - 1)
        wrong = (
            {}
            if self.explanation is None
            else {m.step.name: m.step for m in self.explanation.mistakes}
        )
        right = [s for s in steps if s.kind in FORWARD]
        if wrong:
            with contextlib.suppress(ValueError):
                own = bench.values([wrong.get(s.name, s) for s in right], rows)
                if own["y"].shape == own["t"].shape:
                    return own
        return bench.values(right, rows)

    def gradients(
        self, bench: Bench, rows: slice, loss: str = "nll", reduction: str = "sum"
    ) -> dict[str, Array]:
        """The right gradients of some samples, at what the learner's own forward pass computes.

        Shapes: those of the parameters, `(fan_in, fan_out)` of weights and `(fan_out,)` of biases.
        """
        values = self.values(bench, rows)
        for step in self.steps(len(bench.spelling.weights) - 1, loss, reduction):
            if step.kind.startswith("grad"):
                values[step.name] = step.formula(*(values[name] for name in step.reads))
        return {name: values[f"grad_{name}"] for name in bench.spelling.paths}


def blame_of(mistake: Placed, spelling: Spelling) -> Blame:
    """A mistake at a step as a blame, with the learner's own names of the parameters."""
    texts = (mistake.step.name, mistake.step.text, mistake.right)
    quantity, computed, right = map(spelling.in_own_names, texts)
    if mistake.step.name[5:] in spelling.paths:
        quantity = f"grad_{spelling.own_name(mistake.step.name[5:])}"
    return Blame(mistake.fault, quantity, computed, right)


def judge_forward(benches: Sequence[Bench], settings: Sequence[Setting], name: str) -> ForwardPass:
    """Judge the forward pass, in the learner's own setting and with what was wrong replaced.

    Args:
        benches: two, with different samples and parameters.
        settings: to try, in order.
        name: of the method, for the finding.
    """
    found = (_forward_in(benches, setting, name) for setting in settings)
    return first_right(found, lambda forward: forward.finding)


def _forward_in(benches: Sequence[Bench], setting: Setting, name: str) -> ForwardPass:
    first = benches[0]
    requests = [b.request(setting, Call("forward", (b.samples.X,)), want_state=True)
                for b in benches]  # fmt: skip
    requests += [b.request(setting, Call("forward", (b.samples.X[i],)))
                 for b in benches for i in range(SINGLES)]  # fmt: skip
    replies = first.desk.ask(requests)
    k = first.spelling.sizes[-1]
    batch = [output_of(reply, 0, (b.n, k)) for b, reply in zip(benches, replies, strict=False)]
    single = [output_of(reply, 0, (k,)) for reply in replies[len(benches) :]]
    kept = tuple(p for p in replies[0].state if p not in first.spelling.shapes and "." not in p)
    whole = as_array(replies[0].results[0]) if replies[0].results else None
    several = batch[0] is not None and whole is not batch[0]
    base = ForwardPass(Finding(name), setting=setting, kept=kept, several=several)

    for activation, output in BASES:
        candidate = replace(base, activation=activation, output=output, explanation=Explanation())
        expected = [candidate.values(b)["y"] for b in benches]
        batches = all(same(a, e) for a, e in zip(batch, expected, strict=True))
        each = [e[i] for e in expected for i in range(SINGLES)]
        singles = all(same(a, e) for a, e in zip(single, each, strict=True))
        if batches:
            return candidate
        if singles and not _feeds_batches(first, setting):
            raises = all(a is None for a in batch)
            meant = _explained_square(base, benches, setting) if raises else None
            return meant or candidate

    halted = stopped(name, replies)
    explained = _explained(base, benches, batch, single)
    if explained is None and all(a is None for a in batch):
        explained = _explained_square(base, benches, setting)
        if explained is not None and halted is not None and not explained.finding.blames:
            # Where sizes are equal it is right: why it stops elsewhere is all there is to say.
            return replace(explained, finding=halted)
    if explained is not None:
        return explained
    if halted is not None:
        return replace(base, finding=_in_other_order(halted, first.spelling))
    actual = batch[0] if batch[0] is not None else single[0]
    expected_y = replace(base, explanation=Explanation()).values(first)["y"]
    if batch[0] is None:
        expected_y = expected_y[0]
    finding = unexplained(name, actual, expected_y, replies)
    of_right = base.values(first, slice(None) if batch[0] is not None else slice(0, 1))
    given = _known_quantity(actual, of_right)
    if given:
        said = f"{name} gives `{given}`: what is computed after it does not reach the result"
        finding = replace(finding, reason=said)
    return replace(base, finding=finding)


def _known_quantity(actual: Array | None, values: Values) -> str | None:
    """Which quantity of the right network a wrong result is."""
    computed = {name: v for name, v in values.items() if re.fullmatch(r"x|z_\w+|h\d*", name)}
    if actual is None:
        return None
    return next((n for n, v in computed.items() if same(np.squeeze(actual), np.squeeze(v))), None)


def _feeds_batches(bench: Bench, setting: Setting) -> bool:
    """Whether the class itself gives whole batches to its forward pass."""
    data = bench.samples
    asked = [
        bench.request(setting, Call(method, (data.X, data.y)))
        for method in ("loss", "accuracy")
        if method in bench.methods
    ]
    for reply in bench.desk.ask(asked):
        output = as_array(reply.entered.get("forward", {}))
        if output is not None and output.ndim == 2 and len(output) == bench.n:
            return True
    return False


def _explained(
    base: ForwardPass, benches: Sequence[Bench], batch: Sequence[Array | None],
    single: Sequence[Array | None],
) -> ForwardPass | None:  # fmt: skip
    """The forward pass with the mistakes that explain it, if the catalogue has them."""
    hidden = len(benches[0].spelling.weights) - 1
    for rows in (slice(None), slice(0, 1)):
        probes = []
        for i, bench in enumerate(benches):
            seen = batch[i] if rows == slice(None) else single[i * SINGLES]
            if seen is not None:
                probes.append((bench.values((), rows), seen))
        if len(probes) < len(benches):
            continue
        best: ForwardPass | None = None
        for limits in ((0, 1), (2,)):
            for activation, output in BASES if hidden else BASES[:2]:
                if limits == (2,) and activation != "sigmoid":
                    continue
                steps = network_steps(hidden, activation=activation, output=output)
                found = explain_forward(steps, probes, limits)
                if found is None:
                    continue
                one = replace(
                    base, activation=activation, output=output, explanation=found,
                )  # fmt: skip
                if best is None or found.cost < (best.explanation or found).cost:
                    best = one
            if best is not None and best.explanation is not None:
                blames = tuple(blame_of(m, benches[0].spelling) for m in best.explanation.mistakes)
                expected = replace(best, explanation=Explanation()).values(benches[0])["y"]
                finding = replace(
                    base.finding, passed=False, blames=blames,
                    expected=expected[rows], actual=probes[0][1],
                )  # fmt: skip
                return replace(best, finding=finding)
    return None


def _explained_square(
    base: ForwardPass, benches: Sequence[Bench], setting: Setting
) -> ForwardPass | None:
    """For what fails unless sizes coincide: which mistakes explain it where they do."""
    square = [bench.square() for bench in benches]
    replies = square[0].desk.ask(
        [b.request(setting, Call("forward", (b.samples.X,))) for b in square]
    )
    n = square[0].n
    batch = [output_of(reply, 0, (n, n)) for reply in replies]
    none: list[Array | None] = [None] * (len(benches) * SINGLES)
    return _explained(base, square, batch, none)


def stopped(name: str, replies: Sequence[Reply]) -> Finding | None:
    """A finding, if every call ended in an exception; None if any returned."""
    problems = [reply.problem for reply in replies]
    first = problems[0]
    if first is None or any(problem is None for problem in problems):
        return None
    fails = Finding(name, passed=False, problem=first, reason=f"{name} fails")
    return fault_of_code(name, first) or fails


def _in_other_order(finding: Finding, spelling: Spelling) -> Finding:
    """A failure named, where a layer's product fails and would fit in the other order."""
    operands = () if finding.problem is None or finding.blames else finding.problem.operands
    shapes = [tuple(map(int, re.findall(r"\d+", shape))) for _, shape in operands]
    if [len(shape) for shape in shapes] != [2, 2] or finding.passed is not False:
        return finding
    (W, (rows, columns)), (x, (n, inputs)) = zip((t for t, _ in operands), shapes, strict=True)
    ours = re.sub(r"\[(\w+)\]", r".\1", W.removeprefix("self.")) in spelling.weights
    if not ours or inputs != rows or columns == n:
        return finding
    blame = Blame("forward-product-order", finding.name, f"{W} @ {x}", f"{x} @ {W}")
    return replace(finding, blames=(blame,))


def unexplained(
    name: str, actual: Array | None, expected: Array, replies: Sequence[Reply]
) -> Finding:
    """No mistake of the catalogue gives this: say what is known, and guess nothing.

    Shapes: `(...)` and `(...)`.
    """
    problem = next((reply.problem for reply in replies if reply.problem is not None), None)
    if actual is None and problem is None:
        return replace(no_numbers(name, replies[0].results[-1]), expected=expected)
    if actual is None:
        return Finding(name, passed=False, problem=problem, reason=f"{name} fails",
                       expected=expected)  # fmt: skip
    reason = f"{name} is wrong: {in_words(actual, expected)}"
    return Finding(name, passed=False, reason=reason, expected=expected, actual=actual)
