"""What the arguments of functions take, by their names and by what was called before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chainrule.checking.record._running.plans import ROLE_NAMES, Call
from chainrule.checking.record._source.signatures import SIZES, Signature, kind_of, role_of

_DATA = ("X", "Y", "pairs", "rate", "times", "batch", "decay", "seed", "generator")  # no sizes


@dataclass
class Known:
    """Names in the store of a plan that is being made.

    Attributes:
        names: by what an argument is called, in small letters.
        settings: names that the file itself gives something to, such as a list of layers.
        uses: what arguments of the function that is called take by their use.
        kinds: by what it is: "prediction", "cache", "gradients", "parameters".
    """

    names: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    unnamed: list[str] = field(default_factory=list)
    settings: Mapping[str, str] = field(default_factory=dict)
    uses: Mapping[str, str] = field(default_factory=dict)

    def taken(self, needs: Sequence[str], by_role: bool) -> tuple[str, ...] | None:
        """What each argument takes; None if that cannot be told of one."""
        found = [self._strongly(need) for need in needs]
        if found.count("Y") > 1:  # one is what is predicted
            found = [None if f == "Y" and kind_of(n) == "prediction" else f
                     for n, f in zip(needs, found, strict=True)]  # fmt: skip
        if "Y" in found:
            found = ["X" if f == "pairs" else f for f in found]
        elif "pairs" in found:  # others are to test with
            found = ["tested" if f in ("X", "pairs") and re.search("test|val", n.lower()) else f
                     for n, f in zip(needs, found, strict=True)]  # fmt: skip
        missing = [i for i, f in enumerate(found) if f is None]
        if missing and len(missing) == len(self.unnamed):
            return _filled(found, self.unnamed)
        weak = (kind_of(need) for need in needs)
        by_kind = [
            self.kinds.get(kind) if kind and (by_role or kind == "parameters") else None
            for kind in weak
        ]
        together = [f or k for f, k in zip(found, by_kind, strict=True)]
        return None if None in together else tuple(f for f in together if f is not None)

    def guessed(self, needs: Sequence[str]) -> tuple[str, ...] | None:
        """The same where it cannot be told of samples or targets, which come in this order."""
        found = [self._strongly(need) for need in needs]
        left = [role for role in ("X", "Y") if role not in found]
        missing = found.count(None)
        return _filled(found, left) if missing and missing == len(left) else None

    def _strongly(self, need: str) -> str | None:
        of_names = self.names.get(need.lower()) or self.uses.get(need) or _data_role(need)
        return of_names or self.settings.get(need)

    def called(self, of: Signature, takes: tuple[str, ...], made: bool = False) -> Call:
        """The call, what it gives being known from now on."""
        gives = tuple(
            f"{of.name}[{i}]" if name in ("", *ROLE_NAMES) else name  # which stay what they are
            for i, name in enumerate(of.gives)
        )
        if len(gives) == 1 and not of.gives[0]:
            gives = (f"{of.name}()",)
        if not made and "parameters" in self.kinds:  # a step gives them anew
            gives = tuple(
                self.kinds["parameters"] if kind_of(name) == "parameters" else name
                for name in gives
            )
        for name, plain in zip(gives, of.gives, strict=True):
            if plain:
                self.names[plain.lower()] = name
            elif made and len(gives) > 1:
                self.unnamed.append(name)
        if gives and made:
            self.kinds["parameters"] = gives[0]
        elif gives and "X" in takes and of.multiplies and "Y" not in takes:
            self.kinds["prediction"], self.kinds["cache"] = gives[0], gives[-1]
        elif gives and ("Y" in takes or "cache" in takes):
            self.kinds["gradients"] = gives[0]
        return Call(of.name, takes, gives, may_fail=not made)

    def rebound(self, of: Signature) -> tuple[str, ...]:
        """Names for what a function gives that changes what it takes."""
        if all(name and name.lower() in self.names for name in of.gives):
            return tuple(self.names[name.lower()] for name in of.gives)
        return ()


def _filled(found: Sequence[str | None], names: Sequence[str]) -> tuple[str, ...]:
    rest = iter(names)
    return tuple(f or next(rest) for f in found)


def _data_role(need: str) -> str | None:
    """The role of an argument that takes data or settings; not of what predictions are called."""
    if kind_of(need) == "prediction" and need.lower() != "y_hat":
        return None
    role = role_of(need)
    return role if role in _DATA or role == "sizes" else role_of(need, SIZES)
