"""From bytes to a verdict: an honest submission gets exactly its points, whatever else it does."""

from __future__ import annotations

import copy
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from helpers.authoring import notebooks
from helpers.authoring.lesson import read
from helpers.authoring.record import record as recording
from helpers.check import record
from helpers.grading.engine.engine import Engine
from helpers.grading.limits import Limits
from helpers.grading.sandbox import walls
from helpers.grading.submission.paper import Paper, fingerprint
from helpers.grading.verdict import Verdict

from ..two_sides import paper_of

LESSON = '''\
# %% given imports
import numpy as np
import torch
from helpers import Checks

check = Checks("01_small")

# %% [markdown]
# ### Exercise 1.1 double

# %% solve double
def double(x):
    """2x.

    >>> double(1.0)
    2.0
    """
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION

# %% check double points=2
grid = np.linspace(0, 1, 5)
with check("double") as probe:
    probe.call("a number", double, 3.0)
    probe.call("an array", double, grid)
### BEGIN HIDDEN TESTS
grid = np.full(3, 123.456)
with check.hidden("double") as probe:
    probe.call("secret numbers", double, grid, expected=grid + grid)
### END HIDDEN TESTS

# %% mistake double "squares"
# Add x to itself.
def double(x): return x * x
# %% mistake double "halves"
# Multiply.
def double(x): return x / 2
# %% mistake double "adds two"
# Multiply.
def double(x): return x + 2

# %% [markdown]
# ### Exercise 1.2 slope

# %% solve slope
# Set slope.
### BEGIN SOLUTION
slope = -4
### END SOLUTION

# %% check slope points=1
with check("slope") as probe:
    probe.number("the slope at -1", slope)

# %% mistake slope "the sign"
# It falls.
slope = 4
# %% mistake slope "half"
# Add both.
slope = -2
# %% mistake slope "zero"
# It falls.
slope = 0

# %% [markdown]
# ### Exercise 1.3 relu

# %% solve relu
def relu(x):
    """max(x, 0) of a tensor.

    >>> relu(torch.tensor(-1.0))
    tensor(0.)
    """
    ### BEGIN SOLUTION
    return x.clamp(min=0)
    ### END SOLUTION

# %% check relu points=3
with check("relu") as probe:
    probe.call("three numbers", relu, torch.tensor([-1.0, 0.0, 2.0]))
### BEGIN HIDDEN TESTS
with check.hidden("relu") as probe:
    probe.call("ones", relu, torch.ones(2, 2), expected=torch.ones(2, 2))
### END HIDDEN TESTS

# %% mistake relu "nothing is cut"
# Cut.
def relu(x): return x
# %% mistake relu "the sign"
# Cut the other side.
def relu(x): return x.clamp(max=0)
# %% mistake relu "the absolute value"
# Cut.
def relu(x): return x.abs()

# %% [markdown]
# ### Exercise 1.4 why

# %% answer why [markdown] points=3
# <!-- BEGIN SOLUTION -->
# Because.
# <!-- END SOLUTION -->
'''
for name in ("double", "slope", "relu", "why"):
    LESSON += "".join(f"# %% hint {name} [markdown]\n# {n}\n" for n in "abc")
GOOD = {
    "double": "def double(x):\n    return 2 * x",
    "slope": "slope = -4",
    "relu": "def relu(x):\n    return x.clamp(min=0)",
    "why_answer": "Because of this.",
}


class Class:
    """A chapter, and what its students hand in."""

    def __init__(self, paper: Paper, released: Any, engine: Engine) -> None:
        self.paper, self.released, self.engine = paper, released, engine

    def submission(self, *after: tuple[str, str], **cells: str) -> bytes:
        """The notebook with answers, right ones where none is given; own cells after others."""
        notebook = copy.deepcopy(self.released)
        answers = GOOD | cells
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            cell.source = answers.get(name, cell.source)
        for name, source in after:
            places = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
            at = places.index(name) + 1 if name else 0
            notebook.cells.insert(at, nbformat.v4.new_code_cell(source))
        return json.dumps(notebook).encode()

    def grade(self, *after: tuple[str, str], **cells: str) -> Verdict:
        return self.engine.grade(self.paper, "ada", self.submission(*after, **cells))


