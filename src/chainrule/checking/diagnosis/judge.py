"""Judges everything that a learner defined: the functions first, then the networks on them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chainrule.checking.diagnosis.bench import OWN, Bench, Setting, default_bench
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import blame_for_problem, definition_fails, placed
from chainrule.checking.diagnosis.exercises import judge_exercise
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.forward import ForwardPass, judge_forward
from chainrule.checking.diagnosis.functions import judge_function
from chainrule.checking.diagnosis.gradients import follows_loss, judge_gradient, label_forms
from chainrule.checking.diagnosis.loss import Loss, judge_loss
from chainrule.checking.diagnosis.network import Network
from chainrule.checking.diagnosis.predictions import judge_accuracy, judge_predict
from chainrule.checking.diagnosis.probes import N
from chainrule.checking.diagnosis.recognition import spellings
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.diagnosis.training import judge_training
from chainrule.checking.learner.desk import (
    LAB_EXERCISES,
    LAB_FUNCTIONS,
    LAB_METHODS,
    Call,
    Definition,
    Desk,
    Problem,
    Reply,
    Request,
    SpentError,
)

MOST_DEFINITIONS = 300  # of one file that are judged; a term's whole lab has some fifty
_LOGITS, _SOFTMAX_IN_LOSS = "forward-logits", "loss-softmax-again"
_TOGETHER = (
    "it goes with the file's forward pass and loss, which are right together if the one gives "
    "logits and the other takes softmax of them; the lab's forward pass gives probabilities"
)
_BUILDS_ON_FORWARD = "it builds on `forward`: it is judged once that is right"
_BUILDS_ON_GRADIENT = "it builds on `grad_loss`: it is judged once that is right"
MISTAKES_OF_NAMES = {"misspelt-name", "reads-notebook-variable", "shadows-function"}
# Which gradient is right at the output depends on the loss.
OF_THE_LOSS = frozenset(("grad-output-mismatch", "grad-output-sigmoid-factor"))
MOST_CLASSES = 100  # with which a network is tried that was written for another number
FORWARD_PARTS = ("forward", "forward_hidden", "forward_output", "forward_keep_activations")


def judge(desk: Desk, only: Sequence[int] | None = None) -> list[Finding]:
    """Judge the definitions on a desk.

    Args:
        desk: where the code is.
        only: places of the definitions to report on; all if it is None. Functions are judged
            in any case, since networks call them.

    Returns:
        A finding for each function and each method, in the order of the file.
    """
    wanted = range(len(desk.definitions)) if only is None else only
    judged = [place for place, d in enumerate(desk.definitions) if _is_of_lab(d)]
    passed_over = judged[:-MOST_DEFINITIONS]  # the last of a name is the one that holds
    found: dict[int, list[Finding]] = {
        place: _passed_over(desk.definitions[place]) for place in passed_over
    }
    references: dict[str, str] = {}
    for name in LAB_FUNCTIONS:
        for place, definition in enumerate(desk.definitions):
            named = definition.name.lower() == name and definition.methods is None
            if not named or place in found:
                continue
            try:
                finding, replacement = judge_function(desk, place, references)
            except SpentError as error:
                found[place] = _spent([definition.name], definition, error)
                continue
            found[place] = [finding]
            # What fails on one label alone would fail in a network that is given one.
            if finding.passed and "one-hot-needs-array" not in finding.remarks:
                references.pop(definition.name, None)
            else:
                references.update(replacement)
    for place, definition in enumerate(desk.definitions):
        if place not in wanted or place in passed_over:
            continue
        names = _names(definition)
        try:
            if definition.methods is not None:
                found[place] = judge_network(desk, place, references)
            elif definition.name in LAB_EXERCISES:
                found[place] = [judge_exercise(desk, place, references)]
        except SpentError as error:
            found[place] = _spent(names, definition, error)
    together = _places_together(desk.definitions, found)
    return [
        _right_together(finding) if place in together else finding
        for place in sorted(found) if place in wanted for finding in found[place]
    ]  # fmt: skip


def _places_together(
    definitions: Sequence[Definition], found: Mapping[int, Sequence[Finding]]
) -> set[int]:
    """The classes that give logits and, they or a function, take softmax of them in the loss."""
    faults = {
        place: {f for one in several for f in one.faults} for place, several in found.items()
    }
    functions = {place for place in found if definitions[place].methods is None}
    with_softmax = {place for place in functions if _SOFTMAX_IN_LOSS in faults[place]}
    classes = {
        place
        for place in found.keys() - functions
        if _LOGITS in faults[place] and (with_softmax or _SOFTMAX_IN_LOSS in faults[place])
    }
    return classes | with_softmax if classes else set()


def _is_of_lab(definition: Definition) -> bool:
    """Whether it is judged by what the lab asks of its name, or of its methods' names."""
    functions = (*LAB_FUNCTIONS, *LAB_EXERCISES)
    return definition.methods is not None or definition.name.lower() in functions


