"""What well-known functions that load or prepare data would give, with data of a form.

They are known by their names: scikit-learn's, those of Keras, of other packages that load pictures
of digits, and of the loaders that come with courses and books.
"""

import ast
import linecache
import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from chainrule.checking.record._standins.files import part_of
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._standins.frames import Frame
from chainrule.checking.record._tape.arrays import Whole, taken_up, values_of

_SIDES = {784: 28, 64: 8}  # of square pictures, by how many numbers they have
_KINDS = 3  # of a feature that the code takes for one of kinds
_MOST_ASKED = 200  # samples: more are not made, whatever is asked for
_TOYS = (
    ("iris", 4, 3, 150), ("make_", 2, 2, 100), ("digits", 64, 10, None),
    ("breast_cancer", 30, 2, None), ("wine", 13, 3, 178), ("diabetes", 10, 2, None),
)  # fmt: skip


class Asked(NamedTuple):
    """A call of a function that is stood in for.

    Attributes:
        name: with those of its package, and of what was called before.
        args: what it takes.
        more: what it takes by name.
        form: of the data.
    """

    name: str
    args: Sequence[Any]
    more: Mapping[str, Any]
    form: Form


def form_of(name: str, form: Form, more: Mapping[str, Any] | None = None) -> Form:
    """The form of the well-known small sets, by the name of what loads them.

    Their number of samples is that of the set, unless numbers in the code are made small too.
    """
    more = more or {}
    for part, inputs, classes, count in _TOYS:
        if part in name:
            form = replace(form, inputs=inputs, classes=classes)
            asked: Any = count
            if part == "make_":
                form = _of_settings(name, form, more)
                asked = more.get("n_samples", count)
            if isinstance(asked, int) and asked <= _MOST_ASKED and not form.scaled:
                form = replace(form, count=asked)
            break
    one_hot = [v for k, v in more.items() if "hot" in k]
    return replace(form, targets="one-hot") if one_hot and one_hot[0] is True else form


def _of_settings(name: str, form: Form, more: Mapping[str, Any]) -> Form:
    usual = 20 if "classification" in name else form.inputs
    inputs, classes = more.get("n_features", usual), more.get("n_classes", more.get("centers"))
    if isinstance(inputs, int):
        form = replace(form, inputs=inputs)
    return replace(form, classes=classes) if isinstance(classes, int) else form


def pictures(form: Form) -> Any:
    """Samples as pictures, where they may be some. Shape: `(N, side, side)`, or `(N, D)`."""
    X = form.arrays()[0]
    side = _SIDES.get(form.inputs)
    square = side is not None and form.samples == "rows"
    return taken_up(X.reshape(len(X), side, side) if square else X)


def given(asked: Asked) -> Any:
    """What such a call gives; None if that is not known."""
    for words, make in _GIVERS:
        if re.search(words, asked.name):
            result = make(asked)
            if result is not None:
                return result
    return None


def _array(thing: Any) -> Any:
    """An array that is given, or the table of a frame; None for something else."""
    if isinstance(thing, Frame):
        return taken_up(thing.array)
    return thing if isinstance(thing, np.ndarray) else None


def _halves(asked: Asked) -> Any:
    arrays = [each for each in asked.args if not isinstance(each, float | int)]
    return [part for each in arrays for part in (each, each)]


def _same(asked: Asked) -> Any:
    arrays = [_array(each) for each in asked.args]
    if not arrays or any(each is None for each in arrays[:1]):
        return None
    return arrays[0] if len(arrays) == 1 or "shuffle" not in asked.name else arrays


def _numbers_of(thing: Any) -> Any:
    """Labels as whole numbers from 0 on. Shape: `(N,)`; None if there are none."""
    array = np.asarray(values_of(thing) if _array(thing) is None else values_of(_array(thing)))
    if array.dtype.kind not in "iufU" or (array.ndim > 1 and 1 not in array.shape):
        return None
    flat = array.ravel()
    if array.dtype.kind == "f" and np.any(flat != np.floor(flat)):
        flat = np.argsort(np.argsort(flat)) % _KINDS  # a feature: as if it were of some kinds
    return np.unique(flat, return_inverse=True)[1]


def _labels(asked: Asked) -> Any:
    numbers = _numbers_of(asked.args[0]) if asked.args else None
    return None if numbers is None else taken_up(numbers)


class _Rows(Whole):
    """Rows that others would keep as a sparse matrix or as a table."""

    def toarray(self) -> Any:
        """The rows themselves. Shape: `(N, K)`."""
        return self.view(Whole)

    @property
    def values(self) -> Any:
        """The same. Shape: `(N, K)`."""
        return self.view(Whole)

    todense = to_numpy = toarray


def _one_hot(asked: Asked) -> Any:
    """A row for each label. Shape: `(N, K)`."""
    numbers = _numbers_of(asked.args[0]) if asked.args else None
    if numbers is None:
        return None
    count = next(
        (n for n in (*asked.args[1:2], *asked.more.values()) if type(n) is int and n > 1),
        int(numbers.max()) + 1,
    )
    rows = np.eye(max(count, int(numbers.max()) + 1), dtype=np.int64)[numbers]
    if "LabelBinarizer" in asked.name and rows.shape[1] == 2:
        rows = rows[:, 1:]
    return rows.view(_Rows)


