"""Pictures that stand in for those which the learner's code opens."""

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.checking.learner.imports import Nothing
from chainrule.checking.record._standins.form import Form, Generator
from chainrule.checking.record._tape.arrays import taken_up, values_of, whole

_SIDE = 28
_COLOURS = 3
_PLAIN_MODES = ("L", "1", "P", "I", "F")
_OPENED = re.compile(r"\.(imread|load_img)$|\bImage\.open$")


class Picture(Nothing):
    """A picture, as Pillow has them.

    Attributes:
        array: what is on it, whole numbers up to 255. Shape: `(high, wide)`, or with colours
            `(high, wide, 3)`.
    """

    def __init__(self, array: Any) -> None:
        self.__dict__.update(array=array)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "size":
            return self.array.shape[1::-1]
        if name in ("width", "height"):
            return self.array.shape[int(name == "width")]
        if name == "getdata":
            return lambda *_args: whole(self.array.reshape(-1, *self.array.shape[2:]))
        return lambda *_args, **_more: self  # turned, cut or filtered, it is a picture again

    def convert(self, mode: str = "RGB", *_args: Any, **_more: Any) -> "Picture":
        """In colours, or without."""
        return Picture(_grey(self.array) if mode in _PLAIN_MODES else _coloured(self.array))

    def resize(self, size: Sequence[int], *_args: Any, **_more: Any) -> "Picture":
        """Of another size: so wide and so high."""
        return Picture(_resized(self.array, size))

    def __array__(self, *_args: Any, **_more: Any) -> Any:
        return self.array


def opened(name: str, args: Sequence[Any], more: Mapping[str, Any], form: Form) -> Any:
    """What a function gives that opens or changes a picture; None if it is no such function.

    Args:
        name: of the function, with its package.
        args: what it takes.
        more: what it takes by name.
        form: of the data: a sample may be a picture.
    """
    if _OPENED.search(name):
        return _opened(name, args, more, form)
    if not args or not isinstance(args[0], np.ndarray | Picture):
        return None
    array = np.asarray(values_of(getattr(args[0], "array", args[0])))
    last = name.rpartition(".")[2]
    if last in ("resize", "imresize") and len(args) > 1:
        return whole(_resized(array, args[1]))
    if last == "cvtColor" and "GRAY" in getattr(args[-1], "_name", ""):
        return whole(_grey(array))
    if last == "fromarray":
        return Picture(array)
    return whole(array) if name.startswith("cv2") and array.ndim > 1 else None


def _opened(name: str, args: Sequence[Any], more: Mapping[str, Any], form: Form) -> Any:
    array = _made_up(str(args[0]) if args else "", form)
    if not name.endswith("imread"):
        return Picture(array)
    if name.startswith("matplotlib"):
        return taken_up(array / 255)
    nothing_else_asked = len(args) == 1 and not more
    if name.startswith("cv2") and nothing_else_asked:
        array = _coloured(array)
    return whole(array)


def _made_up(name: str, form: Form) -> Any:
    """Shape: that of a sample with so many numbers, if it may be a picture."""
    shape: tuple[int, ...] = (_SIDE, _SIDE)
    for colours in ((), (_COLOURS,)):
        side = math.isqrt(form.inputs // math.prod(colours))
        if side > 1 and math.prod((side, side, *colours)) == form.inputs:
            shape = (side, side, *colours)
    draw = Generator(np.random.PCG64(zlib.crc32(name.encode()) + form.seed))
    return draw.integers(0, 256, shape).astype(np.uint8)


def _grey(array: Any) -> Any:
    return array.mean(axis=2).astype(np.uint8) if array.ndim > 2 else array


def _coloured(array: Any) -> Any:
    return array if array.ndim > 2 else np.repeat(array[:, :, None], _COLOURS, axis=2)


def _resized(array: Any, size: Sequence[int]) -> Any:
    wide, high = (int(n) for n in size[:2])
    rows, columns = (
        np.arange(n) * old // n for n, old in zip((high, wide), array.shape, strict=False)
    )
    return array[rows][:, columns]
