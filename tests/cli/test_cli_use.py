import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from chainrule.data import load_digits
from chainrule.runs.model_files import TrainedModel
from command_line import FAST, Invoke, write_csv


def test_evaluate_gives_the_figures_of_the_run(chainrule: Invoke, digits_run: Path) -> None:
    metrics = json.loads((digits_run / "metrics.json").read_text())["models"]
    code, out, _ = chainrule("evaluate", digits_run, "--json")
    result = json.loads(out)
    assert code == 0
    assert result["accuracy"] == metrics["net"]["test_accuracy"]
    assert result["loss"] == pytest.approx(metrics["net"]["test_loss"])
    assert np.trace(result["confusion"]) == round(result["accuracy"] * 270)
    _, out, _ = chainrule(
        "evaluate", digits_run / "logistic.safetensors", "--part", "train", "--json"
    )
    assert json.loads(out)["accuracy"] == metrics["logistic"]["train_accuracy"]
    code, out, _ = chainrule("evaluate", digits_run)
    assert code == 0
    assert f"accuracy {result['accuracy']:.4f}" in out


def test_worst_lists_the_highest_losses_first(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    code, out, _ = chainrule("worst", digits_run, "--number", 5, "--json")
    assert code == 0
    rows = json.loads(out)["worst"]
    model, digits = TrainedModel.load(digits_run), load_digits()
    losses = -model.log_probabilities(digits.X_test)[np.arange(270), digits.y_test]
    assert [row["sample"] for row in rows] == list(np.argsort(-losses)[:5])
    assert [row["loss"] for row in rows] == pytest.approx(sorted(losses)[::-1][:5])
    code, out, _ = chainrule("worst", digits_run, "--out", "worst.png")
    assert code == 0
    assert len(out.splitlines()) == 2 + 12 + 1
    with Image.open(tmp_path / "worst.png") as picture:
        assert picture.format == "PNG"


@pytest.mark.parametrize("ink", ["dark on light", "light on dark"])
def test_predict_reads_pictures_of_digits(
    ink: str, chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    digits, right = load_digits(), 0
    for i in range(20):
        pixels = (digits.images(digits.X_test[i]) * 255 / 16).astype(np.uint8)
        if ink == "dark on light":
            pixels = 255 - pixels
        Image.fromarray(pixels.repeat(20, axis=0).repeat(20, axis=1)).save("digit.png")
        code, out, _ = chainrule("predict", digits_run, "digit.png", "--json")
        assert code == 0
        (prediction,) = json.loads(out)["predictions"]
        assert 0 < prediction["probability"] <= 1
        right += prediction["label"] == digits.y_test[i]
    assert right >= 17  # cutting to the ink changes those digits that do not fill the frame


def test_predict_reads_npz_and_idx_like_the_data_trained_on(
    chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    digits = load_digits()
    expected = [int(c) for c in TrainedModel.load(digits_run).predict(digits.X_test)]
    np.savez(tmp_path / "some.npz", X=digits.X_test)
    header = b"\0\0\x08\x03" + b"".join(n.to_bytes(4, "big") for n in (270, 8, 8))
    (tmp_path / "some-idx3-ubyte").write_bytes(
        header + np.asarray(digits.X_test, np.uint8).tobytes()
    )
    for name in ("some.npz", "some-idx3-ubyte"):
        code, out, _ = chainrule("predict", digits_run, name, "--json")
        assert code == 0
        assert [p["label"] for p in json.loads(out)["predictions"]] == expected
        code, out, _ = chainrule("predict", digits_run, name)
        assert len(out.splitlines()) == 271


def test_a_table_with_named_labels_is_learned_and_predicted(
    chainrule: Invoke, flowers: Path, tmp_path: Path
) -> None:
    code, out, _ = chainrule(
        *("train", "--data", flowers, "--label", "kind", "--out", "r", "--json"),
        *("--no-plots", "--epochs", 30),
    )
    assert code == 0
    assert json.loads(out)["models"]["net"]["test_accuracy"] == 1
    # Other order of columns, one more column, no labels: matched by name.
    rows = [("height", "extra", "length", "width"), (4, 9, 2, -2), (0, 9, 0, 0), (2, 9, 1, -1)]
    write_csv(tmp_path / "new.csv", rows)
    _, out, _ = chainrule("predict", "r", "new.csv", "--json")
    labels = [p["label"] for p in json.loads(out)["predictions"]]
    assert labels == ["lily", "rose", "iris"]
    code, out, _ = chainrule("evaluate", "r")
    assert code == 0
    assert "lily" in out


def test_a_table_gets_a_report_without_pictures_of_samples(
    chainrule: Invoke, flowers: Path, tmp_path: Path
) -> None:
    code, _, err = chainrule(
        "train", "--data", flowers, "--label", "kind", "--out", "r", "--epochs", 1
    )
    assert (code, err) == (0, "")
    pictures = {p.name for p in (tmp_path / "r").glob("*.png")}
    assert pictures == {
        *("activation.png", "loss.png", "accuracy.png", "confusion.png", "reliability.png")
    }
    assert "Would you have done better?" not in (tmp_path / "r" / "report.html").read_text()


@pytest.mark.parametrize("colour", ["black", "white"])
def test_predict_reads_ink_on_a_transparent_ground(
    colour: str, chainrule: Invoke, digits_run: Path, tmp_path: Path
) -> None:
    alpha = Image.new("L", (40, 60), 0)
    alpha.paste(255, (16, 5, 24, 55))  # a stroke: a one
    picture = Image.new("RGBA", alpha.size, colour)
    picture.putalpha(alpha)
    picture.save("one.png")
    code, out, _ = chainrule("predict", digits_run, "one.png", "--json")
    assert code == 0
    assert json.loads(out)["predictions"][0]["label"] == 1


def test_evaluate_and_worst_warn_when_the_data_have_changed(
    chainrule: Invoke, flowers: Path
) -> None:
    train = ("train", *FAST, "--data", flowers, "--label", "kind", "--out", "r")
    assert chainrule(*train, "--validation", 0.2)[0] == 0
    assert chainrule("evaluate", "r")[2] == ""
    flowers.write_text(flowers.read_text() + "1,2,rose,3\n")
    for verb in ("evaluate", "worst"):
        code, _, err = chainrule(verb, "r")
        assert code == 0
        assert "has changed since the model was trained" in err


def test_a_label_column_of_another_name_is_passed_over(
    chainrule: Invoke, flowers: Path, tmp_path: Path
) -> None:
    train = ("train", *FAST, "--data", flowers, "--label", "kind", "--out", "r")
    assert chainrule(*train)[0] == 0
    rows = [("sort", "height", "length", "width"), ("rose", 4, 2, -2)]
    write_csv(tmp_path / "new.csv", rows)
    assert chainrule("predict", "r", "new.csv")[0] == 0
