"""Judges the methods of a network class, at one way of making it, on what the class computes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from chainrule.checking.diagnosis.bench import OWN, Bench, Setting, default_bench
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import fault_of_code, left_to_do
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.forward import ForwardPass, judge_forward
from chainrule.checking.diagnosis.gradients import Gradients
from chainrule.checking.diagnosis.loss import Loss, judge_loss
from chainrule.checking.diagnosis.network import Network
from chainrule.checking.diagnosis.predictions import judge_accuracy, judge_predict
from chainrule.checking.diagnosis.probes import N, samples
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.diagnosis.training import judge_training
from chainrule.checking.learner.desk import Call, Desk, Request

_BUILDS_ON_FORWARD = "it builds on `forward`: it is judged once that is right"
_BUILDS_ON_GRADIENT = "it builds on `grad_loss`: it is judged once that is right"
_LOGITS = "It gives the logits, and `loss` goes on from there."
# What is another loss, and no part of one that is written wrongly.
_OTHER_LOSSES = frozenset(("nll-squared-error", "loss-not-nll", "loss-softmax-again"))
_FITS = "it is unlike the lab's, and nothing in `loss` and `grad_loss` speaks against it"
_MISTAKES_OF_NAMES = frozenset(("misspelt-name", "reads-notebook-variable", "shadows-function"))
# Which gradient is right at the output depends on the loss.
_OF_THE_LOSS = frozenset(("grad-output-mismatch", "grad-output-sigmoid-factor"))
# What else may be left to do of a method.
_PARTS = {"forward": ("forward_hidden", "forward_output", "forward_keep_activations")}


class Methods:
    """The methods of a network class at one way of making it, each judged on those before it."""

    def __init__(
        self, desk: Desk, spelling: Spelling, references: dict[str, str], names: dict[str, str]
    ) -> None:
        self._desk, self._names = desk, names
        self._definition = desk.definitions[spelling.place]
        self._benches: list[Bench] = [default_bench(desk, spelling, seed) for seed in (0, 1)]
        self._spelling = spelling
        self._settings = [OWN, Setting(references)] if references else [OWN]
        # Whoever writes it means it: the loss is to be that, of probabilities.
        self._means_nll = any(d.name == "nll" for d in desk.definitions)
        self._found: dict[str, Finding] = {}

    def judge(self) -> dict[str, Finding]:
        """A finding for each method."""
        forward = ForwardPass(Finding("forward"))
        if "forward" in self._names:
            forward = judge_forward(self._benches, self._settings, self._names["forward"])
            self._note("forward", forward.finding, lambda s: judge_forward(
                self._benches, s, self._names["forward"]).finding)  # fmt: skip
            if self._spelling.misshapen:  # it was judged with other shapes
                self._found["forward"] = self._misshapen(forward.finding)
        settings = self._after(forward)
        loss: Loss | None = None
        if "loss" in self._names:
            loss = judge_loss(self._benches, settings, forward, self._names["loss"])
            self._note("loss", loss.finding, lambda s: judge_loss(
                self._benches, s, forward, self._names["loss"]).finding)  # fmt: skip
            loss = replace(loss, finding=self._found["loss"])
        gradients = Gradients(self._benches[0], forward, loss)
        self._built_on("grad_loss", forward, loss, settings,
                       lambda s: gradients.judge(s, self._names["grad_loss"]))  # fmt: skip
        if loss is not None:
            self._same_labels(settings, gradients, loss)
            self._other_loss(settings, gradients, forward, loss)
        self._predictions(settings)
        gradient = self._found.get("grad_loss")
        self._built_on("train", forward, loss, settings, lambda s: judge_training(
            self._benches[0], s, forward, loss, gradient, self._names["train"]))  # fmt: skip
        self._unlike_the_lab(gradients, forward, loss)
        self._several_returned(forward, settings)
        before = self._found.get("forward")
        if self._spelling.alike and before is not None and before.passed:
            self._found["forward"] = replace(before, remarks=(*before.remarks, "units-alike"))
        return self._with_network(forward, loss)

    def _unlike_the_lab(
        self, gradients: Gradients, forward: ForwardPass, loss: Loss | None
    ) -> None:
        """What `forward` computes is not the lab's, but `loss` and `grad_loss` fit it.

        It may have an activation of its own, a connection past a layer, inputs that it scales; or
        give logits, of which the loss is made. What fits the right one alone does not count.
        """
        before, gradient = self._found.get("forward"), self._found.get("grad_loss")
        if before is None or loss is None or gradient is None:
            return
        if before is not forward.finding or before.passed or not self._found["loss"].passed:
            return
        nameless = not before.blames and before.problem is None and before.actual is not None
        logits = before.faults == ("forward-logits",) and not self._means_nll
        if not nameless and not logits:
            return
        follows = gradients.follows_loss(self._settings)
        if logits and follows == 1:
            self._found["forward"] = Finding(before.name, note=_LOGITS)
        if nameless and (follows == 1 or (follows and gradient.blames)):
            self._found["forward"] = Finding(before.name, passed=None, reason=_FITS)

    def _misshapen(self, forward: Finding) -> Finding:
        """That the constructor makes parameters of which the forward pass needs other shapes.

        Where it is not understood with those either, how it fails as it is made; unless it comes
        farther with them, past the product that it fails at.
        """
        spelling, blames, sentences = self._spelling, [], []
        misshapen, problem = spelling.misshapen, None
        if not forward.passed and (not forward.blames or forward.problem is not None):
            as_made = self._as_made(forward)
            first, then = ({name for name, _ in p.operands} if p is not None else set()
                           for p in (as_made.problem, forward.problem))  # fmt: skip
            passed = {p for p in misshapen if f"self.{p}" in first and f"self.{p}" not in then}
            if not passed:
                return as_made
            misshapen = {p: needed for p, needed in misshapen.items() if p in passed}
            forward, problem = replace(forward, blames=()), as_made.problem
        for path, needed in misshapen.items():
            name, made = re.sub(r"\.(\d+)", r"[\1]", path), spelling.shapes[path]
            blames.append(Blame("wrong-shape", name))
            sentences.append(f"`{name}` is made with shape {self._in_sizes(made)}, where "
                             f"{self._in_sizes(needed)} belongs")  # fmt: skip
        return Finding(self._names["forward"], passed=False, blames=(*blames, *forward.blames),
                       reason="; ".join(sentences), problem=problem)  # fmt: skip

    def _as_made(self, forward: Finding) -> Finding:
        spelling = self._spelling
        args, named = spelling.build(spelling.made)
        X = samples(N, spelling.sizes[0], spelling.sizes[-1], 0).X
        call = Call("forward", (X,))
        (reply,) = self._desk.ask(
            [Request(spelling.place, (call,), sizes=args, named_sizes=named)]
        )
        if forward.passed is None or reply.problem is None:
            return self._found["forward"]
        reason = f"{self._names['forward']} fails"
        return Finding(self._names["forward"], passed=False, problem=reply.problem, reason=reason)

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

    def _same_labels(self, settings: Sequence[Setting], gradients: Gradients, loss: Loss) -> None:
        """`loss` and `grad_loss` are given the same labels, and must both be right for them."""
        takes = self._definition.methods or {}
        given = [n for n in takes.get("grad_loss", ()) if not n.endswith("=")]
        both = [self._found.get(name) for name in ("loss", "grad_loss")]
        if len(given) != 2 or not all(finding is not None and finding.passed for finding in both):
            return
        forms = gradients.label_forms(settings)
        if not forms or loss.labels in forms:
            return
        blamed, other = ("grad_loss", "loss") if loss.labels == "labels" else ("loss", "grad_loss")
        name = self._names[blamed]
        reason = (
            f"{name} is right only if it is given one-hot rows, but `{other}` takes labels such "
            "as 3: where does it make one-hot rows of them?"
        )
        self._found[blamed] = Finding(name, passed=False, reason=reason)

    def _other_loss(
        self, settings: Sequence[Setting], gradients: Gradients, forward: ForwardPass, loss: Loss
    ) -> None:
        """Another loss is meant where its derivative is computed, whatever it is.

        The squared error of sigmoid outputs is, too, where that is right for some parameters.
        """
        gradient, found = self._found.get("grad_loss"), loss.finding
        another = found.passed is False and _OTHER_LOSSES.issuperset(found.faults)
        if not another or found.actual is None or gradient is None:
            return
        follows = gradients.follows_loss(settings)
        squared = found.faults == ("nll-squared-error",)
        usual = squared and forward.output == "sigmoid"
        if follows < 1 and not (follows and usual and not gradient.passed):
            return
        if usual or not self._means_nll:
            what = "the squared error" if squared else "another loss than the lab's"
            part = "" if follows == 1 else " for some of the parameters"
            note = f"It is {what}, and `grad_loss` is its derivative{part}."
            self._found["loss"] = Finding(self._names["loss"], note=note)

    def _built_on(
        self,
        method: str,
        forward: ForwardPass,
        loss: Loss | None,
        settings: Sequence[Setting],
        judge: Callable[[Sequence[Setting]], Finding],
    ) -> None:
        """Judge what builds on other methods; the error at the output needs a known loss."""
        if method not in self._names:
            return
        self._note(method, judge(settings), judge)
        found = self._unless_built_on(forward, method)
        if loss is None and _OF_THE_LOSS.intersection(found.faults):
            reason = "there is no `loss`, whose derivative it should be"
            found = Finding(self._names[method], passed=None, reason=reason)
        self._found[method] = found

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
        fails = forward.finding.problem is not None or not before.blames
        unknown = left or (before.passed is False and fails)
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
        known = fault_of_code(name, raised) if raised is not None and raised.line else None
        if known is not None and _MISTAKES_OF_NAMES.issuperset(known.faults):
            return known
        reason = "there is no `forward`, by whose outputs it could be judged"
        return Finding(name, passed=None, reason=reason)

    def _predictions(self, settings: list[Setting]) -> None:
        bench = self._benches[0]
        single_only = False
        if "predict" in self._names:
            name = self._names["predict"]
            found, single_only = judge_predict(bench, settings, name)
            self._note("predict", found, lambda s: judge_predict(bench, s, name)[0])
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
            self._note("accuracy", found, lambda s: judge_accuracy(bench, s, name))

    def _after(self, forward: ForwardPass) -> list[Setting]:
        """The settings for what builds on the forward pass."""
        if forward.finding.passed and not (forward.several and self._take_one_array(forward)):
            return self._settings
        right = self._spelling.reference(forward.activation, forward.output, forward.kept)
        return [*self._settings, replace(self._settings[-1], forward=right)]

    def _take_one_array(self, forward: ForwardPass) -> bool:
        """Whether `loss` and `predict` are wrong with several things that `forward` returns."""
        names, seen = self._names, []
        if "loss" in names:
            seen.append(judge_loss(self._benches, self._settings, forward, names["loss"]).finding)
        if "predict" in names:
            seen.append(judge_predict(self._benches[0], self._settings, names["predict"])[0])
        return bool(seen) and not any(finding.passed for finding in seen)

    def _several_returned(self, forward: ForwardPass, settings: Sequence[Setting]) -> None:
        """What calls `forward` fails on several things, and is right where it gives one."""
        given_one = forward.several and settings != self._settings and forward.finding.passed
        right = [m for m in ("loss", "predict") if m in self._found and self._found[m].passed]
        if given_one and right:
            name = self._names["forward"]
            reason = f"{name} returns several things, and `{right[0]}` takes them for one array"
            blames = (Blame("returns-several", name),)
            self._found["forward"] = Finding(name, passed=False, blames=blames, reason=reason)

    def _note(
        self, method: str, finding: Finding, again: Callable[[Sequence[Setting]], Finding]
    ) -> None:
        """Keep a finding; look first whether the code is left to do, or reads the notebook."""
        name = self._names[method]
        if finding.passed is False and method != "loss":
            finding = self._without_forward(method, finding)
        if finding.passed is not True:
            parts = (method, *_PARTS.get(method, ()))
            blank = not self._definition.blanks.isdisjoint(parts)
            raised = finding.problem
            if raised is not None and raised.kind == "NotImplementedError":
                blank = True
            if blank:
                finding = left_to_do(name)
            elif not finding.blames or finding.faults == ("loss-constant",):
                hidden = again([replace(s, hide=True) for s in self._settings[-1:]])
                if hidden.faults == ("reads-notebook-variable",):
                    finding = hidden
            if finding.passed is False and raised is not None and raised.imported:
                finding = Finding(name, passed=None, problem=raised, reason=raised.text)
        self._found[method] = finding