def _names(definition: Definition) -> list[str]:
    """What is said to be judged of it: a function, or each method."""
    if definition.methods is None:
        return [definition.name]
    return [f"{definition.name}.{m}" for m in LAB_METHODS if m in definition.methods]


def _passed_over(definition: Definition) -> list[Finding]:
    reason = (
        f"the file has more functions and classes than are judged: the last {MOST_DEFINITIONS}"
    )
    return [
        placed(Finding(name, passed=None, reason=reason), definition)
        for name in _names(definition)
    ]


def _right_together(finding: Finding) -> Finding:
    """A forward pass that gives logits is right with a loss that takes softmax of them itself.

    Each alone is a mistake by the lab's contract; together they are what frameworks do.
    """
    if finding.faults not in ((_LOGITS,), (_SOFTMAX_IN_LOSS,)):
        return finding
    return Finding(finding.name, finding.definition, passed=None, reason=_TOGETHER,
                   cell=finding.cell, line=finding.line)  # fmt: skip


def _spent(names: Sequence[str], definition: Definition, error: SpentError) -> list[Finding]:
    """What is said where the code has taken all that it may: nothing that came before counts."""
    return [placed(Finding(name, passed=None, reason=str(error)), definition) for name in names]


def judge_network(desk: Desk, place: int, references: dict[str, str]) -> list[Finding]:
    """Judge every method of a network class; an empty list if the class is none."""
    definition = desk.definitions[place]
    methods = [name for name in LAB_METHODS if name in (definition.methods or {})]
    names = {m: f"{definition.name}.{definition.called.get(m, m)}" for m in methods}
    if definition.problem is not None:
        return [
            placed(definition_fails(n, definition.problem), definition) for n in names.values()
        ]
    ways, problem = spellings(desk, place)
    if problem is not None and "abstract" in problem.text:
        return []
    if not ways:
        return (
            [placed(_unmade(n, definition, problem), definition) for n in names.values()]
            if (problem is not None or definition.blanks)
            else []
        )
    results = [_judged_at(desk, spelling, references, names) for spelling in ways]
    return [
        _unless_inherited(
            _placed(_worst([r[name] for r in results if name in r]), definition), definition
        )
        for name in methods if any(name in r for r in results)
    ]  # fmt: skip


def _unless_inherited(finding: Finding, definition: Definition) -> Finding:
    """A finding on a method; not judged if it fails and was written for another class."""
    fails = finding.passed is False and finding.problem is not None and not finding.blames
    here = definition.cell or 0, definition.line or 0
    cell, line = definition.places.get(finding.name.partition(".")[2], here)
    if not fails or (cell or 0, line) >= here:
        return finding
    reason = "it is inherited from a class for which it was written, and fails in this one"
    return replace(finding, passed=None, problem=None, reason=reason)


def _judged_at(
    desk: Desk, spelling: Spelling, references: dict[str, str], names: dict[str, str]
) -> dict[str, Finding]:
    """The findings on one way of making a class: which may fail only for the number of classes."""
    found = _Network(desk, spelling, references, names).judge()
    called = desk.definitions[spelling.place].called
    doubtful = {method for method in called if method in found and not found[method].passed}
    if doubtful:  # it may be something else than its name says
        desk = _Without(desk, spelling.place, frozenset(doubtful))
        names = {method: name for method, name in names.items() if method not in doubtful}
        found = _Network(desk, spelling, references, names).judge()
    for count in sorted(_other_counts(found.values(), spelling)):
        several = _Network(desk, spelling.of_classes(count), references, names).judge()
        for method, finding in found.items():
            if finding.passed is False and finding.problem and several[method].passed:
                reason = (
                    f"{names[method]} is right for {count} classes, and fails for any other number"
                )
                blame = Blame("fixed-classes", names[method], str(count))
                found[method] = Finding(
                    names[method], passed=False, blames=(blame,), reason=reason
                )
    return found


