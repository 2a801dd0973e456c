"""Several runs of a file with other first values, which do the same."""

from collections.abc import Sequence

import numpy as np

from chainrule.checking.record._steps.flow import common_length
from chainrule.checking.record._steps.generic import generic, shifted
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import (
    NotJudgedError,
)
from chainrule.checking.record.judge import liveliness, same_changes
from chainrule.checking.record.recorder import (
    Recorder,
    Run,
    WholeRun,
)
from chainrule.checking.record.table import Table

RUNS = 3  # with different first values
SPARE = 1  # more of them, of which the least lively is left out
_NEAR = 1e-3  # how far first values lie from others, where those further off do something else


def several(recorder: Recorder, whole: WholeRun, scale: float) -> tuple[list[Run], list[Table]]:
    """Runs with other first values, which do the same, and what they computed.

    Raises:
        NotJudgedError: if there are no other first values.
    """
    run, scout = whole
    runs = [
        run._replace(seed=seed, first=generic(scout, seed, scale)) for seed in range(RUNS + SPARE)
    ]
    tables = _lively(recorder, runs)
    if _part(tables):  # as where what is drawn chooses how many samples are kept for tests
        runs = [run._replace(seed=runs[0].seed) for run in runs]
        tables = _lively(recorder, runs)
    if _part(tables):  # as where a gradient is clipped if it is long: some do the same
        more = [run._replace(first=generic(scout, RUNS + SPARE + i, scale))
                for i, run in enumerate(runs)]  # fmt: skip
        every = [*tables, *recorder.tables(more)]
        runs, tables = _alike([*runs[: len(tables)], *more], every) or (runs, tables)
    if not _shared_updates(tables):  # what they do depends on signs: they are to stay
        near = [shifted(runs[0].first, seed, _NEAR) for seed in range(RUNS + SPARE)]
        runs = [runs[0]._replace(first=first) for first in near]
        tables = _lively(recorder, runs)
    if all(same_changes(tables[0], table) for table in tables[1:]):
        raise NotJudgedError(_why_alike(runs, tables[0]))
    return runs, tables


def _lively(recorder: Recorder, runs: Sequence[Run]) -> list[Table]:
    """What runs computed; the spare ones, too, where one may be livelier, or they come apart."""
    tables = recorder.tables(runs[:RUNS])
    together = common_length(tables) == max(len(table.operations) for table in tables)
    if together and all(liveliness(table) == 1 for table in tables):
        return tables
    return [*tables, *recorder.tables(runs[RUNS:])]


def _why_alike(runs: Sequence[Run], table: Table) -> str:
    """Why runs with other first values may change their parameters alike."""
    seen = Runs([table])
    if not any(np.any(seen.values(seen.change(n))[0]) for n in seen.updates):
        return "its steps change nothing: what is added to its parameters is 0"
    if any(run.first for run in runs):
        return (
            "whatever its parameters are, they change by the same: nothing of that shows whether "
            "it is right"
        )
    return (
        "its parameters begin as numbers that it writes, so that all its runs are the same, "
        "and what fits may fit by chance"
    )


def _part(tables: Sequence[Table]) -> bool:
    """Whether runs come apart before all that is updated in the first of them."""
    return len(_shared_updates(tables)) < len(Runs(tables[:1]).updates)


def _alike(runs: list[Run], tables: list[Table]) -> tuple[list[Run], list[Table]] | None:
    """Those of some runs, and what they computed, that do the same; None of too few."""
    for table in tables[: 1 - RUNS]:
        same = [i for i, other in enumerate(tables) if not _part([table, other])]
        if len(same) >= RUNS:
            return [runs[i] for i in same], [tables[i] for i in same]
    return None


def _shared_updates(tables: Sequence[Table]) -> set[int]:
    """What is updated in the first of some runs before they come apart.

    Sums may look like updates where those of a whole run are not seen.
    """
    return {*Runs(tables).updates} & {*Runs(tables[:1]).updates}
