"""Grading on a Dask cluster: the same verdicts, whatever becomes of its machines."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dask
import nbformat
import psutil
import pytest
from distributed import Client, LocalCluster, Security

import helpers
from helpers.errors import GradingError
from helpers.grading.cluster import chunks, link, worker
from helpers.grading.cluster.chunks import spread
from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits
from helpers.grading.run import local
from helpers.grading.sandbox import walls
from helpers.grading.submission.intake import Submission, submissions
from helpers.grading.submission.paper import Paper, make_paper
from helpers.grading.verdict import Verdict

CHAPTER = "01_small"
UNSAFE = bool(walls.missing())
RIGHT = "def double(x):\n    return 2 * x"
WRONG = "def double(x):\n    return x * x"
DEADLY = "# takes its machine down"
# A worker that falls to a submission; no submission that we know of can do this.
FULL = "# finds the disk full"
FRAGILE = f"""
import os
from helpers.grading.engine import engine
if not hasattr(engine, "kept"):  # this is run more than once
    engine.kept = engine.Engine.grade
def fall(self, paper, student, submission):
    if {DEADLY!r}.encode() in submission:
        os.kill(os.getpid(), 9)
    if {FULL!r}.encode() in submission:
        raise OSError("No space left on device")
    return engine.kept(self, paper, student, submission)
engine.Engine.grade = fall
"""


def notebook(solution: str = "def double(x):\n    return x + x") -> Any:
    solve = nbformat.v4.new_code_cell(solution, id="double")
    solve.metadata["nbgrader"] = {"grade_id": "double", "solution": True, "schema_version": 3}
    check = nbformat.v4.new_code_cell("assert double(3) == 6", id="check")
    check.metadata["nbgrader"] = {
        "grade_id": "double_check", "grade": True, "points": 2, "schema_version": 3,
    }  # fmt: skip
    return nbformat.v4.new_notebook(cells=[solve, check])


@pytest.fixture(scope="module")
def paper() -> Paper:
    return make_paper(CHAPTER, notebook(), [], [])


class Class:
    """What students hand in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hands_in(self, **texts: str) -> None:
        for student, text in texts.items():
            path = self.folder / student / CHAPTER / f"{CHAPTER}.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(text)

    def of(self, students: int) -> list[Submission]:
        text = nbformat.writes(notebook(RIGHT))
        self.hands_in(**{f"s{number:03}": text for number in range(students)})
        return self.found()

    def found(self) -> list[Submission]:
        return submissions(self.folder, CHAPTER)


@pytest.fixture
def students(tmp_path: Path) -> Class:
    return Class(tmp_path)


@pytest.fixture(scope="module")
def restarting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Two workers, processes of their own, which are started anew when they end."""
    preload = tmp_path_factory.mktemp("preload") / "fragile.py"
    preload.write_text(FRAGILE)
    # Dask gives up a worker that is not back after 15 s, and starts it no more: on a busy machine
    # that is too soon.
    patience = dask.config.set({"distributed.deploy.lost-worker-timeout": "300s"})
    with patience, LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0",
        preload=[str(preload)],
    ) as made:  # fmt: skip
        yield made


@pytest.fixture
def cluster(restarting: LocalCluster) -> LocalCluster:
    """The same, with both of them there, whatever the test before did to them."""
    restarting.wait_for_workers(2, timeout=60)
    return restarting


@pytest.fixture
def on_worker(cluster: LocalCluster) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Runs a function on one of the workers; returns that one's address."""
    with Client(cluster, set_as_default=False) as client:
        worker = sorted(client.nthreads())[0]

        def run(function: Callable[[], Any]) -> str:
            client.run(function, workers=[worker])
            return worker

        yield run


def graded(cluster: LocalCluster, paper: Paper, found: Sequence[Submission]) -> Iterator[Verdict]:
    return spread(paper, found, Limits(), cluster.scheduler_address, UNSAFE)


def facts(verdict: Verdict) -> dict[str, Any]:
    """All of a verdict but how long it took."""
    return replace(verdict, seconds=0.0, own_seconds=0.0).to_json()


