"""The `course` command: one sentence for what is wrong, and an exit code that says which kind."""

from __future__ import annotations

import errno
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from helpers import cli, environment
from helpers.environment import Fact
from helpers.errors import CourseError


def outcome(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and error output of `course WORDS`."""
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    printed = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


@pytest.fixture
def lab_raises(monkeypatch: pytest.MonkeyPatch) -> Any:
    def put(error: BaseException) -> None:
        def raise_it(*_: object) -> None:
            raise error

        monkeypatch.setattr("helpers.lab.lab_command", raise_it)

    return put


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = outcome(capsys, "--help")
    assert code == 0
    assert [line.split()[0] for line in out.partition("Commands:")[2].split("\n") if line] == [
        "build", "collect", "doctor", "export", "feedback", "grade", "lab", "report",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["labb"], "No such command 'labb'."),
        (["lab", "--port", "x"], "Invalid value for '--port': 'x' is not a valid integer range."),
        (["doctor", "--repair"], "--repair needs the notebook that it is to repair."),
    ],
)
def test_a_mistake_in_the_call_is_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    code, out, err = outcome(capsys, *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"course: {sentence}")
    assert err.count("\n") == 1


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = outcome(capsys)
    assert code == 2
    assert "Usage: course" in err


def test_what_the_course_finds_wrong_is_one_sentence(
    capsys: pytest.CaptureFixture[str], lab_raises: Any
) -> None:
    lab_raises(CourseError("The kernel is missing: install it."))
    expected = (2, "", "course: The kernel is missing: install it.\n")
    assert outcome(capsys, "lab") == expected


def test_a_full_disk_is_one_sentence(capsys: pytest.CaptureFixture[str], lab_raises: Any) -> None:
    lab_raises(OSError(errno.ENOSPC, "No space left on device", "a.ipynb"))
    code, _, err = outcome(capsys, "lab")
    assert code == 2
    assert err.startswith("course: The disk is full: make room and try again")


def test_a_defect_of_the_course_is_not_hidden(lab_raises: Any) -> None:
    lab_raises(OSError(errno.EIO, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        cli.main(["lab"])


def test_an_interruption_says_nothing_and_exits_130(
    capsys: pytest.CaptureFixture[str], lab_raises: Any
) -> None:
    lab_raises(KeyboardInterrupt())
    code, out, err = outcome(capsys, "lab")
    assert (code, out, err.strip()) == (130, "", "")


def test_lab_hands_on_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[tuple[object, ...]] = []
    monkeypatch.setattr("helpers.lab.lab_command", lambda *given: called.append(given))
    with pytest.raises(SystemExit):
        cli.main(["lab", "--instructor", "--port", "8890", "--ip=0.0.0.0", "--allow-root"])
    assert called == [(True, True, 8890, ("--ip=0.0.0.0", "--allow-root"))]


def test_a_busy_port_ends_the_real_command(tmp_path: Path) -> None:
    (tmp_path / "course" / "01_a").mkdir(parents=True)
    (tmp_path / "course" / "01_a" / "01_a.ipynb").touch()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = str(server.getsockname()[1])
        ended = subprocess.run(
            [sys.executable, "-m", "helpers.cli", "lab", "--port", port],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"course: Port {port} is in use: "
        "give another with --port, or none and a free one is found.\n"
    )


@pytest.mark.parametrize("lacks", [[], ["No bwrap."]])
@pytest.mark.parametrize(("state", "code"), [("ok", 0), ("missing", 0), ("problem", 1)])
def test_doctor_without_a_notebook_is_about_the_environment(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    code: int,
    lacks: list[str],
) -> None:
    monkeypatch.setattr(environment, "facts", lambda _: [Fact("Python", "3.12", state)])
    monkeypatch.setattr("helpers.grading.sandbox.walls.missing", lambda: lacks)
    ready = "ok       sandbox  ready: course grade is safe"
    sandbox = "missing  sandbox  No bwrap. Only grading needs it." if lacks else ready
    table = f"{state:<7}  Python   3.12\n{sandbox}\n"
    assert outcome(capsys, "doctor") == (code, table, "")


GRAMMAR = """
import sys
from importlib.util import find_spec
from helpers.cli import main
assert find_spec("rfc3987_syntax"), "there is nothing to spare"
try:
    main(["--version"])
finally:
    import nbformat
    print("lark" in sys.modules)
"""


def test_a_command_does_not_load_a_grammar_of_addresses() -> None:
    done = subprocess.run([sys.executable, "-c", GRAMMAR], capture_output=True, text=True)
    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (0, "", "False")
