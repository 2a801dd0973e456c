"""The lab in a real JupyterLab, in a real browser, as a learner does it."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from jupyterlab_page import NotebookPage, chromium_page, running_lab

FORWARD = """\
        z = X @ self.W + self.b
        return softmax(z)"""
LOSS = "        return nll(one_hot(self.output_size, y), self.forward(X))"
BLANK = "raise NotImplementedError  # your code here"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def lab_address(home: Path) -> Iterator[str]:
    with running_lab(home) as address:
        yield address


def source_in(path: Path, beginning: str) -> str:
    """A cell's source, from the file: of a long cell a page holds only what is to be seen."""
    cells = json.loads(path.read_text())["cells"]
    sources = ("".join(cell["source"]) for cell in cells)
    return next(source for source in sources if source.startswith(beginning))


@pytest.fixture
def notebook(lab_address: str) -> Iterator[Callable[[str], NotebookPage]]:
    """Opens a notebook of the lab by its name."""
    with chromium_page() as page:
        yield lambda name: NotebookPage(page, lab_address, name)


def begun(lab: NotebookPage, *more: str) -> NotebookPage:
    """The notebook, when it has run its first cells and others with these texts."""
    for text in ("start(part=", "import numpy as np", *more):
        lab.run(lab.cell(text))
    return lab


def with_gradients(source: str, **gradients: str) -> str:
    """A learner's source with gradients for the dots that stand for them."""
    for name, gradient in gradients.items():
        assert source.count(f"{name} = ...") == 1
        source = source.replace(f"{name} = ...", f"{name} = {gradient}")
    return source


def check_again(lab: NotebookPage, model: Locator, source: str, verdict: Locator) -> Locator:
    """What the cell of the verdict shows, after the model's cell has got this source."""
    lab.write(model, source)
    lab.run(model)
    return lab.run(verdict)


def test_a_wrong_gradient_is_named_and_then_mended(
    notebook: Callable[[str], NotebookPage],
) -> None:
    lab = begun(notebook("03_regression.ipynb"), "digits =")
    model, verdict = lab.cell("class LogisticRegression"), lab.cell("check(LogisticRegression)")

    source = lab.source(model)
    assert source.count(BLANK) == 2
    lab.run(model)
    expect(lab.run(verdict)).to_contain_text("LogisticRegression.forward is not written yet")
    lab.screenshot("1-not-written")

    for solution in (FORWARD, LOSS):
        source = source.replace(f"        {BLANK}", solution, 1)
    source = with_gradients(
        source,
        grad_z="y_true - y_pred",  # the wrong one
        grad_W="X.T @ grad_z",
        grad_b="grad_z.sum(axis=0)",
    )
    outputs = check_again(lab, model, source, verdict)
    expect(outputs).to_contain_text("wrong LogisticRegression.grad_loss")
    expect(outputs).to_contain_text("the error at the output has the wrong sign")
    expect(outputs).not_to_contain_text("Traceback")
    lab.screenshot("2-named")

    source = source.replace("y_true - y_pred", "y_pred - y_true")
    outputs = check_again(lab, model, source, verdict)
    expect(outputs).to_contain_text("right")
    expect(outputs).not_to_contain_text("wrong")
    lab.screenshot("3-mended")


def test_a_gradient_is_judged_line_by_line_while_it_is_written(
    notebook: Callable[[str], NotebookPage], home: Path
) -> None:
    lab = begun(notebook("06_backpropagation.ipynb"))
    model, verdict = lab.cell("class NeuralNet"), lab.cell("check(NeuralNet)")
    source = source_in(home / "my-lab" / "06_backpropagation.ipynb", "class NeuralNet")
    source = with_gradients(
        source,
        grad_z_o="y_pred - t",
        grad_W_o="z_h.T @ grad_z_o",  # the wrong one
        grad_b_o="grad_z_o.sum(axis=0)",
    )
    outputs = check_again(lab, model, source, verdict)
    expect(outputs).to_contain_text("the pre-activation stands where the activation belongs")
    for line in (
        r"right\s*grad_z_o = y_pred - t",
        r"WRONG\s*grad_W_o = z_h\.T @ grad_z_o",
        r"right\s*grad_b_o = grad_z_o\.sum",
        r"not yet\s*grad_h = \.\.\.",
    ):
        expect(outputs).to_contain_text(re.compile(line))
    lab.screenshot("9-line-by-line")

    source = source.replace("z_h.T @ grad_z_o", "h.T @ grad_z_o")
    outputs = check_again(lab, model, source, verdict)
    expect(outputs).to_contain_text("What is there is right. Still to be written: grad_h")
    expect(outputs).not_to_contain_text(re.compile("wrong", re.IGNORECASE))
    lab.screenshot("10-so-far")