@pytest.fixture(scope="module")
def small() -> Iterator[Class]:
    """An engine that knows the small chapter; its record must lie outside of /tmp."""
    patch = pytest.MonkeyPatch()
    with tempfile.TemporaryDirectory(dir="/var/tmp") as place:
        folder = Path(place)
        folder.chmod(0o755)
        patch.setenv("COURSE_RECORDED", place)
        for module in (record, walls):
            name = "FOLDER" if module is record else "RECORDED"
            patch.setattr(module, name, folder)
        (folder / "01_small.py").write_text(LESSON, encoding="utf-8")
        lesson = read(folder / "01_small.py")
        (folder / "01_small.json").write_text(recording(lesson), encoding="utf-8")
        record.load.cache_clear()
        released = notebooks.students(notebooks.instructors(lesson))
        with Engine(unsafe=bool(walls.missing())) as engine:
            yield Class(paper_of(lesson), released, engine)
        record.load.cache_clear()
    patch.undo()


def points(verdict: Verdict) -> dict[str, float | None]:
    return {score.cell: score.points for score in verdict.scores}


ALL = {"double_check": 2.0, "slope_check": 1.0, "relu_check": 3.0, "why_answer": None}


def is_whole(verdict: Verdict) -> None:
    """Nothing is missing, and nothing is said."""
    told = [score.reason for score in verdict.scores if score.reason]
    assert points(verdict) == ALL, (verdict.reason, told, verdict.remarks)
    assert verdict.state == "graded" and verdict.reason == "" and verdict.remarks == []


def shown(verdict: Verdict, source: str) -> list[dict[str, Any]]:
    """The outputs of the first cell whose text holds something."""
    return next(c["outputs"] for c in verdict.notebook["cells"] if source in c["source"])


def test_an_honest_submission_gets_its_points(small: Class) -> None:
    verdict = small.grade()
    is_whole(verdict)
    assert verdict.points == 6 and verdict.chapter == "01_small" and verdict.student == "ada"
    assert verdict.fingerprint == fingerprint(small.paper, small.submission())
    assert verdict.isolated == (not small.engine.unsafe) and verdict.own_seconds > 0
    nbformat.validate(nbformat.from_dict(copy.deepcopy(verdict.notebook)))
    assert Verdict.from_json(json.loads(json.dumps(verdict.to_json()))) == verdict
    said = shown(verdict, 'check("double")')
    assert [(each["name"], each["text"].splitlines()) for each in said] == [
        (
            "stdout",
            [
                "Exercise 1.1 double: visible checks passed; hidden checks run after you submit",
                "Exercise 1.1 double: hidden checks passed",
            ],
        )
    ]


def test_an_untouched_notebook_gets_nothing(small: Class) -> None:
    verdict = small.engine.grade(small.paper, "ada", json.dumps(small.released).encode())
    assert points(verdict) == dict.fromkeys(ALL, 0.0) and verdict.state == "graded"
    assert {score.answered for score in verdict.scores} == {False}
    assert verdict.scores[0].reason == "NotImplementedError: Exercise 1.1: double"


def test_a_mistake_is_named_and_the_others_keep_their_points(small: Class) -> None:
    verdict = small.grade(double="def double(x): return x * x")
    assert points(verdict) == ALL | {"double_check": 0.0}
    assert {score.answered for score in verdict.scores} == {True}
    assert verdict.scores[0].mistake == "squares"
    assert verdict.scores[0].reason.splitlines()[0] == "Exercise 1.1 double: squares"
    assert verdict.scores[0].exercise == "1.1: double" and verdict.scores[0].most == 2


