"""Reading the samples of a file the way a trained model wants them."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data import idx, image_files, tables
from chainrule.errors import DataError
from chainrule.files import TrainedModel


def read_samples(path: Path, trained: TrainedModel) -> NDArray[Any]:
    """Raw features of every sample in an image, CSV, NPZ or IDX file.

    Columns of a CSV file are matched by name where the model knows the names; labels are passed
    over.

    Returns:
        `(N, D)`.

    Raises:
        DataError: if the file cannot be read, or its samples are not what the model takes.
    """
    n_features, suffix = trained.model.input_size, path.suffix.lower()
    label = trained.source.get("label")
    if suffix in image_files.SUFFIXES:
        if trained.image_shape is None:
            raise DataError(f"{path}: the model was not trained on images; give a CSV or NPZ file")
        X = image_files.read_image(path, trained.image_shape, trained.largest_value)[np.newaxis]
    elif suffix == ".csv":
        X = _csv_samples(path, trained, label)
    elif suffix == ".npz":
        parts = tables.read_npz(path, label, label_required=False)
        X = parts["test" if "test" in parts else "all"].X
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


def _csv_samples(path: Path, trained: TrainedModel, label: str | None) -> NDArray[Any]:
    table = tables.read_csv(path, label, label_required=False)
    wanted, names = trained.feature_names, table.feature_names
    if wanted is None or names is None:
        return table.X
    missing = [name for name in wanted if name not in names]
    if missing:
        raise DataError(
            f"{path}: the column {missing[0]!r}, which the model reads, is missing; "
            f"it needs {len(wanted)} columns, named as in the file it was trained on"
        )
    return table.X[:, [names.index(name) for name in wanted]]
