import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from chainrule.data import Dataset, Scaling, load_digits
from chainrule.data.dataset import Part
from chainrule.errors import ChainruleError, ModelFileError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs._array_files import reading_arrays, write_arrays
from chainrule.runs._checkpoint import load_checkpoint, save_checkpoint
from chainrule.runs.folder import write_whole
from chainrule.runs.model_files import TrainedModel
from chainrule.training.fit import fit
from chainrule.training.progress import Progress
from chainrule.training.sgd import SGD


def trained(
    model: LogisticRegression | NeuralNet, classes: tuple[int | str, ...] | None = None
) -> TrainedModel:
    rng = np.random.default_rng(0)
    scaling = Scaling.fit("standard", rng.normal(3, 2, (20, model.input_size)))
    source: dict[str, str | None] = {"name": "mine.csv", "data_dir": None, "label": "kind"}
    names = tuple(f"column {i}" for i in range(model.input_size))
    return TrainedModel(
        model, scaling, classes or tuple(range(model.output_size)), (2, 3), names, source, 16.0
    )


def shapes(model: NeuralNet) -> dict[str, tuple[int, ...]]:
    return {name: parameter.shape for name, parameter in model.parameters.items()}


MODELS: tuple[LogisticRegression | NeuralNet, ...] = (
    LogisticRegression(6, 4, seed=1),
    NeuralNet(6, 5, 4, seed=1),
    NeuralNet(6, [5, 3, 2], 4, activation="relu", seed=1),
    *(NeuralNet(6, (5, 3), 4, activation=name, seed=1) for name in ACTIVATIONS),
)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_a_model_comes_back_from_its_file_to_the_bit(
    model: LogisticRegression | NeuralNet, tmp_path: Path
) -> None:
    before = trained(model, ("cat", "dog", "été", "3"))
    before.save(tmp_path / "model.safetensors")
    after = TrainedModel.load(tmp_path / "model.safetensors")
    X = np.random.default_rng(2).normal(3, 2, (7, 6))
    np.testing.assert_array_equal(before.forward(X), after.forward(X))
    assert repr(after.model) == repr(model)
    for name in ("classes", "image_shape", "feature_names", "source", "largest_value"):
        assert getattr(after, name) == getattr(before, name)
    if isinstance(model, NeuralNet):
        assert isinstance(after.model, NeuralNet)
        assert after.model.hidden_sizes == model.hidden_sizes


def test_a_run_folder_stands_for_its_network_or_else_its_softmax_regression(
    tmp_path: Path,
) -> None:
    trained(MODELS[0]).save(tmp_path / "logistic.safetensors")
    assert isinstance(TrainedModel.load(tmp_path).model, LogisticRegression)
    trained(MODELS[1]).save(tmp_path / "net.safetensors")
    assert isinstance(TrainedModel.load(tmp_path).model, NeuralNet)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"net\.safetensors: there is no such file"):
        TrainedModel.load(tmp_path)
    with pytest.raises(ModelFileError, match=r"gone\.safetensors: there is no such file"):
        TrainedModel.load(tmp_path / "gone.safetensors")


