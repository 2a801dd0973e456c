"""How much of the code that people write is judged, and how well.

A JSON file gives for each file, by its path beside it, the `lines` on one of which the mistake
stands; none for a right file.

    uv run --group dev python bench/anywhere.py
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.checking.batch import Terms
from chainrule.checking.file import judge_file
from chainrule.checking.learner.desk import LAB_FUNCTIONS

BANK = Path(__file__).parents[1] / "tests" / "bank_anywhere" / "expected.json"


def main() -> None:
    """Print a line for each file, and the score."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("truth", type=Path, nargs="?", default=BANK, help="the JSON file")
    options.add_argument("--seed", type=int, default=0, help="of the numbers that are tried")
    path, seed = options.parse_args().truth, options.parse_args().seed
    truth = json.loads(path.read_text("utf-8"))
    names = sorted(truth, key=lambda name: Path(name).name)
    counts: Counter[str] = Counter()
    times = []
    for name in names:
        begin = time.perf_counter()
        outcome = judge_file(path.parent / name, Terms(seed=seed))
        times.append(time.perf_counter() - begin)
        results = list(outcome.results)
        became = judged(results, truth[name]["lines"])
        counts.update(became)
        where = [(m["line"], m["fault"]) for r in results for m in r["mistakes"]]
        print(f"{name:48} {', '.join(became):32} {where} {times[-1]:.1f} s")
    right = sum(not truth[name]["lines"] for name in names)
    print(f"{right} right files", *_shares(counts, "judged right", "false alarm",
                                           "right, not judged"), sep=", ")  # fmt: skip
    print(f"{len(names) - right} wrong files", *_shares(counts, "at line", "named", "elsewhere",
          "called right", "wrong, not judged"), sep=", ")  # fmt: skip
    times.sort()
    print(f"seconds a file: median {times[len(times) // 2]:.2f}, slowest {times[-1]:.2f}")


def _shares(counts: Counter[str], *kinds: str) -> list[str]:
    return [f"{counts[kind]} {kind}" for kind in kinds]


def judged(results: list[Mapping[str, Any]], lines: list[int]) -> list[str]:
    """What became of a file with mistakes on one of these lines, or with none."""
    wrong = [m for r in results for m in r["mistakes"]]
    passed = any(r["passed"] for r in results if r["name"] not in LAB_FUNCTIONS)
    if not lines:
        if wrong:
            return ["false alarm"]
        return ["judged right" if passed else "right, not judged"]
    at_line = [m for m in wrong if m["line"] in lines]
    if at_line:
        return ["at line", *(["named"] if any(m["fault"] for m in at_line) else [])]
    if wrong:
        return ["elsewhere"]
    return ["called right" if passed else "wrong, not judged"]


if __name__ == "__main__":
    main()
