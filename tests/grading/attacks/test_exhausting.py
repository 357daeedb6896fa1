"""Whatever a submission uses up, it ends in one state, alone, and leaves nothing behind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.grading.engine.engine import Engine
from helpers.grading.verdict import STATES

from .conftest import PAPER, Attack, submission

Honest = Callable[[], dict[str, float | None]]
DIED, TIMED, MEMORY, GRADED = "died", "timed out", "out of memory", "graded"
# the code of `double`'s cell, and the states in which it may end
WAYS = {
    "a loop": ("while True: pass", {TIMED}),
    "a loop that takes no interrupt": (
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass", {TIMED}),
    "a loop that catches all": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass", {TIMED}),
    "a loop in C": ("sum(iter(int, 1))", {TIMED}),
    "an expression that never ends": ("import re; re.match('(a+)+$', 'a' * 40 + 'b')", {TIMED}),
    "sleep": ("import time; time.sleep(10**6)", {TIMED}),
    "a function that never returns": ("def double(x):\n    while True: pass", {TIMED}),
    "output without end": ("while True: print('x' * 10_000)", {TIMED}),
    "one large print": ("print('x' * 200_000_000)", {GRADED, TIMED, MEMORY}),
    "memory of one's own": ("a = bytearray(10 * 2**30)", {GRADED}),
    "memory bit by bit": (
        "a = []\nwhile True: a.append(bytearray(b'x' * 10_000_000))", {GRADED, MEMORY, TIMED}),
    "shared memory": (
        "import mmap\na = []\nwhile True:\n    m = mmap.mmap(-1, 2**28)\n"
        "    m.write(b'x' * 2**28)\n    a.append(m)", {GRADED, MEMORY, DIED, TIMED}),
    "memory of many processes": (
        "import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n"
        "        a = bytearray(b'x' * 200_000_000); time.sleep(60)\ntime.sleep(60)",
        {MEMORY, TIMED}),
    "processes": ("import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", {TIMED}),
    "threads": (
        "import threading, time\nwhile True:\n"
        "    threading.Thread(target=time.sleep, args=(60,)).start()", {GRADED, TIMED}),
    "children that outlive it": (
        "import os, time\nfor _ in range(9):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        time.sleep(600)\n        os._exit(0)", {GRADED}),
    "the disk": (
        "with open('/tmp/f', 'wb') as f:\n    while True: f.write(b'x' * 2**20)", {GRADED}),
    "names of files": (
        "import itertools\nfor n in itertools.count(): open(f'/tmp/{n}', 'w').close()", {GRADED}),
    "open files": ("a = []\nwhile True: a.append(open('/dev/null'))", {GRADED}),
    "an answer without end": (
        "def double(x):\n    return np.zeros(40_000_000)", {GRADED, MEMORY, DIED}),
    "an answer that trickles": (
        "import os, stat, struct, time\ndef double(x):\n    for fd in range(3, 64):\n"
        "        try: s = stat.S_ISSOCK(os.fstat(fd).st_mode)\n        except OSError: continue\n"
        "        if s:\n            os.write(fd, struct.pack('!II', 10**6, 0))\n"
        "            while True: os.write(fd, b' '); time.sleep(0.05)", {TIMED, DIED}),
    "an answer that is noise": (
        "import os, stat\ndef double(x):\n    for fd in range(3, 64):\n"
        "        try: s = stat.S_ISSOCK(os.fstat(fd).st_mode)\n        except OSError: continue\n"
        "        if s: os.write(fd, os.urandom(4000))", {DIED}),
    "many slow calls": (
        "import time\ndef double(x):\n    time.sleep(2.2)\n    return x * 2", {TIMED}),
    "recursion": ("def double(x): return double(x)", {GRADED, DIED}),
    "recursion without a limit": (
        "import sys\nsys.setrecursionlimit(10**9)\ndef double(x): return double(x)\ndouble(1)",
        {GRADED, DIED, TIMED, MEMORY}),
    "its own end": ("import os; os._exit(0)", {DIED}),
    "a crash": ("import ctypes; ctypes.string_at(0)", {DIED}),
    "a signal to itself": (
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)", {GRADED, DIED}),
    "a closed line": ("import os; os.closerange(3, 100)", {DIED}),
    "a huge figure": (
        "import matplotlib.pyplot as plt; plt.figure(figsize=(2000, 2000)).add_subplot()",
        {GRADED, MEMORY, DIED, TIMED}),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_it_ends_in_one_state_with_a_sentence(way: str, attack: Attack, honest: Honest) -> None:
    code, states = WAYS[way]
    verdict = attack(code).verdict
    assert verdict.state in states & set(STATES), verdict.reason
    assert (verdict.reason == "") == (verdict.state == "graded")
    assert verdict.points <= 1.0 or way == "many slow calls"


def test_points_earned_before_the_end_stay(attack: Attack) -> None:
    result = attack(last="import os; os._exit(1)")
    assert result.points == {"double_check": 2.0, "last_check": 0.0}
    assert result.verdict.state == "died"


def test_after_all_of_them_nothing_is_left_and_an_honest_one_has_its_points(
    engine: Engine, honest: Honest
) -> None:
    before = _memory(os.getpid())
    assert honest() == {"double_check": 2.0, "last_check": 1.0}
    for code, _ in (WAYS["one large print"], WAYS["an answer without end"]) * 3:
        engine.grade(PAPER, "mallory", submission(code))
    assert _memory(os.getpid()) - before < 100 * 2**20
    time.sleep(0.5)
    warm = _descendants(engine.warm.process.pid)
    assert len(warm) <= 2, "bubblewrap's own process, and the warm process"
    assert honest() == {"double_check": 2.0, "last_check": 1.0}


def test_what_is_no_notebook_is_refused_with_a_sentence(engine: Engine, honest: Honest) -> None:
    broken = (
        b"", b"\0", b"{}", b"[]", b"null", b"{" * 100_000, b'{"cells": [' * 5000,
        b'{"nbformat": 4, "cells": 3}', b'{"nbformat": 4, "cells": [3]}',
        b'{"nbformat": 4, "cells": [{"source": {}}]}', b"\xff\xfe", submission()[:-20],
        b'{"nbformat": 4, "cells": []}', b'{"nbformat": "4", "cells": []}',
    )  # fmt: skip
    for data in broken:
        verdict = engine.grade(PAPER, "mallory", data)
        assert verdict.state == "refused", data[:40]
        assert verdict.reason.endswith(".") and verdict.points == 0.0
    assert honest() == {"double_check": 2.0, "last_check": 1.0}


def _memory(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _descendants(process: int) -> list[int]:
    found = [process]
    for each in found:
        for path in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, path.read_text().split())
    return found[1:]
