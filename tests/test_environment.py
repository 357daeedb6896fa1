"""The machine's shortcomings: one sentence each, and all of them in one table."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers import environment
from helpers.environment import Fact
from helpers.errors import MachineError


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of this machine that another program listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.mark.parametrize("running", [(3, 11), (3, 12), (3, 13)])
def test_a_python_of_the_course_is_accepted(running: tuple[int, int]) -> None:
    assert environment.require_python(running) == f"3.{running[1]}"


@pytest.mark.parametrize("running", [(2, 7), (3, 10), (3, 14), (4, 0)])
def test_another_python_is_refused_with_what_to_do(running: tuple[int, int]) -> None:
    with pytest.raises(MachineError) as refusal:
        environment.require_python(running)
    assert str(refusal.value) == (
        f"This is Python {running[0]}.{running[1]} and the course needs 3.11, 3.12 or 3.13: "
        "install one of them and make the environment with it."
    )


def test_enough_space_is_said_in_gigabytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=12_300_000_000))
    assert environment.require_space(tmp_path, 200) == "12.3 GB free"


def test_a_full_disk_is_refused_with_both_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=7_900_000))
    with pytest.raises(MachineError) as refusal:
        environment.require_space(tmp_path, 200)
    assert str(refusal.value) == (
        f"Only 7 MB are free on the disk of {tmp_path} and 200 MB are needed: "
        "make room and try again."
    )


def test_a_busy_port_is_refused(taken_port: int) -> None:
    with pytest.raises(MachineError) as refusal:
        environment.require_port(taken_port)
    assert str(refusal.value) == (
        f"Port {taken_port} is in use: give another with --port, or none and a free one is found."
    )


def test_a_port_that_was_closed_is_free_again() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as JupyterLab does
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # leaves the connection in TIME_WAIT
    assert environment.require_port(port) == port


def test_the_kernel_of_this_environment_is_found() -> None:
    assert Path(environment.require_kernel()).exists()


def test_a_missing_kernel_is_refused() -> None:
    with pytest.raises(MachineError) as refusal:
        environment.require_kernel("no-such-kernel")
    assert str(refusal.value) == (
        "Jupyter has no kernel called no-such-kernel: "
        "run `python -m ipykernel install --sys-prefix` in the course's environment."
    )


def test_a_kernel_whose_program_was_removed_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kernels" / "removed"
    folder.mkdir(parents=True)
    gone = tmp_path / "gone" / "python"
    spec = {"argv": [str(gone), "-m", "ipykernel_launcher"], "display_name": "removed"}
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(MachineError, match=r"points to .*, which is not there: run `python -m"):
        environment.require_kernel("removed")


def test_a_missing_package_is_a_problem_with_what_to_do() -> None:
    with pytest.raises(MachineError) as refusal:
        environment._version("no-such-package")
    assert str(refusal.value) == (
        "no-such-package is not installed: "
        "run `make env`, or `pip install -c requirements.lock -e .`."
    )


def test_nbgrader_without_alembic_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MachineError, match="cannot find alembic"):
        environment._nbgrader()


def test_the_facts_of_this_environment_are_all_well(tmp_path: Path) -> None:
    found = environment.facts(tmp_path)
    assert [fact.name for fact in found] == [
        "Python", "torch", "JupyterLab", "kernel", "nbgrader", "disk", "chromium",
    ]  # fmt: skip
    assert [fact for fact in found if fact.state == "problem"] == []


def test_a_missing_browser_is_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert environment._browser() == Fact("chromium", "only the browser tests need it", "missing")
