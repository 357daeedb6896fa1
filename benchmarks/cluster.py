"""Grading on a Dask cluster: what a task costs above the engine, and 1 against 2 workers.

Usage: python benchmarks/cluster.py [--students 60] [--rounds 3]

All in one run on this machine, one thread a worker, the sandbox on, engines warm, nothing written;
JSON lines. `above_engine` is all that is not the engine's own time of a submission: reading,
sending, waiting for the next chunk, making the notebook inert, JSON. A local line has the same
without a cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from distributed import LocalCluster
from grading_class import CHAPTER, hand_in, write_source

from helpers.grading.cluster.chunks import Run
from helpers.grading.cluster.link import connected, desks
from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits
from helpers.grading.run import local
from helpers.grading.settings import settings
from helpers.grading.submission.intake import Submission, submissions
from helpers.grading.submission.paper import Paper
from helpers.grading.verdict import Verdict

ROOT = Path(__file__).resolve().parents[1]


def here(paper: Paper, found: Sequence[Submission]) -> tuple[float, float]:
    """Grade without a cluster on one thread."""
    with Engine() as engine:
        engine.warm_for(paper)
        return measured(local(engine, paper, found, 1), side="here", workers=1)


def spread(paper: Paper, found: Sequence[Submission], workers: int) -> tuple[float, float]:
    """Grade on a cluster of so many workers."""
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        with connected(cluster.scheduler_address) as client:
            with desks(client, paper, Limits(), unsafe=False) as desk:
                run = Run(client, desk, paper, isolated=True)
                return measured(run.verdicts(deque(found)), side="cluster", workers=workers)


def measured(verdicts: Iterator[Verdict], *, side: str, workers: int) -> tuple[float, float]:
    """Take all verdicts; seconds for each, and those of a worker beyond its engine's."""
    began = time.perf_counter()
    seconds = [verdict.seconds for verdict in verdicts]
    each = (time.perf_counter() - began) / len(seconds)
    engine = statistics.fmean(seconds)
    above = workers * each - engine
    print(
        json.dumps(
            {
                "side": side,
                "workers": workers,
                "submissions": len(seconds),
                "s_each": round(each, 4),
                "engine_s_each": round(engine, 4),
                "above_engine_s_each": round(above, 4),
                "load": round(os.getloadavg()[0], 1),
            }
        ),
        flush=True,
    )
    return each, above


def main(words: Sequence[str] | None = None) -> None:
    """Run the three sides in turn, and compare their medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--students", type=int, default=60)
    options.add_argument("--rounds", type=int, default=3)
    asked = options.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder)
        shutil.copy(ROOT / "nbgrader_config.py", course)
        list(hand_in(write_source(course), course / "grading/submitted", asked.students))
        paper = settings(course).paper(CHAPTER)
        found = submissions(course / "grading/submitted", CHAPTER)
        rounds = [
            (here(paper, found), spread(paper, found, 1), spread(paper, found, 2))
            for _ in range(asked.rounds)
        ]
    alone, one, two = zip(*rounds, strict=True)
    more = statistics.median(above for _, above in one) - statistics.median(
        above for _, above in alone
    )
    ratio = statistics.median(each for each, _ in one) / statistics.median(each for each, _ in two)
    print(json.dumps({"step": "a submission's way to a worker and back", "s": round(more, 4)}))
    print(json.dumps({"step": "1 to 2 workers", "cores": os.cpu_count(), "ratio": round(ratio, 2)}))


if __name__ == "__main__":
    main()
