"""`chainrule train --fault`: a network that makes a known mistake is trained and used."""

import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.errors import ChainruleError
from chainrule.faults import (
    FORMULAS,
    FaultyNet,
    catalogue,
    network_steps,
    place,
    placements,
    run_steps,
)
from chainrule.faults._catalogue import CODE_FAULTS
from chainrule.nn.functions import one_hot
from chainrule.nn.models import NeuralNet
from chainrule.runs.lessons import LESSONS
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.run import read_config
from command_line import FAST, Invoke, files_below, history, weights
from helpers import assert_close, clusters

FAULT = ("train", *FAST, "--fault")
SIZES = (6, 5, 3)
TRAINABLE = (
    *("softmax-not-normalised", "sigmoid-sign", "dsigmoid-of-activation", "dsigmoid-incomplete"),
    *("forward-no-bias", "forward-no-hidden-activation", "forward-logits"),
    *("forward-softmax-hidden", "forward-softmax-twice", "grad-output-mismatch"),
    *("grad-output-sign", "grad-output-sigmoid-factor", "grad-preactivation"),
    *("grad-hidden-no-derivative", "grad-hidden-derivative-at-activation"),
    *("grad-hidden-derivative-at-output", "train-sign", "train-missing-parameter"),
    *("train-learning-rate", "grad-hidden-stale-or-updated-weights"),
)


def faulty(fault: str) -> FaultyNet:
    """A small network with a mistake, for training with single samples."""
    return FaultyNet(*SIZES, place([fault], SIZES), init="glorot", seed=0)


def refused(chainrule: Invoke, tmp_path: Path, *arguments: object) -> str:
    """The one sentence with which a command is refused, having written nothing."""
    code, out, err = chainrule(*arguments)
    assert (code, out) == (2, "")
    assert files_below(tmp_path) == set()
    assert "Traceback" not in err
    assert err.count("\n") == 1
    return err


def test_the_mistake_is_named_first_and_the_table_comes_last(chainrule: Invoke) -> None:
    code, out, err = chainrule(*FAULT, "grad-preactivation")
    assert (code, err) == (0, "")
    first, *_ = out.splitlines()
    assert "grad-preactivation" in first
    assert "mistake" in first
    assert "the pre-activation stands where the activation belongs" in first
    assert "grad_W_o = z_h.T @ grad_z_o" in out
    assert "grad_W_o = h.T @ grad_z_o" in out
    assert "Softmax regression" not in out
    table = out.split("\n\n")[1].splitlines()
    assert table[2].startswith("NeuralNet(64-10-10, sigmoid)")
    assert table[3].startswith("FaultyNet(64-10-10, sigmoid, grad-preactivation)")
    assert out.splitlines()[-1].startswith("Written to runs/digits-1")


def test_the_right_network_is_trained_beside_the_wrong_one(
    chainrule: Invoke, tmp_path: Path
) -> None:
    fault = ("train", "--fault", "grad-hidden-no-derivative", "--epochs", 2, "--out", "a")
    code, out, _ = chainrule(*fault)
    assert code == 0
    rows = history(tmp_path / "a")
    assert [row["model"] for row in rows] == ["right"] * 3 + ["net"] * 3
    right, wrong = (float(rows[i]["train_loss_sum"]) for i in (0, 3))
    assert right == pytest.approx(wrong, rel=1e-5)
    words = " ".join(out.split())
    assert "The mistake costs" in words
    assert "McNemar" in words
    assert "Next: chainrule faults grad-hidden-no-derivative" in words
    page = (tmp_path / "a" / "report.html").read_text()
    mistake = page.split("The mistake</h2>")[1].split("<h2")[0]
    assert mistake.count("<img") == 2  # loss and accuracy of both
    options = ("--model", "net", "--epochs", 2, "--engine", "numpy", "--no-plots", "--out", "b")
    assert chainrule("train", *options)[0] == 0
    assert (
        weights(tmp_path / "a")["right.safetensors"] == weights(tmp_path / "b")["net.safetensors"]
    )


def test_settings_are_chosen_in_which_the_mistake_is_seen(
    chainrule: Invoke, tmp_path: Path
) -> None:
    code, out, _ = chainrule(*FAULT, "grad-preactivation", "--out", "a")
    assert code == 0
    chosen = "--hidden 10 --learning-rate 0.001 --scale none --init uniform --no-shuffle"
    assert f"In settings in which it shows: {chosen}" in out
    config = read_config(tmp_path / "a")[0]
    assert (config.hidden, config.learning_rate, config.scale) == ((10,), 0.001, "none")
    assert chainrule(*FAULT, "grad-preactivation", "--hidden", 32, "--out", "b")[0] == 0
    config = read_config(tmp_path / "b")[0]
    assert (config.hidden, config.learning_rate, config.scale) == ((32,), None, None)
    assert chainrule(*FAULT, "train-sign", "--out", "c")[0] == 0
    assert read_config(tmp_path / "c")[0].hidden == (32,)


