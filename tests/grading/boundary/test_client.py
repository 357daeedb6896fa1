"""The line to a student's process: it ends in a state and a reason, and waits for nothing long."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest

from helpers.grading.boundary.client import Client, Ended
from helpers.grading.boundary.remote import Remote
from helpers.grading.engine.forking import WarmProcess
from helpers.grading.limits import Limits

from ..two_sides import connected

SHORT = Limits(cell=0.8, grace=1.5, whole=30)
STUBBORN = """
import time
def it():
    while True:
        try:
            while True: time.sleep(0.01)
        except KeyboardInterrupt:
            pass
"""


def function(client: Client, source: str, name: str = "it") -> Any:
    """What a cell defines; the time of the next cell has just begun."""
    client.begin_cell()
    client.run(source)
    found = client.name(name)[1]
    client.begin_cell()
    return found


def test_a_cell_that_runs_too_long_is_stopped_and_the_next_one_runs(warm: WarmProcess) -> None:
    with connected(warm, SHORT) as client:
        client.begin_cell()
        outputs, _ = client.run("x = 1\nwhile True: pass")
        assert [each["ename"] for each in outputs] == ["KeyboardInterrupt", "TimeoutError"]
        assert outputs[-1]["evalue"] == "This cell ran longer than 0.8 s and was stopped."
        client.begin_cell()
        assert client.name("x") == (True, 1)
        assert client.interrupted == 1


@pytest.mark.parametrize("sleep", ["time.sleep(60)", "[time.sleep(1) for _ in range(60)]"])
def test_a_call_that_runs_too_long_is_a_time_out(warm: WarmProcess, sleep: str) -> None:
    with connected(warm, SHORT) as client:
        it = function(client, f"import time\ncalls = []\ndef it(): calls.append(1), {sleep}")
        says = "the code ran longer than 0.8 s and was stopped"
        with pytest.raises(TimeoutError, match=says):
            it()
        with pytest.raises(TimeoutError, match=says):
            it()  # of the same cell: its time is over, it does not begin
        assert client.interrupted == 1
        client.begin_cell()
        assert client.name("calls") == (True, [1])


@pytest.mark.parametrize("how", ["it()", "call"])
def test_code_that_takes_no_interrupt_is_ended(warm: WarmProcess, how: str) -> None:
    with connected(warm, SHORT) as client:
        it = function(client, STUBBORN)
        with pytest.raises(Ended) as ended:
            it() if how == "call" else client.run("it()")
        assert ended.value.state == "timed out"
        assert str(ended.value) == "A cell ran longer than 0.8 s and could not be interrupted."


def test_code_that_catches_exceptions_is_interrupted_all_the_same(warm: WarmProcess) -> None:
    with connected(warm, SHORT) as client:
        it = function(client, STUBBORN.replace("KeyboardInterrupt", "Exception"))
        with pytest.raises(TimeoutError):
            it()


def test_an_interrupt_that_comes_late_hits_nobody(warm: WarmProcess) -> None:
    with connected(warm) as client:
        client.begin_cell()
        for _ in range(20):
            client._command(b"i")
            time.sleep(0.01)
        time.sleep(0.5)  # the keeper has passed them all on, on a busy machine too
        assert client.run("1")[0][0]["data"] == {"text/plain": "1"}


def test_all_cells_together_have_a_limit(warm: WarmProcess) -> None:
    with connected(warm, Limits(cell=30, grace=5, whole=2)) as client:
        client.begin_cell()
        with pytest.raises(Ended) as ended:
            client.run("import time; time.sleep(30)")
        assert ended.value.state == "timed out"
        assert str(ended.value) == "All cells together ran longer than 2 s."


@pytest.mark.parametrize(
    ("source", "state", "reason"),
    [
        ("import os; os._exit(3)", "died", "The process ended itself with code 3."),
        ("import os; os._exit(0)", "died", "The process ended itself with code 0."),
        (
            "import ctypes; ctypes.string_at(0)",
            "died",
            "The process was ended by signal 11.",
        ),
        ("import os; os.abort()", "died", "The process was ended by signal "),
        (
            "x = []\nwhile True: x.append(bytearray(b'1' * 2**22))",
            "out of memory",
            "The processes used more than 0.5 GiB together.",
        ),
        ("import os; os.closerange(3, 100)", "died", "The process "),
    ],
    ids=lambda value: value[:22],
)
def test_how_a_process_ended_is_said(
    warm: WarmProcess, source: str, state: str, reason: str
) -> None:
    with connected(warm, Limits(memory=2**29, cell=60, whole=100)) as client:
        client.begin_cell()
        with pytest.raises(Ended) as ended:
            client.run(source)
            client.run("1")
        assert ended.value.state == state and str(ended.value).startswith(reason)


def test_too_much_in_one_process_is_a_memory_error(student: Client) -> None:
    outputs, _ = student.run("import numpy as np\nx = np.ones(2**32)")
    assert outputs[0]["ename"] in ("MemoryError", "_ArrayMemoryError")
    assert student.name("x") == (False, None)


def test_a_crash_in_a_call_ends_the_process(student: Client) -> None:
    it = function(student, "import os\ndef it(): os._exit(4)")
    with pytest.raises(Ended, match="The process ended itself with code 4"):
        it()
    student.close()
    assert student.report["code"] == 4


def test_what_it_used_is_reported_at_its_end(warm: WarmProcess) -> None:
    with connected(warm) as client:
        client.begin_cell()
        client.run("sum(range(10**6))")
    assert client.report["seconds"] > 0 and client.report["signal"] == 0
    assert client.report["peak"] > 2**20


def test_a_background_thread_does_not_keep_it(warm: WarmProcess) -> None:
    began = time.monotonic()
    with connected(warm) as client:
        client.begin_cell()
        client.run(
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"
        )
    assert time.monotonic() - began < 10


def test_names_are_made_over_there(student: Client) -> None:
    student.define("x", {"a": [1, 2.5]})
    student.import_module("math", "m")
    student.define("f", lambda x: 2 * x)
    it = function(student, "def it(): return f(m.floor(x['a'][1]))")
    assert it() == 4
    student.define("again", it)
    assert function(student, "same = again is it", "same") is True
    assert isinstance(it, Remote)


@pytest.mark.parametrize(
    "answer",
    ['"3"', "[]", "{}", '{"value": ["no such"]}', '{"callback": 7}', '{"callback": "x"}',
     '{"value": ["handle", []]}', '{"value": ["handle", ["student", "a", {}]]}',
     '{"value": ["handle", ["checker", 5]]}', '{"raised": 3}', '{"outputs": [3, {}, null]}',
     '{"outputs": {"a": 1}, "count": "x"}', '{"warned": [["a"]]}', '{"warned": 3}',
     '{"value": 1, "after": 3}', '{"value": 1, "after": ["tuple", [3]]}',
     '{"raised": {"type": [], "bases": 3, "text": {}, "name": null, "where": 5}}'],
)  # fmt: skip
@pytest.mark.parametrize("asks", ["run", "name", "ask"])
def test_an_answer_that_is_none_ends_in_an_error_of_python_or_of_the_process(
    student: Client, answer: str, asks: str
) -> None:
    it = function(student, "def it(): pass")
    lie = f"""
import json
from helpers.grading.boundary.frames import Frames
Frames.send = lambda self, *a: self.channel.sendall(
    __import__("struct").pack("!II", {len(answer)}, 0) + {answer.encode()!r})
"""
    student.frames.send({"run": lie})
    student.frames.receive(5)
    ask = {"run": lambda: student.run("1"), "name": lambda: student.name("it"), "ask": it}[asks]
    allowed = (Ended, Exception) if asks == "ask" else Ended  # a check takes errors for an answer
    with contextlib.suppress(allowed):
        ask()
