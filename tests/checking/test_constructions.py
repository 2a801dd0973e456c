"""What a learner's constructor is given, by the names of its parameters and by how many."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from chainrule.checking.diagnosis import judge
from chainrule.checking.diagnosis.constructions import constructions
from chainrule.checking.diagnosis.probes import HIDDEN, D, K
from chainrule.checking.learner.desk import Definition
from learner_files import NETWORK, module

H, H2, H3 = HIDDEN[:3]
Given = tuple[tuple[object, ...], dict[str, object]]


def calls(*parameters: str) -> list[Given]:
    """Each way in turn: what the constructor is given in places, and by name."""
    ways = constructions(Definition("Net", 1, parameters, {}))
    return [way.build(way.sizes) for way in ways]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (["p"], [([D, H, H2, K],), ([D, H, H2, H3, K],), ([D, H, K],), ([D, K],)]),
        (["p", "q"], [(D, K)]),
        (["p", "q", "r"], [(D, H, K), (D, [H, H2], K), (D, [H], K)]),
        (["p", "q", "r", "s"], [(D, H, H2, K)]),
        (["p=", "q=", "r="], [(D, K), (D, H, K), ()]),
        ([], [()]),
    ],
)
def test_names_that_say_nothing_get_sizes_by_their_number(
    parameters: Sequence[str], expected: list[tuple[object, ...]]
) -> None:
    assert calls(*parameters) == [(args, {}) for args in expected]


@pytest.mark.parametrize(
    ("parameters", "first"),
    [
        (["n_in", "n_hidden", "n_out"], {"n_in": D, "n_hidden": H, "n_out": K}),
        (["n_out", "n_hidden", "n_in"], {"n_in": D, "n_hidden": H, "n_out": K}),
        (["n_in", "hidden_sizes", "n_out"], {"n_in": D, "hidden_sizes": [H, H2], "n_out": K}),
        (["n_in", "h1", "h2", "n_out"], {"n_in": D, "h1": H, "h2": H2, "n_out": K}),
        (["layer_sizes"], {"layer_sizes": [D, H, H2, K]}),
        (["n_hidden"], {"n_hidden": H}),
        (["n_in", "n_hidden", "n_out", "lr"], {"n_in": D, "n_hidden": H, "n_out": K, "lr": 0.1}),
    ],
)
def test_names_that_say_what_they_take_get_it(
    parameters: Sequence[str], first: dict[str, object]
) -> None:
    assert calls(*parameters)[0] == ((), first)


def test_what_may_be_left_out_is_left_out_in_turn() -> None:
    with_defaults = calls("n_in", "h1", "h2=", "n_out")
    assert [sorted(named) for _, named in with_defaults[:2]] == [
        ["h1", "h2", "n_in", "n_out"],
        ["h1", "n_in", "n_out"],
    ]


@pytest.mark.parametrize(
    ("parameters", "start", "end"),
    [(["n_hidden"], False, False), (["n_in", "n_hidden"], True, False)],
)
def test_a_class_may_fix_how_many_inputs_and_outputs_there_are(
    parameters: Sequence[str], start: bool, end: bool
) -> None:
    first = next(constructions(Definition("Net", 1, tuple(parameters), {})))
    assert (first.start, first.end) == (start, end)
    assert len(first.sizes) == 1 + start + end


def test_what_a_constructor_fails_with_is_said_of_all_methods(tmp_path: Path) -> None:
    code = NETWORK.replace("self.output_size = output_size", "raise ValueError('no')")
    findings = judge(module(tmp_path, f"import numpy as np\n{code}"))
    assert len(findings) == 5
    for finding in findings:
        assert finding.passed is None
        assert "`raise ValueError('no')`: Python stops with ValueError" in finding.message(1)