def warm_processes(cluster: LocalCluster) -> list[psutil.Process]:
    return [
        process
        for worker in cluster.workers.values()
        for process in psutil.Process(worker.pid).children(recursive=True)
        if "helpers.grading.engine.warm" in _words(process)
    ]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:  # it has ended
        return []


def test_a_cluster_gives_the_verdicts_of_this_machine(
    cluster: LocalCluster, paper: Paper, students: Class, tmp_path: Path
) -> None:
    students.hands_in(
        ada=nbformat.writes(notebook(RIGHT)),
        bob=nbformat.writes(notebook(WRONG)),
        cyd=nbformat.writes(notebook("import os\nos._exit(1)")),
        dan="no notebook",
        eve=nbformat.writes(notebook("print('é', '\\ud800')")),
    )
    (tmp_path / "fay" / CHAPTER).mkdir(parents=True)
    (tmp_path / "fay" / CHAPTER / f"{CHAPTER}.ipynb").symlink_to("/etc/passwd")
    with Engine(unsafe=UNSAFE) as engine:
        here = list(local(engine, paper, students.found(), 1))
    there = list(graded(cluster, paper, students.found()))
    assert len(there) == 6
    assert {v.student: facts(v) for v in there} == {v.student: facts(v) for v in here}
    assert {v.student: v.state for v in there} == {
        "ada": "graded", "bob": "graded", "cyd": "died", "dan": "refused", "eve": "graded",
        "fay": "refused",
    }  # fmt: skip
    assert {v.student for v in there if v.points == 2} == {"ada"}
    assert warm_processes(cluster) == []


def test_verdicts_come_while_most_submissions_have_not_been_read(
    cluster: LocalCluster, paper: Paper, students: Class
) -> None:
    read: list[str] = []

    @dataclass(frozen=True)
    class Counted(Submission):
        def read(self) -> bytes:
            read.append(self.student)
            return super().read()

    found = [Counted(s.submitted, s.student, s.chapter) for s in students.of(100)]
    with closing(graded(cluster, paper, found)) as stream:  # type: ignore[type-var]
        next(stream)
        assert len(read) == 16  # two chunks of four for each of two workers
    assert warm_processes(cluster) == []


def test_a_worker_that_is_killed_loses_nothing_and_doubles_nothing(
    cluster: LocalCluster, paper: Paper, students: Class
) -> None:
    found = students.of(20)
    stream = graded(cluster, paper, found)
    verdicts = [next(stream)]
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    verdicts += stream
    assert sorted(v.student for v in verdicts) == [s.student for s in found]
    assert {(v.state, v.points) for v in verdicts} == {("graded", 2.0)}


def test_a_warm_process_that_is_killed_loses_nothing(
    cluster: LocalCluster, paper: Paper, students: Class
) -> None:
    found = students.of(20)
    stream = graded(cluster, paper, found)
    verdicts = [next(stream)]
    killed = warm_processes(cluster)
    for process in killed:
        with suppress(psutil.NoSuchProcess):  # its sandbox, killed a moment ago, took it along
            process.kill()
    verdicts += stream
    assert len(killed) >= 2
    assert sorted(v.student for v in verdicts) == [s.student for s in found]
    assert {(v.state, v.points) for v in verdicts} == {("graded", 2.0)}


def test_only_what_takes_its_workers_down_has_died(
    cluster: LocalCluster, paper: Paper, students: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)  # four workers take longer
    students.hands_in(deadly=nbformat.writes(notebook(DEADLY)))
    verdicts = list(graded(cluster, paper, students.of(3)))
    died = next(v for v in verdicts if v.student == "deadly")
    assert (died.state, died.points) == ("died", 0.0)
    assert died.reason == "Every worker that graded it was lost (1 in a row)."
    assert died.scores[0].reason == f"Not reached: {died.reason}"
    assert len(verdicts) == 4
    assert {(v.state, v.points) for v in verdicts if v != died} == {("graded", 2.0)}