def test_what_goes_wrong_is_said_in_words(notebook: Callable[[str], NotebookPage]) -> None:
    lab = begun(notebook("02_softmax.ipynb"))
    outputs = lab.run(lab.cell("check(softmax)"))
    expect(outputs).to_contain_text("softmax does not exist yet")
    lab.screenshot("4-out-of-order")

    lab.run(lab.cell("def softmax"))
    outputs = lab.run(lab.cell("pictures.probability_bars("))
    expect(outputs).to_contain_text("softmax is not written yet")
    lab.screenshot("5-skipped")

    picture = lab.run(lab.cell("pictures.loss_curve()")).locator("img")
    alt = picture.get_attribute("alt")
    assert alt is not None
    assert "2.3 at 0.1" in alt
    lab.screenshot("6-picture")


def test_a_guess_is_kept_and_shown_beside_what_is_right(
    notebook: Callable[[str], NotebookPage],
) -> None:
    lab = notebook("02_softmax.ipynb")
    lab.run(lab.cell("start(part="))
    waiting = lab.run(lab.cell('answer("2.1")'))
    expect(waiting).to_contain_text("appears here once you have guessed")
    buttons = lab.run(lab.cell('guess("2.1")'))
    buttons.get_by_role("button", name="a", exact=True).click()
    expect(buttons).to_contain_text("You guessed a; it is kept")
    # What waited for the guess is there without its cell being run again.
    expect(waiting).to_contain_text("You guessed a; it is b: They stay as they are.")
    lab.screenshot("7-guessed")

    lab.restart()
    lab.run(lab.cell("start(part="))
    expect(lab.run(lab.cell('guess("2.1")'))).to_contain_text("You guessed a")
    expect(lab.run(lab.cell("guessed(part=2)"))).to_contain_text("You guessed 0 of 3 in part 2")
    lab.screenshot("8-kept")


SEVEN = [(80, 40), (200, 40), (110, 240)], [(110, 140), (190, 140)]


def test_a_digit_is_drawn_and_read_and_a_weight_moves_the_loss(
    notebook: Callable[[str], NotebookPage],
) -> None:
    lab = notebook("01_digits.ipynb")
    progress = lab.run(lab.cell("start(part="))
    expect(progress).to_contain_text("To do in this part: one_hot.")
    for text in ("import numpy as np", "published = load_digits()", "train_reader(published)"):
        lab.run(lab.cell(text))
    outputs = lab.run(lab.cell("draw(reader)"))
    expect(outputs).to_contain_text("Draw a digit, 0 to 9")
    for stroke in SEVEN:
        lab.drag(outputs.locator("canvas"), stroke)
    expect(outputs).to_contain_text("The network reads a 7")
    lab.screenshot("9-read")
    outputs.get_by_label("I meant 4").click()
    expect(outputs).to_contain_text("You meant a 4, to which it gives")
    lab.screenshot("10-explained")
    outputs.get_by_role("button", name="Clear").click()
    expect(outputs).to_contain_text("Draw a digit, 0 to 9")

    outputs = lab.run(lab.cell("one_weight(published)"))
    before = outputs.locator("b").inner_text()
    outputs.get_by_role("slider").first.press("ArrowRight")
    expect(outputs.locator("b")).not_to_have_text(before)
    lab.screenshot("11-weight")

    one_hot = lab.cell("def one_hot")
    lab.write(one_hot, lab.source(one_hot).replace(BLANK, "return np.eye(n_classes)[y]"))
    lab.run(one_hot)
    expect(lab.run(lab.cell("check(one_hot)"))).to_contain_text("right")
    lab.restart()
    progress = lab.run(lab.cell("start(part="))
    expect(progress).to_contain_text("All exercises of this part stand: one_hot.")
