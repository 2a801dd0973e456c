"""How well and how fast mistakes are named: the bank of learners' files, file by file.

Misses are mistakes that were not found, or not by their name; false alarms are right functions
that were blamed, or mistakes that are not there. With --notebooks N the time of `chainrule check`
on N notebooks of the bank is taken as a whole.

    uv run --group dev python bench/diagnosis.py
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bank_files import FOLDERS, REMARK, bank, disagreements
from chainrule.checking.diagnosis import judge
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source


def main() -> None:
    """Print the table, and how long it took."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--notebooks", type=int, default=100, help="how many to check as a whole")
    wanted = options.parse_args().notebooks
    print(f"{'folder':16}{'files':>6}{'judged':>8}{'mistakes':>10}{'misses':>8}{'alarms':>8}"
          f"{'ms/file':>9}{'slowest':>9}")  # fmt: skip
    for folder in FOLDERS:
        judged = mistakes = misses = alarms = 0
        times = []
        for file in bank(folder):
            desk = load(read_source(file.path))
            begin = time.perf_counter()
            findings = judge(desk)
            times.append(time.perf_counter() - begin)
            judged += len(findings)
            ids = [id_ for expected in file.expected.values() for id_ in expected or ()]
            mistakes += sum(not id_.startswith(REMARK) for id_ in ids)
            for said in disagreements(file, findings):
                wrong = file.expected.get(said.split(":")[0])
                misses, alarms = misses + bool(wrong), alarms + (not wrong)
        mean = 1000 * sum(times) / len(times)
        print(f"{folder:16}{len(times):6}{judged:8}{mistakes:10}{misses:8}{alarms:8}"
              f"{mean:9.0f}{1000 * max(times):9.0f}")  # fmt: skip
    notebooks = [str(f.path) for f in bank() if f.path.suffix == ".ipynb"]
    chosen = (notebooks * (wanted // len(notebooks) + 1))[:wanted]
    begin = time.perf_counter()
    command = [sys.executable, "-m", "chainrule", "check", "--json", *chosen]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    print(f"\nchainrule check on {len(chosen)} notebooks: {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
