"""How fast chainrule trains, beside its peers and beside the limit.

    uv run --extra bench python bench/speed.py [--quick] [--only PART,PART] [--out FOLDER]
                                               [--mnist FOLDER] [--limit PATH]

Every candidate runs in a process of its own; every round runs every candidate once, and a ratio
is the median of the ratios within each round, so that a neighbour's load falls on all alike. The
candidates' weights are compared with each other before anything is timed. The last table holds
the bars; a missed bar is said, and is not an error. Takes about twelve minutes with all peers, or
six with --quick; a peer that is not installed is left out and named.

Parts: per_sample, sparse, process, sweep, minibatch, batches, memory, growth, agreement.
"""

import argparse
import importlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

from chainrule.errors import ChainruleError
from speedlib import bars, chart, machine
from speedlib.context import Context
from speedlib.jobs import LeftOutError
from speedlib.measure import PartResult

PARTS = (
    *("agreement", "per_sample", "sparse", "process"),
    *("sweep", "minibatch", "batches", "memory", "growth"),
)


class OneSentenceParser(argparse.ArgumentParser):
    """Says in one sentence what cannot be right."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        print(f"speed.py: {message}", file=sys.stderr)
        raise SystemExit(2)


def main() -> None:
    """Measure, print, and write speed.json and speed.png."""
    parser = OneSentenceParser(description="How fast chainrule trains, beside its peers.")
    parser.add_argument("--limit", type=Path, help="limit.c, the kernels made by hand")
    parser.add_argument("--mnist", type=Path, help="folder of MNIST's IDX files; else random data")
    parser.add_argument("--out", type=Path, default=Path("bench-results"), help="folder to write")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, separated by commas")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    options = parser.parse_args()
    chosen = options.only.split(",")
    for part in chosen:
        if part not in PARTS:
            parser.error(f"--only takes some of {','.join(PARTS)}; got {part!r}")
    if options.limit and not options.limit.is_file():
        parser.error(f"--limit {options.limit}: there is no such file")
    with tempfile.TemporaryDirectory() as scratch:
        context = Context(
            options.quick,
            options.limit and options.limit.resolve(),
            options.mnist,
            Path(scratch),
        )
        try:
            if context.mnist:
                _ = context.images  # a folder that holds no MNIST should end it now
            options.out.mkdir(parents=True, exist_ok=True)
        except ChainruleError as error:
            parser.error(str(error))
        except OSError as error:
            parser.error(f"--out {options.out}: {error.strerror}")
        about = machine.machine()
        print(machine.text(about))
        results = {part: run_part(part, context) for part in PARTS if part in chosen}
    judged = bars.judged(results)
    print(f"\n{bars.table(judged)}")
    write(options, about, results, judged)


def run_part(part: str, context: Context) -> PartResult:
    """Measure one part and print its tables."""
    started = time.perf_counter()
    try:
        result: PartResult = importlib.import_module(f"speedlib.parts.{part}").run(context)
    except (ChainruleError, LeftOutError) as error:
        result = PartResult(f"left out: {error}", {}, {})
    print(f"\n== {part} ({time.perf_counter() - started:.0f} s)\n{result.text}", flush=True)
    return result


def write(
    options: argparse.Namespace,
    about: dict[str, Any],
    results: dict[str, PartResult],
    judged: list[dict[str, Any]],
) -> None:
    """Write speed.json, and the chart if both of its parts were measured."""
    command = shown(options)
    parts = {name: {"figures": r.figures, "raw": r.raw} for name, r in results.items()}
    content = {"command": command, "machine": about, "bars": judged, "parts": parts}
    path = options.out / "speed.json"
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"\nWritten to {path}")
    if {"per_sample", "process"} <= set(results):
        from speedlib.parts.per_sample import STORES, STORES_OF_BOTH
        from speedlib.parts.process import NET

        per_sample = chart.medians(results["per_sample"].raw[chart.NET])
        for name in (STORES, STORES_OF_BOTH):  # they train nothing
            per_sample.pop(name, None)
        process = chart.medians(results["process"].raw[NET])
        small_print = f"{command}   ·   {about['cpu']}, {about['cores']} cores"
        chart.draw(per_sample, process, small_print, options.out / "speed.png")
        print(f"Chart in {options.out / 'speed.png'}")


def shown(options: argparse.Namespace) -> str:
    """The command, with the names of files but not their folders."""
    words = ["uv run --extra bench python bench/speed.py"]
    words += ["--quick"] if options.quick else []
    for name in ("limit", "mnist"):
        path = getattr(options, name)
        words += [f"--{name} {path.name}"] if path else []
    return " ".join(words)


if __name__ == "__main__":
    main()
