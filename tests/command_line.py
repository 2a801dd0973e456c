"""What the tests of the command line share."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FAST = ("--no-plots", "--epochs", "2")
Invoke = Callable[..., tuple[int, str, str]]


def weights(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.glob("*.safetensors")}


def history(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return [{k: v for k, v in r.items() if k != "seconds"} for r in csv.DictReader(file)]


def files_below(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


def write_csv(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def results(output: str) -> dict[str, dict[str, Any]]:
    """The results of a single file by name, with #2 for a second definition."""
    (single,) = objects(output)
    return {
        f"{r['name']}#{r['definition']}" if r["definition"] > 1 else r["name"]: r
        for r in single["results"]
    }


def verdicts(output: str) -> dict[str, bool | None]:
    return {name: result["passed"] for name, result in results(output).items()}