@dataclass(frozen=True)
class _Without:
    """A desk on which a class has no methods for some of the lab's."""

    desk: Desk
    place: int
    methods: frozenset[str]

    @property
    def definitions(self) -> Sequence[Definition]:
        definitions = list(self.desk.definitions)
        here = definitions[self.place]
        kept = {name: takes for name, takes in (here.methods or {}).items()
                if name not in self.methods}  # fmt: skip
        definitions[self.place] = replace(here, methods=kept)
        return definitions

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        return self.desk.ask(requests)


def _other_counts(findings: Iterable[Finding], spelling: Spelling) -> set[int]:
    """The sizes that code of a class stopped at which are none of its own, nor the samples'."""
    problems = [f.problem for f in findings if f.passed is False and f.problem and not f.blames]
    stopped = [p for p in problems if p.kind in ("ValueError", "IndexError")]
    sizes = {int(n) for p in stopped for n in re.findall(r"\b\d+\b", p.text)}
    fixed = not spelling.made or spelling.made[-1] != spelling.sizes[-1]
    return set() if fixed else {n for n in sizes if 1 < n <= MOST_CLASSES} - {N, *spelling.sizes}


def _placed(finding: Finding, definition: Definition) -> Finding:
    """A finding with its place: that of the constructor, where the mistake is in what it makes."""
    at = placed(finding, definition)
    if "wrong-shape" in finding.faults and "__init__" in definition.places:
        cell, line = definition.places["__init__"]
        return replace(at, cell=cell, line=line)
    return at


def _worst(findings: Sequence[Finding]) -> Finding:
    """Of the same method at several depths: a mistake first, then what could not be judged."""
    return min(findings, key=lambda f: {False: 0, True: 1, None: 2}[f.passed])


def _unmade(name: str, definition: Definition, problem: Problem | None) -> Finding:
    if "__init__" in definition.blanks or problem is None:
        return Finding(name, passed=None, blames=(Blame("not-implemented", name),))
    code = blame_for_problem(problem)
    if code:
        return Finding(name, passed=False, blames=(Blame(code, name),), problem=problem)
    if problem.kind == "Unknown":
        return Finding(name, passed=None, reason=problem.text)
    return Finding(name, passed=None, problem=problem,
                   reason="no object of this class could be made")  # fmt: skip