def _arrays(asked: Asked) -> Any:
    form = form_of(asked.name, asked.form, asked.more)
    X, y = form.arrays()
    if "openml" in asked.name and asked.more.get("as_frame", True) is not False:
        return Frame(X), Frame(y)
    return taken_up(X), taken_up(y)


def _arrays_if_asked(asked: Asked) -> Any:
    return _arrays(asked) if asked.more.get("return_X_y") else None


def _sets(asked: Asked) -> Any:
    form = form_of(asked.name, asked.form, asked.more)
    pair = (pictures(form), taken_up(form.arrays()[1]))
    return pair, pair


def _pairs(asked: Asked) -> Any:
    """Samples and targets one by one, as columns; the last two parts have labels."""
    X, labels = replace(asked.form, samples="rows", targets="labels").arrays()
    samples = [taken_up(x[:, None]) for x in X]
    rows = [taken_up(row[:, None]) for row in np.eye(asked.form.classes)[labels]]
    tested = list(zip(samples, labels.tolist(), strict=True))
    return list(zip(samples, rows, strict=True)), tested, tested


def _by_part(asked: Asked) -> Any:
    """What a function is named after: `train_images()`, `load_labels(path)`."""
    if any(isinstance(each, np.ndarray) for each in asked.args):
        return None
    last = asked.name.rpartition(".")[2]
    if last == "convert_from_file":
        last = str(asked.args[0]) if asked.args else ""
    form = form_of(asked.name, asked.form, asked.more)
    return {"X": pictures(form), "y": taken_up(form.arrays()[1]), "": None}[part_of(last)]


def _log_loss(asked: Asked) -> Any:
    """The mean of -log of what is predicted for each label, of one probability or of several."""
    labels, predicted = [_array(each) for each in (*asked.args, None, None)[:2]]
    if labels is None or predicted is None or not labels.size:
        return None
    if predicted.ndim < _TABLE or predicted.shape[1] == 1:
        y, p = labels.reshape(-1), predicted.reshape(-1)
        return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)) if y.size == p.size else None
    if labels.shape == predicted.shape:
        return -np.sum(labels * np.log(predicted)) / len(predicted)
    numbers = _numbers_of(labels)
    if numbers is None or len(numbers) != len(predicted):
        return None
    return -np.mean(np.log(predicted[np.arange(len(numbers)), numbers]))


def _path(asked: Asked) -> Any:
    """Where something would be that was fetched: as it is called."""
    named = [each for each in (*asked.args, *asked.more.values()) if isinstance(each, str)]
    return named[0] if named else None


_SOME_SCORE = 0.5
_TABLE = 2  # axes that it has
_GIVERS: tuple[tuple[str, Callable[[Asked], Any]], ...] = (
    (r"train_test_split", _halves),
    (r"OneHotEncoder.*transform|LabelBinarizer.*transform|to_categorical|get_dummies"
     r"|\.one_?hot\w*$", _one_hot),
    (r"LabelEncoder.*transform|\.factorize$", _labels),
    (r"(^|\.)(shuffle|resample)$|transform|scale|normali[sz]e", _same),
    (r"\.make_\w+$|\.mnist_data$", _arrays),
    (r"\.(load|fetch)_\w+$", _arrays_if_asked),
    (r"^sklearn\.metrics\.log_loss$", _log_loss),
    (r"^sklearn\.metrics\.\w+(_score|_error|_loss)$", lambda _asked: _SOME_SCORE),
    (r"(download|get_file)$", _path),
    (r"load_data_wrapper$", _pairs),
    (r"\.datasets(\.\w+)+\.load_data$", _sets),
    (r"\.\w*(images|labels)$|idx2numpy.*\.convert_from_file$", _by_part),
)  # fmt: skip


def unpacked(frame: types.FrameType, form: Form) -> list[Any] | None:
    """What a loader gives, as its caller takes it apart: by the names, or their number.

    Args:
        frame: of the code that takes it apart.
        form: of the data.

    Returns:
        None if nothing is taken apart there.
    """
    target = _target(frame)
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    X, y = (taken_up(each) for each in form.arrays())
    pair = (X, y)
    if any(isinstance(each, ast.Tuple) for each in target.elts):
        return [pair for _ in target.elts]
    names = [re.sub(r"orig\w*|set", "", ast.unparse(each).lower()) for each in target.elts]
    parts = [part_of(each) for each in names]
    if "y" not in parts or "X" not in parts:
        if len(names) == _THREE_SETS:
            return [pair for _ in names]
        parts = [("X", "y")[i % 2] for i in range(len(names))]
        if len(names) % 2:
            names[-1] = "classes"
    return [
        np.arange(form.classes) if "class" in each else {"X": X, "y": y}.get(part, X)
        for each, part in zip(names, parts, strict=True)
    ]


_THREE_SETS = 3  # to train, to validate and to test


def _target(frame: types.FrameType) -> ast.expr | None:
    """What is assigned to by the instruction at which a frame stands."""
    code = frame.f_code
    place = next(islice(code.co_positions(), frame.f_lasti // 2, None), None)
    if place is None or None in place:
        return None
    line, last, begin, end = (n or 0 for n in place)
    lines = [each.encode() for each in linecache.getlines(code.co_filename)[line - 1 : last]]
    if not lines:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][begin:]
    try:
        return ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except SyntaxError:
        return None
