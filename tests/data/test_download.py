"""Downloads, from real servers on this machine."""

import gzip
import hashlib
import http.server
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.data import _download, load
from chainrule.errors import DataError
from data_files import PUBLISHED, small_set, write_idx_set

FILES = [f"{name}.gz" for name in PUBLISHED]


class Server:
    """Serves a folder on 127.0.0.1, and notes what it is asked for."""

    def __init__(self, folder: Path) -> None:
        requests: list[str] = []

        class Handler(http.server.SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                requests.append(self.path.rsplit("/", 1)[-1])
                super().do_GET()

            def log_message(self, *_arguments: Any) -> None:
                """Keep the tests' output clean."""

        handler = partial(Handler, directory=str(folder))
        self.requests = requests
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def stop(self) -> None:
        """Close the port; connections are refused from then on."""
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Server]]:
    """Start servers that stop with the test."""
    servers: list[Server] = []

    def start(folder: Path) -> Server:
        servers.append(Server(folder))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of gzipped files whose checksums stand for those of MNIST."""
    folder = write_idx_set(tmp_path / "published", small_set(), zipped=True)
    digests = [hashlib.sha256((folder / file).read_bytes()).hexdigest() for file in FILES]
    checksums = tuple(f"sha256:{digest}" for digest in digests)
    monkeypatch.setitem(_download.CHECKSUMS, "mnist", checksums)
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder


def cached(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").rglob("*") if path.is_file())


def test_set_is_downloaded_once_and_read(
    tmp_path: Path,
    published: Path,
    serve: Callable[[Path], Server],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server = serve(published)
    monkeypatch.setitem(_download.MIRRORS, "mnist", (server.url,))
    data = load("mnist")
    assert server.requests == FILES
    assert cached(tmp_path) == sorted(FILES)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count(f"Downloading {server.url}") == 4

    X_train, y_train, X_test, y_test = small_set()
    np.testing.assert_array_equal(data.images(data.X_train), X_train)
    np.testing.assert_array_equal(data.y_train, y_train)
    np.testing.assert_array_equal(data.images(data.X_test), X_test)
    np.testing.assert_array_equal(data.y_test, y_test)

    again = load("mnist")
    assert _download.fetch("mnist") == tmp_path / "cache" / "mnist"
    assert server.requests == FILES
    assert capsys.readouterr().err == ""
    np.testing.assert_array_equal(again.X_train, data.X_train)


def test_wrong_checksum_is_refused_and_nothing_kept(
    tmp_path: Path,
    published: Path,
    serve: Callable[[Path], Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(published)
    monkeypatch.setitem(_download.MIRRORS, "mnist", (server.url,))
    (published / FILES[0]).write_bytes(gzip.compress(b"something else"))
    with pytest.raises(DataError, match="the file has a wrong checksum") as caught:
        load("mnist")
    assert FILES[0] in str(caught.value)
    assert "data_dir=…" in str(caught.value)
    assert str(caught.value).isprintable()
    assert cached(tmp_path) == []


def test_damaged_file_in_the_cache_is_downloaded_again(
    tmp_path: Path,
    published: Path,
    serve: Callable[[Path], Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = serve(published)
    monkeypatch.setitem(_download.MIRRORS, "mnist", (server.url,))
    folder = _download.fetch("mnist")
    (folder / FILES[2]).write_bytes(b"cut short")
    server.requests.clear()
    assert load("mnist").image_shape == (3, 4)
    assert server.requests == [FILES[2]]


@pytest.mark.parametrize("failure", ["404", "refused", "other content"])
def test_second_mirror_helps_where_the_first_fails(
    tmp_path: Path,
    published: Path,
    serve: Callable[[Path], Server],
    monkeypatch: pytest.MonkeyPatch,
    failure: str,
) -> None:
    first = tmp_path / "first"
    first.mkdir()
    if failure == "other content":
        for file in FILES:
            (first / file).write_bytes(b"a page in place of the file")
    bad, good = serve(first), serve(published)
    if failure == "refused":
        bad.stop()
    monkeypatch.setitem(_download.MIRRORS, "mnist", (bad.url, good.url))
    assert load("mnist").classes == (0, 1, 2, 3)
    assert good.requests == FILES
    assert bad.requests == ([] if failure == "refused" else FILES)
    assert cached(tmp_path) == sorted(FILES)


def test_failure_of_all_mirrors_is_told_with_each_reason_and_the_way_out(
    tmp_path: Path,
    published: Path,
    serve: Callable[[Path], Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    absent, stopped = serve(empty), serve(published)
    stopped.stop()
    monkeypatch.setitem(_download.MIRRORS, "mnist", (absent.url, stopped.url))
    with pytest.raises(DataError, match="could not be downloaded") as caught:
        load("mnist")
    message = str(caught.value)
    assert message.startswith(f"mnist: {FILES[0]} ")
    assert f"{absent.url}: status 404" in message
    assert f"{stopped.url}: " in message
    assert "name their folder with data_dir=…" in message
    assert message.isprintable()
    assert cached(tmp_path) == []


def test_cache_that_cannot_be_written_is_told(
    tmp_path: Path,
    published: Path,
    serve: Callable[[Path], Server],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(_download.MIRRORS, "mnist", (serve(published).url,))
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="data_dir=…"):
        load("mnist")


def test_folder_given_needs_no_download(
    published: Path, serve: Callable[[Path], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(published)
    monkeypatch.setitem(_download.MIRRORS, "mnist", (server.url,))
    assert load("mnist", published).image_shape == (3, 4)
    assert server.requests == []


def test_cache_is_the_systems_unless_the_environment_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHAINRULE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert _download.cache_folder().name == "chainrule"
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path / "here"))
    assert _download.cache_folder() == tmp_path / "here"


def test_every_published_file_has_a_mirror_and_a_sha256() -> None:
    assert set(_download.MIRRORS) == set(_download.CHECKSUMS) == {"mnist", "fashion-mnist"}
    for checksums in _download.CHECKSUMS.values():
        assert len(set(checksums)) == 4
        assert all(len(checksum) == len("sha256:") + 64 for checksum in checksums)
