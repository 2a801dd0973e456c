"""Every example in a docstring is run, and shows what the docstring says it shows."""

import doctest
import importlib
import pkgutil
import re

import pytest

import chainrule

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples(module_name: str) -> list[doctest.DocTest]:
    module = importlib.import_module(module_name)
    return [test for test in doctest.DocTestFinder().find(module) if test.examples]


MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(chainrule.__path__, "chainrule.")
    if not name.endswith("__main__") and examples(name)
]


@pytest.mark.parametrize("module_name", MODULES)
def test_the_examples_of_a_module_show_what_they_say(module_name: str) -> None:
    runner = doctest.DocTestRunner(optionflags=OPTIONS)
    output: list[str] = []
    for test in examples(module_name):
        runner.run(test, out=output.append)
    assert not runner.summarize(verbose=False).failed, "".join(output)


def test_sixty_public_names_have_an_example() -> None:
    names = [test.name for name in MODULES for test in examples(name)]
    public = [name for name in names if not re.search(r"\._\w+$", name)]
    assert len(public) >= 60, public