def test_a_safetensors_file_of_someone_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    path.write_bytes(save({"weight": np.zeros((2, 2))}))
    with pytest.raises(ModelFileError, match="it is not a file of chainrule"):
        TrainedModel.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("model", "Transformer"),
        ("input_size", 7),
        ("input_size", 10**12),
        ("input_size", -6),
        ("hidden", [5, 3]),
        ("hidden", [10**9]),
        ("hidden", None),
        ("activation", "swish"),
        ("scale", "log"),
        ("classes", [0, 1, 2]),
        ("classes", [0, 1, 2, 2]),
        ("classes", [0, 1, 2, None]),
        ("image_shape", [3, 3]),
        ("image_shape", [-2, -3]),
        ("feature_names", ["a"]),
        ("source", None),
        ("largest_value", "NaN"),
    ],
)
def test_a_description_that_does_not_fit_the_weights_is_refused(
    key: str, value: object, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    trained(MODELS[1]).save(path)
    with reading_arrays(path) as (arrays, description):
        write_arrays(path, arrays, description | {key: value})
    with pytest.raises(ModelFileError, match="damaged") as error:
        TrainedModel.load(path)
    assert "\n" not in str(error.value)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    model = NeuralNet(6, 5, 4, seed=1)
    model.W_o[0, 0] = np.nan
    trained(model).save(tmp_path / "model.safetensors")
    with pytest.raises(ModelFileError, match="W_o is not finite"):
        TrainedModel.load(tmp_path / "model.safetensors")


def test_data_of_another_size_or_with_other_labels_are_refused() -> None:
    digits = load_digits()
    with pytest.raises(ChainruleError, match="takes samples of 6 features, but those of digits"):
        trained(MODELS[1]).part(digits, "test")
    model = trained(NeuralNet(64, 5, 4, seed=1))
    with pytest.raises(ChainruleError, match="digits has the label 4, which the model has not"):
        model.part(digits, "test")


def test_labels_are_renumbered_to_those_of_the_model() -> None:
    X, y = np.zeros((3, 6)), np.array([0, 1, 0])
    data = Dataset("mine", X, y, X, y, ("dog", "cat"))
    model = trained(MODELS[1], ("bird", "cat", "dog", "fish"))
    np.testing.assert_array_equal(model.part(data, "train")[1], [2, 1, 2])


@pytest.mark.parametrize("part", ["train", "validation", "test"])
def test_a_part_of_the_data_is_the_part_that_was_asked_for(part: Part) -> None:
    sizes = {"train": 10, "validation": 3, "test": 2}
    X = {name: np.full((size, 6), size) for name, size in sizes.items()}
    y = {name: np.arange(size) % 2 for name, size in sizes.items()}
    data = Dataset(
        "mine", X["train"], y["train"], X["test"], y["test"], ("dog", "cat"),
        X["validation"], y["validation"],
    )  # fmt: skip
    for samples, labels, numbers in (
        (*data.part(part), [0, 1]),
        (*trained(MODELS[1], ("bird", "cat", "dog", "fish")).part(data, part), [2, 1]),
    ):
        np.testing.assert_array_equal(np.asarray(samples), X[part])
        np.testing.assert_array_equal(labels, np.take(numbers, y[part]))


@pytest.mark.parametrize("patience", [None, 3])
def test_a_checkpoint_comes_back_from_its_file_to_the_bit(
    patience: int | None, tmp_path: Path
) -> None:
    data = load_digits().hold_back(0.1).scaled("standard")
    assert data.X_validation is not None
    assert data.y_validation is not None
    kept: list[Progress] = []
    model = NeuralNet(64, (6, 5), 10, seed=1)
    settings = SGD(epochs=2, momentum=0.5, batch_size=32, patience=patience)
    validation = (data.X_validation, data.y_validation)
    fit(model, data.X_train, data.y_train, settings, validation=validation, on_epoch=kept.append)
    save_checkpoint(tmp_path / "c.safetensors", kept[-1])
    after = load_checkpoint(tmp_path / "c.safetensors", shapes(NeuralNet(64, (6, 5), 10)))
    assert list(after.history) == list(kept[-1].history)
    assert (after.best_epoch, after.stopped_early) == (
        kept[-1].best_epoch,
        kept[-1].stopped_early,
    )
    assert (after.best_parameters is None) == (patience is None)
    for name, p in kept[-1].parameters.items():
        np.testing.assert_array_equal(after.parameters[name], p)
        np.testing.assert_array_equal(after.velocity[name], kept[-1].velocity[name])
    with pytest.raises(ModelFileError, match=r"W_h has shape \(64, 6\), expected shape \(64, 7\)"):
        load_checkpoint(tmp_path / "c.safetensors", shapes(NeuralNet(64, (7, 5), 10)))


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(
    tmp_path: Path,
) -> None:
    # The limit on file size is real: the kernel refuses the write half-way, as a full disk would.
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from chainrule.runs.folder import write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_whole(Path(sys.argv[1]), b'x' * 5000)"
    )
    path = tmp_path / "model"
    path.write_bytes(b"old")
    result = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=False
    )
    assert "OSError" in result.stderr
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_write_whole_replaces_a_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", "one")
    write_whole(tmp_path / "a.txt", "two")
    assert (tmp_path / "a.txt").read_text() == "two"
    assert len(list(tmp_path.iterdir())) == 1


def flipped(content: bytes, bit: int) -> bytes:
    data = bytearray(content)
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def test_each_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    trained(MODELS[1]).save(path)
    content, rng = path.read_bytes(), np.random.default_rng(3)
    X = rng.normal(3, 2, (7, 6))
    right, words = TrainedModel.load(path).forward(X), repr(TrainedModel.load(path))
    first_number = 8 + int.from_bytes(content[:8], "little")
    for bit in rng.integers(8 * first_number, 8 * len(content), 300):
        path.write_bytes(flipped(content, int(bit)))
        with pytest.raises(ModelFileError, match="checksum is not that of its numbers: bits have"):
            TrainedModel.load(path)
    for bit in rng.integers(0, 8 * first_number, 300):  # in the header, a blank may become a tab
        path.write_bytes(flipped(content, int(bit)))
        try:
            after = TrainedModel.load(path)
        except ModelFileError:
            continue
        assert repr(after) == words
        np.testing.assert_array_equal(after.forward(X), right)


def test_files_of_before_there_were_checksums_are_read(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    trained(MODELS[1]).save(path)
    X = np.random.default_rng(2).normal(3, 2, (7, 6))
    right = TrainedModel.load(path).forward(X)
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    metadata["chainrule"], n = re.subn(', "crc32": "[0-9a-f]{8}"', "", metadata["chainrule"])
    assert n == 1
    path.write_bytes(save(arrays, metadata))
    np.testing.assert_array_equal(TrainedModel.load(path).forward(X), right)


@pytest.mark.parametrize("claimed", [101, 2_500_000_000, 2**64 - 1])
def test_a_header_that_claims_more_than_there_is(claimed: int, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(claimed.to_bytes(8, "little") + bytes(100))
    said = f"its header claims {claimed} bytes, and 100 are possible"
    with pytest.raises(ModelFileError, match=said):
        TrainedModel.load(path)


def test_a_model_file_larger_than_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    trained(MODELS[1]).save(path)
    monkeypatch.setenv("CHAINRULE_MAX_GB", "0.000001")
    with pytest.raises(ChainruleError, match=r"what it holds would take .* CHAINRULE_MAX_GB=1 "):
        TrainedModel.load(path)


def test_a_pipe_is_no_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.safetensors")
    with pytest.raises(ModelFileError, match=r"net\.safetensors: is no file; expected a model"):
        TrainedModel.load(tmp_path / "net.safetensors")


def test_nothing_in_a_model_file_is_pickled(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    trained(MODELS[1]).save(path)
    length = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + length])
    assert {"W_h", "b_h", "W_o", "b_o", "__metadata__"} <= set(header)
