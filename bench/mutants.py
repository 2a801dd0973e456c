"""What the tests do not notice: changes of the source, one at a time, each against its tests.

    uv run --group dev python bench/mutants.py /tmp/mutants              # 200 changes, of seed 0
    uv run --group dev python bench/mutants.py /tmp/mutants --only 0:50  # the first fifty of them
    uv run --group dev python bench/mutants.py /tmp/mutants --again      # what survived, once more

The folder, outside the checkout, gets copies of it in which the tests run, a map of what each fast
test executes (made once; it takes as long as the fast tests, and can be stopped and gone on with),
and the results, a line of JSON each: what is there is not run again. The judges are the fast
tests, the bank among them. Of a change those are run that execute its line, in this process or
another, then others of the module, the quickest first; a failure counts when it happens twice, and
a change by which tests hang is killed. Test files that have changed are measured again; where a
module has, all its tests are run, so make the folder anew when there are many.

What survives and cannot be told from the right code by what it does is listed by hand in
`mutants_equivalent.toml`, with the reason.
"""

import argparse
import json
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutantlib.concerned import Map, measure
from mutantlib.copies import CHECKOUT, SOURCE, Copy, modules, shared_out
from mutantlib.judging import KILLED, Judge
from mutantlib.operators import Mutation
from mutantlib.sample import sample

EQUIVALENT = Path(__file__).with_name("mutants_equivalent.toml")
NAMED = "equivalent"


def main() -> None:
    """Run what has not been run, and print what survived and the table."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folder", type=Path, help="for copies, map and results")
    options.add_argument("--number", type=int, default=200, help="of changes (default: 200)")
    options.add_argument("--seed", type=int, default=0, help="of the sample (default: 0)")
    options.add_argument("--only", metavar="A:B", default=":", help="these of the sample")
    options.add_argument("--again", action="store_true", help="run again what survived")
    options.add_argument("--list", action="store_true", help="print the sample, and run nothing")
    options.add_argument("--workers", type=int, default=2, help="side by side (default: 2)")
    options.add_argument(
        "--seconds", type=float, default=300, help="of tests for a change (default: 300)"
    )
    wanted = options.parse_args()
    texts = {name: (CHECKOUT / name).read_bytes() for name in modules()}
    begin, _, end = wanted.only.partition(":")
    chosen = sample(texts, wanted.number, wanted.seed)[int(begin or 0) : int(end or wanted.number)]
    if wanted.list:
        for number, mutation in enumerate(chosen, int(begin or 0)):
            print(f"{number}  line {mutation.line}  {mutation.name}")
        return
    results = wanted.folder / f"results-{wanted.seed}.jsonl"
    known = _read(results)
    done = {name for name, verdict in known.items() if verdict["outcome"] == KILLED}
    left = [m for m in chosen if m.name not in (done if wanted.again else known)]
    if left:
        copies = [Copy(wanted.folder / str(i)) for i in range(wanted.workers)]
        measure(wanted.folder / "map", copies)
        _run(left, copies, Judge(Map(wanted.folder / "map"), wanted.seconds), results)
    _report(chosen, _read(results))


def _read(results: Path) -> dict[str, dict[str, Any]]:
    """The last verdict of each mutation, by name."""
    if not results.exists():
        return {}
    lines = [json.loads(line) for line in results.read_text("utf-8").splitlines()]
    return {line["name"]: line for line in lines}


def _run(left: Sequence[Mutation], copies: Sequence[Copy], judge: Judge, results: Path) -> None:
    def run(mutation: Mutation, copy: Copy) -> None:
        verdict = judge.judge(mutation, copy)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(verdict.as_json()) + "\n")
        print(f"{verdict.outcome:12}  {mutation.name}  {verdict.by}", flush=True)

    shared_out(left, copies, run)


def _report(chosen: Sequence[Mutation], known: Mapping[str, Mapping[str, Any]]) -> None:
    reasons = tomllib.loads(EQUIVALENT.read_text("utf-8"))
    named = {
        f"{module}: {each['change']}": each["why"]
        for module, several in reasons.items()
        for each in several
    }
    counts: dict[str, Counter[str]] = {}
    for mutation in chosen:
        if mutation.name in known:
            verdict = known[mutation.name]
            equivalent = verdict["outcome"] != KILLED and mutation.name in named
            outcome = NAMED if equivalent else verdict["outcome"]
            room = mutation.module.removeprefix(f"{SOURCE}/").split("/")[0]
            counts.setdefault(room, Counter())[outcome] += 1
            if outcome not in (KILLED, NAMED):
                left = f" ({verdict['left']} tests left out)" if verdict["left"] else ""
                print(f"{outcome}: line {mutation.line} of {mutation.name}{left}")
    print(f"{'room':16}{'run':>6}{'killed':>8}{'equivalent':>12}{'survived':>10}{'share':>8}")
    for room in sorted(counts):
        _row(room, counts[room])
    _row("all", sum(counts.values(), Counter()))


def _row(room: str, count: Counter[str]) -> None:
    judged = count.total() - count[NAMED]
    share = f"{count[KILLED] / judged:.1%}" if judged else ""
    print(f"{room:16}{count.total():6}{count[KILLED]:8}{count[NAMED]:12}"
          f"{judged - count[KILLED]:10}{share:>8}")  # fmt: skip


if __name__ == "__main__":
    main()
