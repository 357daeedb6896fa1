"""A class in which one in ten is hostile or broken, and how each submission must end.

The sources stand in the place of the small assignment's second exercise, `norm`: before it lies
one check (2 points), behind it another (2 points). So what only fails there has 4 points left,
and what takes its process along has 2.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from grading_class import CHAPTER, EXERCISES, WRONG
from nbformat import NotebookNode

__all__ = [
    "BROKEN_FILES", "HOSTILE", "LEFT", "ODDITIES", "Expected", "answered", "hand_in_mixed",
]  # fmt: skip

LEFT = "left-by-a-student"  # how files begin that a submission tries to leave behind
ALL, REST, FIRST = 6.0, 4.0, 2.0  # points: of everything, all but norm's, before norm


@dataclass(frozen=True)
class Expected:
    """How a submission ends; points are None where chance decides."""

    kind: str
    points: float | None
    states: tuple[str, ...] = ("graded",)


# ---------------------------------------------------------------- honest, and worth all points

ODDITIES = {
    "warns": "import warnings\ndef norm(x):\n    warnings.warn('slow')\n    return (x @ x) ** 0.5",
    "prints to stderr": """\
import sys
print("working", file=sys.stderr)
def norm(x):
    print("still working", file=sys.stderr)
    return (x @ x) ** 0.5""",
    "shows its progress": """\
from tqdm.auto import tqdm
def norm(x):
    return sum(each**2 for each in tqdm(x)) ** 0.5""",
    "plots": """\
plt.plot([1, 2]); plt.show()
def norm(x):
    plt.plot(x)
    return np.linalg.norm(x)""",
    "takes its time": """\
import time
def norm(x):
    time.sleep(0.3)
    return np.hypot(*x)""",
    "has helpers": """\
class Squares:
    def __init__(self, x):
        self.x = x
    def sum(self):
        return sum(map(square, self.x))
def square(x): return x * x
norm = lambda x: Squares(x).sum() ** 0.5""",
    "fails behind its answer": "def norm(x):\n    return np.sqrt(x @ x)\nnorm(None)",
}

# ---------------------------------------------------------------- hostile code, and its end

GRADED, TIMED_OUT, DIED = ("graded",), ("timed out",), ("died",)
ANY_END = ("graded", "timed out", "died", "out of memory")
HOSTILE: dict[str, tuple[tuple[str, ...], float | None, str]] = {  # states, points, the source
    "displays a lot": (GRADED, REST, """\
from IPython.display import HTML, display
for _ in range(30): display(HTML("x" * 2**20))"""),
    "recurses": (GRADED, REST, "def norm(x): return norm(x)"),
    "answers with too much": (GRADED, REST, "def norm(x): return np.zeros(2**25)"),
    "answers with itself": (GRADED, REST, "def norm(x):\n    a = []; a.append(a); return a"),
    "answers with a huge number": (GRADED, REST, "def norm(x): return 10**100_000"),
    "raises what is no text": (
        GRADED, REST, r"def norm(x): raise ValueError('\ud800 \x00 \x1b[31m')",
    ),
    "loops": (TIMED_OUT, REST, "while True:\n    pass"),
    "loops when it is called": (TIMED_OUT, REST, "def norm(x):\n    while True: pass"),
    "ignores interrupts": (
        TIMED_OUT, FIRST,
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
    ),
    "catches interrupts": (
        TIMED_OUT, FIRST,
        "while True:\n    try:\n        sum(range(10**6))\n    except BaseException: pass",
    ),
    "loops outside Python": (TIMED_OUT, FIRST, "import itertools\nsum(itertools.repeat(0))"),
    "loops to show itself": (
        TIMED_OUT, REST, "class A:\n    def __repr__(self):\n        while True: pass\nA()",
    ),
    "exits": (DIED, FIRST, "import os\nos._exit(0)"),
    "segfaults": (DIED, FIRST, "import ctypes\nctypes.string_at(0)"),
    "aborts": (DIED, FIRST, "import os\nos.abort()"),
    "raises SystemExit": (GRADED, REST, "raise SystemExit(3)"),
    "kills everything": (GRADED, REST, "import os\nos.kill(-1, 9)"),
    "closes its files": (DIED, FIRST, "import os\nos.closerange(0, 1000)"),
    "writes into its files": (DIED, FIRST, """\
import os
for number in range(3, 100):
    try: os.write(number, bytes(range(128, 256)) * 1000)
    except OSError: pass"""),
    "forks for ever": (ANY_END, None, "import os\nwhile True: os.fork()"),
    "forks children that wait": (GRADED, REST, """\
import os, time
for _ in range(1000):
    if not os.fork():
        time.sleep(1e6)"""),
    "leaves a daemon": (GRADED, REST, """\
import os, time
if not os.fork():
    os.setsid()
    if not os.fork():
        time.sleep(1e6)
    os._exit(0)"""),
    "starts threads": (GRADED, REST, """\
import threading, time
while True: threading.Thread(target=time.sleep, args=(1e6,)).start()"""),
    "asks for memory": (GRADED, REST, "np.ones(2**36)"),
    "asks for memory bit by bit": (
        ANY_END, None,
        "held = []\nwhile True: held.append(bytearray(2**24))",
    ),
    "fills memory with its children": (("out of memory", "timed out"), FIRST, """\
import os, time
for _ in range(3):
    if not os.fork():
        held = b"x" * (1500 * 2**20)
        time.sleep(1e6)