ODD = {
    "warnings": "import warnings\ndef double(x):\n    warnings.warn('odd')\n    return 2 * x",
    "stderr": "import sys\ndef double(x):\n    print('!', file=sys.stderr)\n    return 2 * x",
    "prints": "def double(x):\n    print(x, '\\ud83d\\ude00' * 3)\n    return 2 * x",
    "logging": "import logging\ndef double(x):\n    logging.error('x')\n    return 2 * x",
    "tqdm": "from tqdm import tqdm\ndef double(x):\n    return sum(x for _ in tqdm(range(2)))",
    "tqdm.auto": (
        "from tqdm.auto import tqdm\ndef double(x):\n    return sum(x for _ in tqdm(range(2)))"
    ),
    "a plot": (
        "import matplotlib.pyplot as plt\nplt.style.use('dark_background')\n"
        "def double(x):\n    plt.plot([1, 2]); plt.show()\n    return 2 * x"
    ),
    "another backend": (
        "import matplotlib\nmatplotlib.use('agg')\ndef double(x):\n    return 2 * x"
    ),
    "a lambda": "double = lambda x: x + x",
    "a partial": "from functools import partial\ndouble = partial(lambda a, x: a * x, 2)",
    "an operator": "import operator, functools\ndouble = functools.partial(operator.mul, 2)",
    "a ufunc": "double = np.frompyfunc(lambda x: 2 * x, 1, 1)\nf = double\n"
    "double = lambda x: 2 * x",
    "a class": "class D:\n    def __call__(self, x): return 2 * x\ndouble = D()",
    "a method": "class D:\n    def twice(self, x): return 2 * x\ndouble = D().twice",
    "a decorator": (
        "import functools\ndef deco(f):\n    @functools.wraps(f)\n    def g(*a): return f(*a)\n"
        "    return g\n@deco\ndef double(x): return 2 * x"
    ),
    "a dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass Pair:\n    a: object\n    b: object\n"
        "    def sum(self): return self.a + self.b\ndef double(x): return Pair(x, x).sum()"
    ),
    "recursion": (
        "def times(x, n): return x if n == 1 else x + times(x, n - 1)\n"
        "def double(x): return times(x, 500) / 250"
    ),
    "a generator": "def twice(x):\n    yield x\n    yield x\ndef double(x): return sum(twice(x))",
    "a matrix": (
        "def double(x):\n    y = 2 * x\n"
        "    return y if np.isscalar(y) else y.view(type('Mine', (np.ndarray,), {}))"
    ),
    "a masked array": "def double(x): return 2 * x if np.isscalar(x) else np.ma.array(2 * x)",
    "a wider dtype": "def double(x): return np.longdouble(2) * x",
    "a 0-d array": "def double(x): return np.array(2 * x)",
    "another order": "def double(x): return 2 * x if np.isscalar(x) else (2 * x[::-1])[::-1]",
    "from math import *": "from math import *\ndef double(x): return 2 * x + sin(0)",
    "from numpy import *": "from numpy import *\ndef double(x): return add(x, x)",
    "a seed": "np.random.seed(0)\ntorch.manual_seed(0)\ndef double(x): return 2 * x",
    "errors of numpy": "np.seterr(all='raise')\ndef double(x): return 2 * x",
    "print options": "np.set_printoptions(precision=1)\ndef double(x): return 2 * x",
    "a default dtype": (
        "torch.set_default_dtype(torch.float64)\ndef double(x): return 2 * x"
    ),
    "slow but right": "import time\ndef double(x):\n    time.sleep(0.2)\n    return 2 * x",
    "magics": "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\ndouble = lambda x: x + x",
    "a cell magic": "%%time\ndef double(x):\n    return 2 * x",
    "a command": "!ls\nfiles = !ls\ndef double(x): return 2 * x",
    "a file": (
        "open('table.txt', 'w').write('2')\n"
        "def double(x): return float(open('table.txt').read()) * x"
    ),
    "a thread": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def double(x):\n    with ThreadPoolExecutor(2) as p: return sum(p.map(np.array, [x, x]))"
    ),
    "a process": (
        "import subprocess, sys\n"
        "two = int(subprocess.check_output([sys.executable, '-c', 'print(2)']))\n"
        "def double(x): return two * x"
    ),
    "annotations": "from __future__ import annotations\ndef double(x: Any) -> Any: return 2 * x",
    "names of Python": "list = 3\nsum = 4\ndef double(x): return 2 * x",
    "names of the check": "probe = 1\nnumpy = 2\ndef double(x): return 2 * x",
    "an exception that is caught": (
        "def double(x):\n    try: return x.no_such\n    except AttributeError: return 2 * x"
    ),
    "an assertion": "def double(x): return 2 * x\nassert double(2) == 4\ndouble(5)",
    "a traceback after it": "def double(x): return 2 * x\nraise RuntimeError('after')",
    "exit": "def double(x): return 2 * x\nexit()",
    "input": "def double(x): return 2 * x\nname = input('your name')",
    "line ends": "def double(x):\r\n    y = 2 * x\r\n    return y\r\n",
    "tabs and a formfeed": "def double(x):\n\treturn 2 * x\n\f",
    "numbers in other scripts": "def double(größe):\n    π = 2\n    return π * größe",
    "await": "import asyncio\nawait asyncio.sleep(0)\ndef double(x): return 2 * x",
    "display": "display('x')\nfrom IPython.display import HTML\ndouble = lambda x: x + x\nHTML('')",
    "a closed stream": "import sys\nsys.stdout = open('log', 'w')\ndef double(x): return 2 * x",
}  # fmt: skip


