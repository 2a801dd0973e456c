"""What the pages in docs say of the published lab's code, on that code."""

import re
from pathlib import Path

from chainrule.lab._sources import parts
from notebook_cells import Notebook

PAGE = (Path(__file__).parents[2] / "docs" / "published-lab.md").read_text()
MENDED = re.findall(r"`([^`]*(?:sigmoid|softmax)\(self\.Z_\w\)[^`]*)`", PAGE)


def published() -> str:
    """The class as it is handed out, which part 7 of the lab investigates."""
    part_7 = next(part.text for part in parts() if part.number == 7)
    found = re.search(r"^class PublishedNet:.*?(?=^# %%)", part_7, re.MULTILINE | re.DOTALL)
    assert found is not None
    return "from chainrule import dsigmoid, nll, one_hot, sigmoid, softmax\n" + found[0]


def judged(code: str) -> dict[str, tuple[bool | None, tuple[str, ...]]]:
    return {f.name: (f.passed, f.faults) for f in Notebook(code).run("result = check()")}


def test_the_handed_out_code_is_right_but_for_two_lines_of_one_method() -> None:
    found = judged(published())
    wrong = found.pop("PublishedNet.grad_loss")
    assert wrong == (False, ("grad-output-mismatch", "grad-preactivation"))
    assert set(found.values()) == {(True, ())}


def test_the_page_says_how_both_are_mended() -> None:
    grad_W_o, softmax, sigmoid = MENDED
    code = published()
    assert code.count("grad_W_o = self.Z_h.T @ error_o") == 1
    code = code.replace("grad_W_o = self.Z_h.T @ error_o", f"import numpy as np; {grad_W_o}")
    assert judged(code)["PublishedNet.grad_loss"] == (False, ("grad-output-mismatch",))
    assert code.count(f"return {sigmoid}") == 1
    code = code.replace(f"return {sigmoid}", f"return {softmax}")
    assert set(judged(code).values()) == {(True, ())}