def test_a_worker_that_fails_says_why(cluster: LocalCluster, paper: Paper, students: Class) -> None:
    students.hands_in(ada=nbformat.writes(notebook(FULL)))
    with pytest.raises(GradingError) as caught:
        list(graded(cluster, paper, students.found()))
    assert str(caught.value) == "A worker cannot grade: OSError: No space left on device"


def refusal(scheduler: str, paper: Paper, *, unsafe: bool = UNSAFE) -> str:
    with pytest.raises(GradingError) as caught:
        list(spread(paper, [], Limits(), scheduler, unsafe))
    return str(caught.value)


def test_a_scheduler_that_does_not_answer_is_said(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "CONNECTING", 0.1)
    assert refusal("tcp://127.0.0.1:9", paper) == (
        "No scheduler answers at tcp://127.0.0.1:9 (Timed out trying to connect to "
        "tcp://127.0.0.1:9 after 0.1 s): start it with dask scheduler, or correct the address."
    )


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("tcp://127.0.0.1", "missing port number in address '127.0.0.1'"),
        ("tcp://127.0.0.1:port", "invalid literal for int() with base 10: 'port'"),
        ("http://127.0.0.1:9", "unknown address scheme 'http' (known schemes: "),
    ],
)
def test_what_is_no_address_is_said(address: str, why: str, paper: Paper) -> None:
    said = refusal(address, paper)
    assert said.startswith(f"{address!r} is no scheduler's address ({why}")
    assert said.endswith("): write tcp://HOST:PORT.")


def test_tls_without_certificates_is_said(paper: Paper) -> None:
    assert refusal("tls://127.0.0.1:9", paper) == (
        "tls://127.0.0.1:9 wants TLS, and Dask's configuration names no certificates: name them "
        "under distributed.comm.tls in ~/.config/dask/distributed.yaml."
    )


@pytest.mark.skipif(not shutil.which("openssl"), reason="makes the certificate")
def test_tls_is_as_dask_is_configured(
    paper: Paper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "JOINING", 0.1)
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=course",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    tls = {"distributed.comm.tls.ca-file": certificate}
    for who in ("scheduler", "client"):
        place = f"distributed.comm.tls.{who}"
        tls |= {f"{place}.key": key, f"{place}.cert": certificate}
    with (
        dask.config.set(tls),
        LocalCluster(
            n_workers=0, protocol="tls", security=Security(), dashboard_address=":0"
        ) as secure,
    ):
        assert secure.scheduler_address.startswith("tls://")
        assert refusal(secure.scheduler_address, paper).startswith("The scheduler has no workers")


def test_a_scheduler_without_workers_is_said(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "JOINING", 0.1)
    with LocalCluster(n_workers=0, dashboard_address=":0") as empty:
        assert refusal(empty.scheduler_address, paper) == (
            "The scheduler has no workers: start some, with dask worker, then run this again."
        )