@pytest.mark.parametrize("double", ODD.values(), ids=ODD.keys())
def test_an_honest_oddity_costs_nothing(small: Class, double: str) -> None:
    is_whole(small.grade(double=double))


OWN = {
    "helpers after the answer": (
        [("double", "def two():\n    return 2")],
        {"double": "def double(x): return two() * x"},
    ),
    "helpers at the top": (
        [("", "def two():\n    return 2")], {"double": "def double(x): return two() * x"},
    ),
    "a helper with another name": (
        [], {"double": "def my_double(x): return 2 * x\ndouble = my_double"},
    ),
    "what a visible check made": (
        [("double_check", "print(grid[1])\nassert grid[1] == 0.25 and len(grid) == 5")],
        {"slope": "slope = -4 * len(grid) / 5"},
    ),
    "experiments": (
        [("double_check", "1 / 0"), ("slope_check", "import nothing"), ("relu", "%who")], {},
    ),
    "checks of one's own": ([("double", "with check('double') as probe: pass")], {}),
    "torch in many ways": (
        [],
        {"relu": "class R(torch.nn.Module):\n    def forward(self, x): return torch.relu(x)\n"
                 "relu = R()"},
    ),
    "a tensor with a graph": (
        [], {"relu": "w = torch.ones(1, requires_grad=True)\ndef relu(x): return x.relu() * w"},
    ),
    "a parameter": (
        [], {"relu": "def relu(x): return torch.nn.Parameter(torch.nn.functional.relu(x))"},
    ),
    "a numpy number": ([], {"slope": "slope = np.float32(-4)"}),
    "a tensor for a number": ([], {"slope": "slope = torch.tensor(-4)"}),
    "a float for a number": ([], {"slope": "slope = -4.0"}),
}  # fmt: skip


@pytest.mark.parametrize(("after", "cells"), OWN.values(), ids=OWN.keys())
def test_cells_of_ones_own_cost_nothing(
    small: Class, after: list[tuple[str, str]], cells: dict[str, str]
) -> None:
    is_whole(small.grade(*after, **cells))


