"""chainrule export."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from chainrule.data import load_digits
from chainrule.runs.model_files import TrainedModel
from command_line import FAST, Invoke, write_csv


def test_a_run_becomes_an_onnx_file(chainrule: Invoke, digits_run: Path) -> None:
    code, out, _ = chainrule("export", digits_run, "--onnx", "digits.onnx")
    assert code == 0
    assert out.splitlines() == [
        "Written to digits.onnx: NeuralNet(64-32-10, sigmoid) with its scaling and labels",
        "It takes  features       double (N, 64), raw, as they are before scaling",
        "It gives  label          (N,)",
        "          probabilities  double (N, 10), of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9",
    ]
    session = onnxruntime.InferenceSession("digits.onnx", providers=["CPUExecutionProvider"])
    X = np.asarray(load_digits().X_test, np.float64)
    label, probabilities = session.run(None, {"features": X})
    model = TrainedModel.load(digits_run)
    np.testing.assert_allclose(probabilities, model.forward(X), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(label, model.predict(X))


def test_of_a_table_it_says_which_features_it_takes(chainrule: Invoke, tmp_path: Path) -> None:
    rows = [("size", "colour", "label")]
    rows += [(str(i % 7), ("blue", "red")[i % 2], ("a", "b")[i % 2]) for i in range(40)]
    path = write_csv(tmp_path / "table.csv", rows)
    assert chainrule("train", "--data", path, *FAST, "--out", "run")[0] == 0
    code, out, _ = chainrule("export", "run", "--onnx", "table.onnx")
    assert code == 0
    assert out.splitlines()[-2:] == [
        "The features in order: size, colour=blue, colour=red",
        "Of a column of words each is a feature, 1 where it stands and else 0",
    ]
    code, out, _ = chainrule("export", "run", "--onnx", "table.onnx", "--json")
    assert json.loads(out) == {
        "model": "NeuralNet(3-32-2, sigmoid)",
        "out": "table.onnx",
        "features": 3,
        "feature_names": ["size", "colour=blue", "colour=red"],
        "classes": ["a", "b"],
    }


def test_what_cannot_be_written_is_said(
    chainrule: Invoke, digits_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    for arguments, sentence in (
        (("--onnx", "net.pb"), "--onnx writes a file whose name ends in .onnx; got net.pb"),
        ((), "Missing option '--onnx'."),
        (("--onnx", "net.onnx"), 'install it with pip install "chainrule[onnx]"'),
    ):
        code, out, errors = chainrule("export", digits_run, *arguments)
        assert (code, out, errors.count("\n")) == (2, "", 1)
        assert sentence in errors
    assert not Path("net.onnx").exists()
