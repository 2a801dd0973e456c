"""A running JupyterLab with the lab in it, and a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

SECONDS = 60  # for whatever one waits for
# Nothing that asks the network, and no sandbox, which the root user of a container lacks.
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
SCREENSHOTS = os.environ.get("CHAINRULE_SCREENSHOTS")  # a folder, to look at what the tests see


@contextmanager
def running_lab(home: Path) -> Iterator[str]:
    """Address of a JupyterLab that `chainrule lab open` started on a new lab, in a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = (
        *("--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token="),
        "--LabApp.news_url=",
    )
    command = [sys.executable, "-m", "chainrule", "lab", "open", "my-lab", "--", *options]
    # No settings of this machine's user.
    folders = {f"JUPYTER_{kind}_DIR": str(home / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            command, cwd=home, env={**os.environ, **folders}, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server, home / "log")
        yield address
    finally:
        server.terminate()
        server.wait(SECONDS)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")


@contextmanager
def chromium_page() -> Iterator[Page]:
    """A page of a headless Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("these tests need Chromium; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.set_default_timeout(1000 * SECONDS)
        expect.set_options(timeout=1000 * SECONDS)
        yield page
        browser.close()


class NotebookPage:
    """A notebook in JupyterLab, used with mouse and keyboard."""

    def __init__(self, page: Page, address: str, name: str) -> None:
        """Open the notebook, and wait until its kernel is ready."""
        self._page = page
        # A workspace of its own: the notebooks that other tests opened do not come back.
        page.goto(f"{address}/lab/workspaces/{Path(name).stem}/tree/{name}")
        page.get_by_text("| Idle").wait_for()
        self._cells = page.locator(".jp-CodeCell")

    def cell(self, text: str) -> Locator:
        """The first code cell that has this text in its source."""
        source = self._page.locator(".jp-InputArea", has_text=text)
        return self._cells.filter(has=source).first

    def write(self, cell: Locator, source: str) -> None:
        """Replace what stands in a cell."""
        cell.locator(".cm-content").click()
        self._page.keyboard.press("Control+A")
        self._page.keyboard.insert_text(source)

    def run(self, cell: Locator) -> Locator:
        """Run a cell, wait until it has run, and give its outputs."""
        before = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").click()
        self._page.keyboard.press("Shift+Enter")
        prompt = cell.locator(".jp-InputPrompt")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_contain_text("[")
        expect(prompt).not_to_have_text("[*]:")
        return cell.locator(".jp-OutputArea-output")

    def drag(self, field: Locator, points: Sequence[tuple[float, float]]) -> None:
        """Draw a line through points of a field, with the mouse."""
        field.scroll_into_view_if_needed()
        box = field.bounding_box()
        assert box is not None
        mouse = self._page.mouse
        for i, (x, y) in enumerate(points):
            mouse.move(box["x"] + x, box["y"] + y, steps=12)
            if i == 0:
                mouse.down()
        mouse.up()

    def restart(self) -> None:
        """Restart the kernel, and wait until it is ready."""
        self._page.get_by_title("Restart the kernel", exact=True).locator("visible=true").click()
        self._page.locator(".jp-Dialog").get_by_text("Restart", exact=True).click()
        self._page.get_by_text("| Idle").wait_for()

    def source(self, cell: Locator) -> str:
        """What stands in a cell."""
        cell.scroll_into_view_if_needed()  # what is far away is not drawn
        expect(cell.locator(".cm-line").first).to_be_visible()
        lines = cell.locator(".cm-line").all_text_contents()  # also of what is not drawn yet
        return "\n".join(line.rstrip("\n") for line in lines)

    def screenshot(self, name: str) -> None:
        """Keep what is to be seen, if someone wants to look at it."""
        if SCREENSHOTS:
            self._page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")
