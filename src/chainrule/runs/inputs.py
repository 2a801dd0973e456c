"""Reading the samples of a file the way a trained model wants them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data import idx, tables
from chainrule.data.image_files import SUFFIXES, DigitPicture, read_picture
from chainrule.errors import DataError
from chainrule.runs.model_files import TrainedModel


def is_picture(path: Path) -> bool:
    """Whether a file is an image of one digit, by its name."""
    return path.suffix.lower() in SUFFIXES


def read_digit(path: Path, trained: TrainedModel) -> DigitPicture:
    """The digit in an image file, in the form of the images that a model has learned from.

    Raises:
        DataError: if the file cannot be read, shows no ink, or the model takes no images.
    """
    if trained.image_shape is None:
        raise DataError(f"{path}: the model was not trained on images; give a CSV or NPZ file")
    return read_picture(path, trained.image_shape, trained.largest_value)


def read_samples(path: Path, trained: TrainedModel) -> NDArray[Any]:
    """Raw features of every sample in a CSV, NPZ or IDX file.

    Columns of a CSV file are matched by name where the model knows the names; labels are passed
    over.

    Returns:
        `(N, D)`.

    Raises:
        DataError: if the file cannot be read, or its samples are not what the model takes.
    """
    n_features, suffix = trained.model.input_size, path.suffix.lower()
    label = trained.source.get("label")
    if suffix == ".csv":
        names = trained.feature_names
        X = tables.read_csv(path, label, label_required=False, only=names).X
    elif suffix == ".npz":
        parts = tables.read_npz(path, label, label_required=False)
        X = parts["test" if "test" in parts else "all"].X
    elif path.is_dir():
        raise DataError(
            f"{path}: this is a folder; give the files in it, such as {path / '*.png'}"
        )
    elif path.is_file() and not idx.is_idx(path):
        raise DataError(
            f"{path}: neither an image (PNG, JPEG, …), nor .csv, .npz or IDX; give one of these"
        )
    else:
        X = idx.read_idx(path)
        if X.ndim < 2:
            raise DataError(f"{path}: holds single numbers such as labels, not samples")
    X = X.reshape(len(X), int(np.prod(X.shape[1:])))
    if len(X) == 0 or X.shape[1] != n_features:
        raise DataError(
            f"{path}: holds {len(X)} samples of {X.shape[1]} features; "
            f"the model takes samples of {n_features}"
        )
    return X