while True:
    try: time.sleep(1e6)
    except BaseException: pass"""),
    "fills shared memory": (
        GRADED, REST, f"open('/dev/shm/{LEFT}', 'wb').write(bytes(2**29))",
    ),
    "fills the disk": (GRADED, REST, f"""\
for number in range(10**6):
    with open(f"/tmp/{LEFT}{{number}}", "wb") as file: file.write(bytes(2**24))"""),
    "leaves files": (GRADED, REST, f"""\
import os
for place in ("/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), ".", "/", "/home"):
    try: open(os.path.join(place, "{LEFT}"), "w").close()
    except OSError: pass"""),
    "prints for ever": (TIMED_OUT, REST, "while True: print('x' * 1000)"),
    "prints a lot": (GRADED, REST, "print('x' * 2**27)"),
    "raises what cannot be told": (GRADED, REST, """\
class Bad(Exception):
    def __str__(self): raise SystemExit
def norm(x): raise Bad"""),
    "takes Python apart": (
        ANY_END, None,
        "import builtins\nfor name in ('len', 'isinstance', 'super'): delattr(builtins, name)",
    ),
    "waits for input": (GRADED, REST, "input()"),
}  # fmt: skip

# ---------------------------------------------------------------- broken files: all are refused


def _text(text: str | bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _cells(*cells: object) -> Callable[[Path], object]:
    return _text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}))


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**34)  # takes no room


def _linked_folder(path: Path) -> None:
    shutil.copy(_solution(path), path)
    real = path.parent.with_name("real")
    path.parent.rename(real)
    path.parent.symlink_to(real)


def _solution(path: Path) -> Path:
    return path.parents[4] / "solutions" / CHAPTER / path.name


BROKEN_FILES: dict[str, Callable[[Path], object]] = {
    "empty": _text(""),
    "half a file": _text('{"nbformat": 4, "cells": [{"cell_type": "co'),
    "a picture": _text(b"\x89PNG\r\n\x1a\n\0\0\0"),
    "zeros": _text(bytes(1000)),
    "another encoding": _text('{"nbformat": 4, "cells": ["é"]}'.encode("latin-1")),
    "a list": _text("[1, 2]"),
    "a number": _text("4"),
    "no cells": _text('{"nbformat": 4}'),
    "cells that are none": _cells(1, None),
    "a text that is none": _cells({"cell_type": "code", "source": [1, 2]}),
    "too many cells": _cells(*[{"cell_type": "code", "source": ""}] * 5001),
    "too long a cell": _cells({"cell_type": "code", "source": "#" * (2**20 + 1)}),
    "nested deeply": _text("[" * 10**6),
    "nested deeply in a cell": _text('{"nbformat": 4, "cells": [' + '{"a":' * 10**5),
    "an endless number": _text('{"nbformat": ' + "9" * 10**5 + "}"),
    "a million lists": _text('{"nbformat": 4, "a": [' + "[]," * 10**6 + "1]}"),
    "huge": _huge,
    "a link to the solution": lambda path: path.symlink_to(_solution(path)),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a link for a folder": _linked_folder,
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),  # not every system has it
    "nothing": lambda path: None,
}

# ---------------------------------------------------------------- the class


def hand_in_mixed(
    notebook: NotebookNode, submitted: Path, students: int, bad: int = 10
) -> Iterator[tuple[str, Expected]]:
    """Write so many submissions; one in `bad` is hostile or broken."""
    for number in range(students):
        student = f"student{number:05}"
        path = submitted / student / CHAPTER / f"{CHAPTER}.ipynb"
        path.parent.mkdir(parents=True)
        if number % bad == bad - 1:
            yield student, _bad(notebook, path, number // bad)
        else:
            yield student, _honest(notebook, path, number)


def _bad(notebook: NotebookNode, path: Path, number: int) -> Expected:
    """One of all kinds, hostile and broken in turn."""
    if number % 2:
        kind = list(BROKEN_FILES)[number // 2 % len(BROKEN_FILES)]
        BROKEN_FILES[kind](path)
        return Expected(kind, 0.0, ("refused",))
    kind = list(HOSTILE)[number // 2 % len(HOSTILE)]
    states, points, source = HOSTILE[kind]
    nbformat.write(answered(notebook, norm=source), path)
    return Expected(kind, points, states)


def _honest(notebook: NotebookNode, path: Path, number: int) -> Expected:
    """Of four, two are right, one of these in an odd way; one is wrong, one is broken."""
    odd = list(ODDITIES)[number // 4 % len(ODDITIES)]
    kind, answers, points = (
        ("right", {}, ALL),
        ("wrong", {name: f"def {name}(x):\n    return {WRONG[name]}" for name in WRONG}, 2.0),
        (odd, {"norm": ODDITIES[odd]}, ALL),
        ("broken", dict.fromkeys(WRONG, "def norm(x:\n    return"), 0.0),
    )[number % 4]
    nbformat.write(answered(notebook, **answers), path)
    return Expected(str(kind), float(points))


def answered(notebook: NotebookNode, **answers: str) -> NotebookNode:
    """The notebook with right answers, but for those that are given."""
    copied = copy.deepcopy(notebook)
    for name, _, solution, _ in EXERCISES:
        cell = next(cell for cell in copied.cells if cell.id == name)
        cell.source = answers.get(name, f"def {name}(x):\n    return {solution}")
    return copied