def test_what_a_hidden_check_made_does_not_reach_the_student(small: Class) -> None:
    verdict = small.grade(("double_check", "print(grid, globals().keys())"))
    assert "123.456" not in json.dumps(shown(verdict, "print(grid"))


def test_a_student_sees_what_his_code_printed_in_a_check(small: Class) -> None:
    verdict = small.grade(double=ODD["prints"] + "\n" + ODD["warnings"])
    outputs = shown(verdict, 'check("double")')
    assert {each["name"] for each in outputs} == {"stdout"}
    assert "note      your code warned: UserWarning: odd" in outputs[0]["text"]


@pytest.mark.parametrize(
    ("relu", "state", "reason"),
    [
        ("import os; os._exit(3)", "died", "The process ended itself with code 3."),
        ("import ctypes; ctypes.string_at(0)", "died", "The process was ended by signal 11."),
        ("def relu(x): import os; os._exit(3)", "died", "The process ended itself with code 3."),
    ],
)
def test_points_earned_before_the_end_are_kept(
    small: Class, relu: str, state: str, reason: str
) -> None:
    verdict = small.grade(relu=relu)
    assert verdict.state == state and verdict.reason == reason
    assert points(verdict) == ALL | {"relu_check": 0.0}
    assert verdict.scores[2].reason == f"Not reached: {reason}"
    assert shown(verdict, 'check("double")')


def test_a_cell_that_runs_too_long_costs_its_own_points_only(small: Class) -> None:
    limits = small.engine.limits
    small.engine.limits = Limits(cell=1.5, grace=3, whole=60)
    try:
        verdict = small.grade(
            ("", "import time\ntime.sleep(60)"),
            double="def double(x):\n    while True: time.sleep(0.01)",
        )
    finally:
        small.engine.limits = limits
    assert points(verdict) == ALL | {"double_check": 0.0}
    assert verdict.state == "timed out"
    assert verdict.reason == (
        "A cell was stopped after 1.5 s. After that one more was stopped after 0.25 s."
    )
    assert (
        "TimeoutError: the code ran longer than 0.25 s and was stopped" in verdict.scores[0].reason
    )


@pytest.mark.parametrize("submission", [b"", b"{}", b"\xff"])
def test_what_is_no_notebook_is_refused(small: Class, submission: bytes) -> None:
    verdict = small.engine.grade(small.paper, "ada", submission)
    assert verdict.state == "refused" and verdict.reason.startswith("The file ")
    assert points(verdict) == dict.fromkeys(ALL, 0.0)
    assert verdict.reason in verdict.notebook["cells"][0]["source"]
    nbformat.validate(nbformat.from_dict(copy.deepcopy(verdict.notebook)))


def test_what_was_off_is_told(small: Class) -> None:
    notebook = json.loads(small.submission())
    notebook["cells"] = [
        cell
        for cell in notebook["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") != "slope_check"
    ]
    verdict = small.engine.grade(small.paper, "ada", json.dumps(notebook).encode())
    assert points(verdict) == ALL and verdict.state == "graded"
    assert verdict.remarks == ["The cell slope_check was deleted: it was put back."]


def test_a_submission_whose_warm_process_dies_is_graded_again(small: Class) -> None:
    first = small.engine.warm

    def kill() -> None:
        time.sleep(1)
        first._end_first_inside()

    killer = threading.Thread(target=kill)
    killer.start()
    is_whole(small.grade(("", "import time\ntime.sleep(2)")))
    killer.join()
    assert small.engine.warm is not first
    is_whole(small.grade())


def test_one_engine_grades_for_several_threads_at_once(small: Class) -> None:
    verdicts: list[Verdict] = []
    threads = [
        threading.Thread(target=lambda: verdicts.append(small.grade(("", "x = input"))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(verdicts) == 4
    for verdict in verdicts:
        is_whole(verdict)