@pytest.mark.slow
@pytest.mark.parametrize("fault", LESSONS)
def test_a_lesson_is_seen(fault: str, chainrule: Invoke) -> None:
    code, out, _ = chainrule("train", "--fault", fault, "--no-plots", "--json")
    assert code == 0
    models = json.loads(out)["models"]
    right, wrong = models["right"]["train_loss"], models["net"]["train_loss"]
    assert max(right, wrong) > 1.02 * min(right, wrong)
    assert models["right"]["test_accuracy"] > 0.85


def test_every_file_of_the_run_says_so(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule("train", "--epochs", 1, "--fault", "grad-output-sign", "--out", "a")[0] == 0
    folder = tmp_path / "a"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["faults"] == [
        {
            "id": "grad-output-sign",
            "title": catalogue()["grad-output-sign"].title,
            "computed": "grad_z_o = t - y",
            "right": "grad_z_o = y - t",
        }
    ]
    assert list(metrics["models"]) == ["right", "net"]
    config = json.loads((folder / "config.json").read_text())
    assert config["faults"] == ["grad-output-sign"]
    page = (folder / "report.html").read_text()
    assert ": what a mistake does</h1>" in page
    assert "mistake on purpose (grad-output-sign)" in page
    assert "grad_z_o = t - y" in page


def test_json_names_the_mistake(chainrule: Invoke) -> None:
    code, out, err = chainrule(*FAULT, "train-sign", "--json")
    assert code == 0
    assert "train-sign" in err
    assert {fault["id"] for fault in json.loads(out)["faults"]} == {"train-sign"}


def test_a_run_without_mistakes_is_what_it_was(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule("train", *FAST, "--model", "net", "--out", "a")[0] == 0
    assert "faults" not in json.loads((tmp_path / "a" / "metrics.json").read_text())
    # The settings of a run from before there were mistakes do not mention them.
    config = tmp_path / "a" / "config.json"
    content = json.loads(config.read_text())
    del content["faults"]
    config.write_text(json.dumps(content))
    assert chainrule("train", "--resume", "a", "--epochs", 3, "--no-plots")[0] == 0


def test_a_mistake_that_does_better_is_not_called_right(chainrule: Invoke) -> None:
    code, out, _ = chainrule("train", "--fault", "grad-preactivation", "--no-plots")
    words = " ".join(out.split())
    assert code == 0
    assert "The mistake gains" in words
    assert "That does not make its gradient the derivative of the loss" in words


@pytest.mark.parametrize("fault", ["grad-preactivation", "grad-output-mismatch"])
def test_resume_goes_on_to_the_same_bits(chainrule: Invoke, tmp_path: Path, fault: str) -> None:
    assert chainrule(*FAULT, fault, "--epochs", 4, "--out", "whole")[0] == 0
    assert chainrule(*FAULT, fault, "--out", "parts")[0] == 0
    code, out, _ = chainrule("train", "--resume", "parts", "--epochs", 4, "--no-plots")
    assert code == 0
    assert fault in out.splitlines()[0]
    assert weights(tmp_path / "parts") == weights(tmp_path / "whole")
    assert history(tmp_path / "parts") == history(tmp_path / "whole")


def test_resume_refuses_the_compiled_engine_and_other_mistakes(chainrule: Invoke) -> None:
    assert chainrule(*FAULT, "grad-preactivation", "--out", "a")[0] == 0
    for extra in (("--engine", "compiled"), ("--fault", "train-sign")):
        code, _, err = chainrule("train", "--resume", "a", "--epochs", 3, *extra)
        assert code == 2
        assert extra[-1] in err or extra[0] in err


@pytest.mark.parametrize("fault", ["forward-no-bias", "forward-logits", "forward-softmax-twice"])
def test_the_trained_network_is_used_as_it_was_trained(
    chainrule: Invoke, tmp_path: Path, fault: str
) -> None:
    assert chainrule(*FAULT, fault, "--out", "a")[0] == 0
    expected = json.loads((tmp_path / "a" / "metrics.json").read_text())["models"]["net"]
    code, out, _ = chainrule("evaluate", "a", "--json")
    assert code == 0
    result = json.loads(out)
    assert result["model"] == f"FaultyNet(64-32-10, sigmoid, {fault})"
    assert result["accuracy"] == pytest.approx(expected["test_accuracy"])
    code, out, _ = chainrule("worst", "a")
    assert code == 0
    assert fault in out


def test_a_model_file_keeps_how_the_network_computes(chainrule: Invoke, tmp_path: Path) -> None:
    code, _, _ = chainrule(*FAULT, "grad-preactivation@h2", "--hidden", "7,5", "--out", "a")
    assert code == 0
    model = TrainedModel.load(tmp_path / "a" / "net.safetensors").model
    assert isinstance(model, FaultyNet)
    described = [mistake["computed"] for mistake in model.computation.described()]
    assert described == ["grad_W_h2 = z_h.T @ grad_z_h2"]


def test_several_layers_activations_and_mistakes(chainrule: Invoke) -> None:
    code, out, _ = chainrule(
        *FAULT, "grad-hidden-no-derivative@h", "--fault", "train-learning-rate",
        "--hidden", "16,12", "--activation", "tanh", "--batch-size", 32,
    )  # fmt: skip
    assert code == 0
    assert "grad_z_h = grad_h  (right: grad_z_h = grad_h * dtanh(z_h))" in out
    assert "new_W_h2 = W_h2 - grad_W_h2" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("misspelt-name",), "mistake of the code"),
        (("nll-sign",), "it is in the loss"),
        (("loss-softmax-again",), "it is in the loss"),
        (("predict-not-argmax",), "done with the network afterwards"),
        (("accuracy-wrong",), "done with the network afterwards"),
        (("one-hot-wrong",), "training does not show"),
        (("softmax-overflows",), "the same numbers as the right formula"),
        (("grad-preactivation", "--model", "logistic"), "--model net"),
        (("grad-preactivation", "--model", "both"), "--model net"),
        (("grad-preactivation", "--engine", "compiled"), "leave out --engine compiled"),
        (("grad-inputs-swapped", "--hidden", 32), "--hidden 10"),
        (("grad-hidden-weights-not-transposed", "--hidden", 32), "--hidden 10"),
        (("grad-preactivation@h5",), "layers of this network are h, o"),
        (("grad-preactivation@h",), "has no place at layer h; it has one at o"),
        (("grad-preactivatoin",), "did you mean grad-preactivation"),
        (("grad-output-sign", "--fault", "grad-output-sigmoid-factor"), "both replace grad_z_o"),
        (("sigmoid-sign", "--activation", "tanh"), "with tanh in the hidden layers"),
    ],
)
def test_what_training_cannot_show_is_refused_in_a_sentence(
    chainrule: Invoke, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    error = refused(chainrule, tmp_path, *FAULT, *arguments)
    assert arguments[0].partition("@")[0] in error
    assert words in error


@pytest.mark.parametrize("fault", ["grad-inputs-swapped", "grad-hidden-weights-not-transposed"])
def test_the_sizes_that_a_refusal_names_do_work(chainrule: Invoke, fault: str) -> None:
    assert chainrule(*FAULT, fault, "--hidden", 10, "--epochs", 1)[0] == 0


@pytest.mark.parametrize("fault", TRAINABLE)
def test_the_gradient_that_is_trained_is_that_of_the_wrong_steps(fault: str) -> None:
    X, y = clusters(4, SIZES[0], SIZES[-1])
    T = one_hot(SIZES[-1], y)
    output = "sigmoid" if fault == "grad-output-mismatch" else "softmax"
    net = faulty(fault)
    steps = {step.name: step for step in network_steps(1, output=output)}
    (wrong, *_) = placements(fault, tuple(steps.values()))
    assert wrong.name in {placed.step.name for placed in net.computation.mistakes}
    computed = [step for step in net.computation.steps if step.kind != "loss"]
    known = {"learning_rate": net.computation.learning_rate, **net.parameters}
    for i in range(len(X)):  # as in training: one sample in a step
        with np.errstate(all="ignore"):
            values = run_steps(computed, known | {"x": X[i : i + 1], "t": T[i : i + 1]})
        np.testing.assert_allclose(net.forward(X[i]), values["y"][0])
        taken = {
            name: (parameter - values[f"new_{name}"]) / known["learning_rate"]
            for name, parameter in net.parameters.items()
        }
        assert_close(net.grad_loss(X[i], y[i]), taken, 1e-11)


def test_every_mistake_is_trained_or_refused() -> None:
    X, y = clusters(1, SIZES[0], SIZES[-1])
    refusals, rng = set(), np.random.default_rng(1)
    for fault in FORMULAS:
        try:
            net = faulty(fault)
        except ChainruleError as error:
            assert fault in str(error)
            refusals.add(fault)
        else:
            right = NeuralNet(*SIZES, init="zeros")
            for name, parameter in net.parameters.items():  # biases too: they begin with 0
                net.parameters[name] = rng.normal(size=parameter.shape)
                right.parameters[name] = net.parameters[name]
            gradient, expected = net.grad_loss(X, y), right.grad_loss(X, y)
            assert any(not np.allclose(gradient[name], expected[name]) for name in expected), fault
    assert set(CODE_FAULTS) <= refusals
    assert not refusals & set(TRAINABLE)


def test_settings_with_an_unknown_mistake_are_refused(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule(*FAULT, "grad-preactivation", "--out", "a")[0] == 0
    config = tmp_path / "a" / "config.json"
    assert read_config(tmp_path / "a")[0].faults == ("grad-preactivation",)
    config.write_text(config.read_text().replace("grad-preactivation", "grad-unheard-of"))
    code, _, err = chainrule("train", "--resume", "a", "--epochs", 3)
    assert code == 2
    assert "grad-unheard-of" in err


def test_a_network_that_diverges_says_that_the_mistake_may_be_why(chainrule: Invoke) -> None:
    code, _, err = chainrule(*FAULT, "softmax-over-batch", "--learning-rate", 0.1)
    assert code == 2
    assert "diverged" in err
    assert "the mistake may be why" in err