def test_workers_with_another_version_of_the_course_are_said(
    cluster: LocalCluster, paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = helpers.__version__
    monkeypatch.setattr(helpers, "__version__", "99.0")
    said = refusal(cluster.scheduler_address, paper)
    assert said.startswith("The worker at tcp://127.0.0.1:")
    assert said.endswith(
        " (and 1 more) cannot grade: install version 99.0 of the course there, in place of "
        f"{theirs}."
    )


def test_a_worker_without_the_course_is_said(
    cluster: LocalCluster, paper: Paper, on_worker: Callable[[Callable[[], Any]], str]
) -> None:
    def uninstall() -> None:
        sys.modules["helpers.grading.cluster.worker"] = None  # type: ignore[assignment]

    def install() -> None:
        del sys.modules["helpers.grading.cluster.worker"]

    worker = on_worker(uninstall)
    said = refusal(cluster.scheduler_address, paper)
    on_worker(install)
    assert said == (
        f"The worker at {worker} cannot grade: the course, version {helpers.__version__}, is not "
        "installed there (import of helpers.grading.cluster.worker halted; None in sys.modules)."
    )


def test_workers_with_other_checks_are_said(cluster: LocalCluster, paper: Paper) -> None:
    said = refusal(cluster.scheduler_address, replace(paper, fingerprint="of another record"))
    assert said.endswith(
        " (and 1 more) cannot grade: Its checks of 01_small are not those of this course: install "
        "the same one there."
    )


def test_a_worker_without_a_sandbox_is_said(
    cluster: LocalCluster, paper: Paper, on_worker: Callable[[Callable[[], Any]], str]
) -> None:
    def remove() -> None:
        from helpers.grading.sandbox import walls

        walls.kept = walls.not_installed  # type: ignore[attr-defined]
        walls.not_installed = lambda: ["bubblewrap is not installed."]

    def put_back() -> None:
        from helpers.grading.sandbox import walls

        walls.not_installed = walls.kept  # type: ignore[attr-defined]

    worker = on_worker(remove)
    said = refusal(cluster.scheduler_address, paper, unsafe=False)
    on_worker(put_back)
    assert said.startswith(
        f"The worker at {worker} cannot grade: bubblewrap is not installed. Or grade without a "
        "sandbox, with --unsafe: "
    )


@pytest.fixture
def bare_scheduler() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A scheduler where the course is not installed, and a worker where it is."""
    without = "import sys; sys.modules['helpers'] = None; "
    command = "from distributed.cli.dask_{0} import main; main()"
    options = ["--no-dashboard", "--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen(
        [sys.executable, "-c", without + command.format("scheduler"), *options],
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert scheduler.stderr
    address = next(line.split()[-1] for line in scheduler.stderr if "Scheduler at:" in line)
    worker = subprocess.Popen(
        [sys.executable, "-c", command.format("worker"), address, "--no-dashboard"],
        stderr=subprocess.DEVNULL,
    )
    yield address, scheduler
    for process in (worker, scheduler):
        process.kill()
        process.wait()


def test_a_scheduler_needs_no_course_and_its_loss_is_said(
    bare_scheduler: tuple[str, subprocess.Popen[str]],
    paper: Paper,
    students: Class,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "CONNECTING", 1.0)
    address, scheduler = bare_scheduler
    stream = spread(paper, students.of(40), Limits(), address, UNSAFE)
    assert next(stream).state == "graded"
    scheduler.kill()
    with pytest.raises(GradingError, match="was lost") as caught:
        list(stream)
    assert str(caught.value).startswith(f"The scheduler at {address} was lost (")
    assert str(caught.value).endswith(
        "): what has been graded is kept; start it and its workers, then run this again."
    )


def test_an_engine_without_work_is_ended_and_begun_again_with_it(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[str] = []

    class Counted:
        def __init__(self, limits: Limits, *, unsafe: bool) -> None:
            engines.append("open")

        def warm_for(self, paper: Paper) -> None: ...

        def grade(self, paper: Paper, student: str, data: bytes) -> Verdict:
            return Verdict(paper.chapter, student, "", "graded", notebook=notebook())

        def close(self) -> None:
            engines[-1] = "closed"

    async def a_run() -> None:
        desk = worker.Desk("desk", paper, Limits(), unsafe=UNSAFE, idle=0.01)
        await desk.setup(None)  # type: ignore[arg-type]
        while engines != ["closed"]:
            await asyncio.sleep(0.01)
        (told,) = json.loads(worker.grade("desk", [("ada", b"")]))
        assert told["student"] == "ada"
        assert engines[0] == "closed" and len(engines) == 2
        desk.teardown(None)  # type: ignore[arg-type]
        assert engines == ["closed", "closed"]
        with pytest.raises(GradingError, match=r"The grading was stopped\."):
            desk.grade([("ada", b"")])

    monkeypatch.setattr(worker, "Engine", Counted)
    asyncio.run(a_run())


def test_workers_that_are_all_gone_are_said(
    paper: Paper, students: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "WAITING", 0.5)
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as small:
        stream = graded(small, paper, students.of(20))
        next(stream)
        small.scale(0)
        with pytest.raises(GradingError) as caught:
            list(stream)
    assert str(caught.value) == (
        "All workers are gone: what has been graded is kept; start workers, then run this again."
    )