class _Network:
    """The judgement of one class at one way of making it."""

    def __init__(
        self, desk: Desk, spelling: Spelling, references: dict[str, str], names: dict[str, str]
    ) -> None:
        self._names = names
        self._definition = desk.definitions[spelling.place]
        self._benches: list[Bench] = [default_bench(desk, spelling, seed) for seed in (0, 1)]
        self._spelling = spelling
        self._settings = [OWN, Setting(references)] if references else [OWN]
        self._found: dict[str, Finding] = {}

    def judge(self) -> dict[str, Finding]:
        """A finding for each method."""
        forward = ForwardPass(Finding("forward"))
        if "forward" in self._names:
            forward = judge_forward(self._benches, self._settings, self._names["forward"])
            self._note("forward", forward.finding, FORWARD_PARTS, self._forward_again)
            if self._spelling.misshapen and forward.finding.passed:  # as it is with other shapes
                self._found["forward"] = self._misshapen()
        settings = self._after(forward)
        loss: Loss | None = None
        if "loss" in self._names:
            loss = judge_loss(self._benches, settings, forward, self._names["loss"])
            self._note("loss", loss.finding, ("loss",), lambda s: judge_loss(
                self._benches, s, forward, self._names["loss"]).finding)  # fmt: skip
            loss = replace(loss, finding=self._found["loss"])
        gradient: Finding | None = None
        if "grad_loss" in self._names:

            def grad(tried: Sequence[Setting]) -> Finding:
                return judge_gradient(self._benches, tried, forward, loss,
                                      self._names["grad_loss"])  # fmt: skip

            gradient = grad(settings)
            self._note("grad_loss", gradient, ("grad_loss",), grad)
            gradient = self._found["grad_loss"] = self._unless_built_on(forward, "grad_loss")
            gradient = self._found["grad_loss"] = self._without_loss("grad_loss", loss)
        if loss is not None:
            self._same_labels(settings, forward, loss)
            self._squared_error(settings, forward, loss)
        self._predictions(settings)
        if "train" in self._names:

            def train(tried: Sequence[Setting]) -> Finding:
                return judge_training(self._benches[0], tried, forward, loss, gradient,
                                      self._names["train"])  # fmt: skip

            self._note("train", train(settings), ("train",), train)
            self._found["train"] = self._unless_built_on(forward, "train")
            self._found["train"] = self._without_loss("train", loss)
        return self._with_network(forward, loss)

    def _misshapen(self) -> Finding:
        """That the constructor makes parameters of which the forward pass needs other shapes."""
        spelling, blames, sentences = self._spelling, [], []
        for path, needed in spelling.misshapen.items():
            name, made = re.sub(r"\.(\d+)", r"[\1]", path), spelling.shapes[path]
            blames.append(Blame("wrong-shape", name))
            sentences.append(f"`{name}` is made with shape {self._in_sizes(made)}, where "
                             f"{self._in_sizes(needed)} belongs")  # fmt: skip
        return Finding(self._names["forward"], passed=False, blames=tuple(blames),
                       reason="; ".join(sentences))  # fmt: skip

    def _in_sizes(self, shape: Sequence[int]) -> str:
        """A shape by the names of the constructor's arguments: (n_hidden, n_classes)."""
        args, named = self._spelling.build(self._spelling.made)
        takes = [name.rstrip("=") for name in self._definition.parameters]
        values = {**dict(zip(takes, args, strict=False)), **named}
        sizes = {v: name for name, v in reversed(values.items()) if isinstance(v, int)}
        return (
            f"({', '.join(str(sizes.get(n, n)) for n in shape)}{',' if len(shape) == 1 else ''})"
        )

    def _with_network(self, forward: ForwardPass, loss: Loss | None) -> dict[str, Finding]:
        """The findings, with what the class computes if its forward pass is understood."""
        known = forward.explanation
        if known is None or not known.complete:
            return self._found
        spelling = self._spelling
        network = Network(
            len(spelling.weights) - 1, forward.activation, forward.output,
            (loss.kind if loss is not None else "") or "nll",
            {name: spelling.own_name(name) for name in spelling.paths},
        )  # fmt: skip
        return {name: replace(found, network=network) for name, found in self._found.items()}

    def _same_labels(self, settings: Sequence[Setting], forward: ForwardPass, loss: Loss) -> None:
        """`loss` and `grad_loss` are given the same labels, and must both be right for them."""
        takes = self._definition.methods or {}
        given = [n for n in takes.get("grad_loss", ()) if not n.endswith("=")]
        both = [self._found.get(name) for name in ("loss", "grad_loss")]
        if len(given) != 2 or not all(finding is not None and finding.passed for finding in both):
            return
        forms = label_forms(self._benches[0], settings, forward, loss)
        if not forms or loss.labels in forms:
            return
        blamed, other = ("grad_loss", "loss") if loss.labels == "labels" else ("loss", "grad_loss")
        name = self._names[blamed]
        reason = (
            f"{name} is right only if it is given one-hot rows, but `{other}` takes labels such "
            "as 3: where does it make one-hot rows of them?"
        )
        self._found[blamed] = Finding(name, passed=False, reason=reason)

    def _squared_error(
        self, settings: Sequence[Setting], forward: ForwardPass, loss: Loss
    ) -> None:
        """The squared error of sigmoid outputs is meant where its derivative is computed.

        That is so, too, where it is right for some parameters alone.
        """
        gradient = self._found.get("grad_loss")
        squared = loss.finding.faults == ("nll-squared-error",) and forward.output == "sigmoid"
        if not squared or gradient is None:
            return
        follows = follows_loss(self._benches[0], settings, forward, loss)
        if follows == 1 or (follows and not gradient.passed):
            part = "" if follows == 1 else " for some of the parameters"
            note = f"It is the squared error, and `grad_loss` is its derivative{part}."
            self._found["loss"] = Finding(self._names["loss"], note=note)

    def _without_loss(self, method: str, loss: Loss | None) -> Finding:
        """What was found of a method; the error at the output depends on a loss that is known."""
        found = self._found[method]
        if loss is not None or not OF_THE_LOSS.intersection(found.faults):
            return found
        reason = "there is no `loss`, whose derivative it should be"
        return Finding(self._names[method], passed=None, reason=reason)

    def _unless_built_on(self, forward: ForwardPass, method: str) -> Finding:
        """What was found of a method; not judged if it fails for all that is known of forward.

        That is where forward is wrong and nothing more is known, or where it is left to do.
        """
        found = self._found[method]
        before = self._found.get("forward", forward.finding)
        if found.passed is False and found.problem is not None:
            if found.problem == before.problem:
                return Finding(self._names[method], passed=None, reason=_BUILDS_ON_FORWARD)
            gradient = self._found.get("grad_loss")
            inside = method == "train" and found.problem.function == "grad_loss"
            if inside and gradient is not None and not gradient.passed:
                return Finding(self._names[method], passed=None, reason=_BUILDS_ON_GRADIENT)
        left = before.faults == ("not-implemented",)
        unknown = left or (before.passed is False and not before.blames)
        if not unknown or found.passed is not False or found.blames:
            return found
        return Finding(self._names[method], passed=None, reason=_BUILDS_ON_FORWARD)

    def _without_forward(self, method: str, finding: Finding) -> Finding:
        """What is left of a finding where no method is known by the name of `forward`.

        Then it is unknown what the network computes: only names that do not exist are mistakes.
        """
        if "forward" in self._names or finding.passed is not False:
            return finding
        name, raised = self._names[method], finding.problem
        if method in ("predict", "accuracy"):  # judging them asked for `forward` first
            bench = self._benches[0]
            arguments = (bench.samples.X, bench.samples.y)[: 1 if method == "predict" else 2]
            request = bench.request(self._settings[-1], Call(method, arguments))
            raised = bench.desk.ask([request])[0].problem
        code = "" if raised is None or not raised.line else blame_for_problem(raised)
        if code in MISTAKES_OF_NAMES:
            return Finding(name, passed=False, blames=(Blame(code, name),), problem=raised)
        reason = "there is no `forward`, by whose outputs it could be judged"
        return Finding(name, passed=None, reason=reason)

    def _predictions(self, settings: list[Setting]) -> None:
        bench = self._benches[0]
        single_only = False
        if "predict" in self._names:
            name = self._names["predict"]
            found, single_only = judge_predict(bench, settings, name)
            self._note("predict", found, ("predict",),
                       lambda s: judge_predict(bench, s, name)[0])  # fmt: skip
        if "accuracy" in self._names:
            name = self._names["accuracy"]
            found = judge_accuracy(bench, settings, name)
            if not found.passed and "predict" in self._names:
                again = judge_accuracy(bench, settings, name, right_classes=True)
                if again.passed:  # the classes were wrong, not what is made of them
                    found = again
                    if single_only:
                        blame = Blame("predict-not-argmax", self._names["predict"],
                                      "np.argmax(y)", "np.argmax(y, axis=-1)")  # fmt: skip
                        self._found["predict"] = Finding(
                            self._names["predict"], passed=False, blames=(blame,)
                        )
            self._note("accuracy", found, ("accuracy",),
                       lambda s: judge_accuracy(bench, s, name))  # fmt: skip

    def _forward_again(self, settings: Sequence[Setting]) -> Finding:
        return judge_forward(self._benches, settings, self._names["forward"]).finding

    def _after(self, forward: ForwardPass) -> list[Setting]:
        """The settings for what builds on the forward pass."""
        right = self._spelling.reference(forward.activation, forward.output, forward.kept)
        if forward.finding.passed:
            return self._settings
        last = self._settings[-1]
        return [*self._settings, replace(last, forward=right)]

    def _note(
        self,
        method: str,
        finding: Finding,
        parts: Sequence[str],
        again: Callable[[Sequence[Setting]], Finding],
    ) -> None:
        """Keep a finding; look first whether the code is left to do, or reads the notebook."""
        name = self._names[method]
        if finding.passed is False and method != "loss":
            finding = self._without_forward(method, finding)
        if finding.passed is not True:
            blank = any(part in self._definition.blanks for part in parts)
            raised = finding.problem
            if raised is not None and raised.kind == "NotImplementedError":
                blank = True
            if blank:
                finding = Finding(name, passed=None, blames=(Blame("not-implemented", name),))
            elif not finding.blames or finding.faults == ("loss-constant",):
                hidden = again([replace(s, hide=True) for s in self._settings[-1:]])
                if hidden.faults == ("reads-notebook-variable",):
                    finding = hidden
            if finding.passed is False and raised is not None and raised.imported:
                finding = Finding(name, passed=None, problem=raised, reason=raised.text)
        self._found[method] = finding
