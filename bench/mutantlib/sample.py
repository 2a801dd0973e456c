"""Which mutations are tried: a sample over all modules, the same for a seed."""

import ast
import random
from collections.abc import Mapping

from mutantlib.operators import Mutation, mutations


def sample(texts: Mapping[str, bytes], number: int, seed: int) -> list[Mutation]:
    """So many different mutations of these modules.

    A module is drawn with a chance in proportion to its lines of code, one of its lines that can
    be changed, and then one of the changes of that line: lines with many operators count no more
    than others.

    Args:
        texts: what the modules hold, by their paths in the checkout.
        number: how many, or all if there are not so many.
        seed: of the draws.
    """
    by_line: dict[str, dict[int, list[Mutation]]] = {}
    for module, text in texts.items():
        for mutation in mutations(module, text):
            by_line.setdefault(module, {}).setdefault(mutation.line, []).append(mutation)
    weights = {module: code_lines(texts[module]) for module in by_line}
    rng = random.Random(seed)
    chosen: list[Mutation] = []
    while by_line and len(chosen) < number:
        (module,) = rng.choices(list(by_line), [weights[module] for module in by_line])
        line = rng.choice(list(by_line[module]))
        mutation = rng.choice(by_line[module][line])
        if _compiles(mutation.apply(texts[module])):
            chosen.append(mutation)
        by_line[module][line].remove(mutation)
        if not by_line[module][line]:
            del by_line[module][line]
        if not by_line[module]:
            del by_line[module]
    return chosen


def _compiles(text: bytes) -> bool:
    """Whether it is Python: `x += 1` without its number is none, for one."""
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def code_lines(text: bytes) -> int:
    """The lines on which a statement begins, but for docstrings."""
    lines = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt) and not (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ):
            lines.add(node.lineno)
    return len(lines)
