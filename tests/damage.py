"""Damage to files, at random from a seed, and a process of little memory that reads them.

A test file lists its cases by kind; run as a program with a kind, a number and a folder it reads
so many damaged files, which is what `outcomes` has it do. A failure names the case, and the next
run meets it again.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from chainrule.errors import ChainruleError

FEW, MANY = 150, 1200  # of each kind, in the fast tests and in the slow ones
SPARE_MEMORY = 256 << 20  # bytes beyond what the imports take
LONGEST = 20.0  # seconds of processor time for one case, or it hangs
EXTREMES = [0, 1, 2, 3, 127, 128, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 10**12, 2**63]
TEXTS = [
    b"",
    b"nan",
    b"-inf",
    b"1e39",
    b"1e999",
    b"-1",
    b"0.5",
    b"1e-320",
    b"9" * 5000,
    b"x",
    b"\0",
]
PIECES = [
    b"\0",
    b"\xff",
    b"\n",
    b"\r",
    b'"',
    b",",
    b"'",
    b"(",
    b"-",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
]

Damage = Callable[[Random, bytes], bytes]


def flip(rng: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: Random, content: bytes) -> bytes:
    start, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    return rng.choice([content[:start], content[end:], content[:start] + content[end:]])


def insert(rng: Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    piece = rng.choice([*PIECES, *TEXTS, rng.randbytes(rng.choice([1, 4, 300]))])
    return content[:at] + piece * rng.choice([1, 1, 2]) + content[at:]


def duplicate(rng: Random, content: bytes) -> bytes:
    start, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    return content[:end] + content[start:end] + content[end:]


def extreme_number(rng: Random, content: bytes) -> bytes:
    """Replace an aligned binary number near the beginning, in either byte order."""
    size = rng.choice([1, 2, 4, 8])
    at = size * rng.randrange(max(1, min(len(content), 64) // size))
    number = rng.choice(EXTREMES) % (1 << 8 * size)
    return (
        content[:at] + number.to_bytes(size, rng.choice(["big", "little"])) + content[at + size :]
    )


def extreme_text(rng: Random, content: bytes) -> bytes:
    """Replace a number that is written in decimal digits."""
    numbers = list(re.finditer(rb"[0-9.]+", content))
    if not numbers:
        return content
    match = rng.choice(numbers)
    number = rng.choice([*TEXTS, *(str(extreme).encode() for extreme in EXTREMES)])
    return content[: match.start()] + number + content[match.end() :]


def damaged(rng: Random, content: bytes, *more: Damage) -> bytes:
    """Content with damage of one to three kinds."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        content = rng.choice([flip, cut, insert, duplicate, *more])(rng, content) or b"\0"
    return content


# Writes damaged files into a folder; what it returns reads them, and looks at what was read.
Case = Callable[[Random, Path], Callable[[], object]]

numbers = pytest.mark.parametrize("number", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
measured = pytest.mark.skipif(
    sys.platform != "linux", reason="the memory limit is measured in /proc"
)


def outcomes(test_file: str, kind: str, number: int, folder: Path) -> Counter[str]:
    """How many of so many cases are "read", and how many "refused", in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-W", "error", test_file, kind, str(number), str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    counted: Counter[str] = Counter(json.loads(done.stdout))
    assert counted.total() == number
    return counted


def main(cases: Mapping[str, Case], elsewhere: tuple[str, ...]) -> None:
    """Read damaged files in this process, within limits, and print the outcomes.

    Args:
        cases: by kind.
        elsewhere: how a sentence may begin that does not name the file or its folder.
    """
    import resource

    kind, number, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + SPARE_MEMORY, in_use + SPARE_MEMORY))
    signal.signal(signal.SIGVTALRM, _hangs)
    counted: Counter[str] = Counter()
    for case in range(number):
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
        try:
            counted[_outcome(cases[kind], Random(f"{kind} {case}"), folder, elsewhere)] += 1
        except Exception as error:
            raise AssertionError(f"case {case} of {kind}") from error
    print(json.dumps(counted))


def _hangs(_number: int, _frame: object) -> None:
    raise AssertionError("it does not end")


def _outcome(case: Case, rng: Random, folder: Path, elsewhere: tuple[str, ...]) -> str:
    read = case(rng, folder)
    before = _snapshot(folder)
    try:
        read()
        outcome = "read"
    except ChainruleError as error:
        message = str(error)
        assert message.isprintable(), repr(message)
        assert 20 < len(message) < 2000, message
        assert str(folder) in message or message.startswith(elsewhere), message
        outcome = "refused"
    assert _snapshot(folder) == before, "files were changed"
    return outcome


def _snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of the last change of every file."""
    states = {str(path): path.stat() for path in folder.rglob("*")}
    return {path: (state.st_size, state.st_mtime_ns) for path, state in states.items()}
