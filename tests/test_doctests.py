"""Every example in a docstring is run, and shows what the docstring says it shows."""

import doctest
import importlib

import pytest

from test_public_names import module_names

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples(module_name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(module_name)
    return [test for test in doctest.DocTestFinder().find(module) if test.examples]


@pytest.mark.parametrize("module_name", [name for name in module_names() if examples(name)])
def test_the_examples_of_a_module_show_what_they_say(module_name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    said: list[str] = []
    for test in examples(module_name):
        runner.run(test, out=said.append)
    assert not runner.summarize(verbose=False).failed, "".join(said)


def test_sixty_public_names_have_an_example() -> None:
    names = [test.name for name in module_names() for test in examples(name)]
    assert len(names) >= 60, len(names)
