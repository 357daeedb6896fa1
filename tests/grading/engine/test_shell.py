"""A cell's outputs are those of a notebook, and no more than a notebook can hold."""

from __future__ import annotations

import re
from typing import Any

import pytest

from helpers.grading.boundary.client import Client
from helpers.grading.engine.forking import WarmProcess
from helpers.grading.limits import Limits

from ..two_sides import connected


def kinds(outputs: list[dict[str, Any]]) -> list[str]:
    return [each.get("name", each["output_type"]) for each in outputs]


def text(outputs: list[dict[str, Any]]) -> str:
    """All that the outputs say."""
    return "".join(
        each.get("text", "") or each.get("data", {}).get("text/plain", "") or each.get("evalue", "")
        for each in outputs
    )


def test_streams_and_the_last_value_are_shown_in_order(student: Client) -> None:
    outputs, count = student.run("import sys\nprint(1)\nprint(2, file=sys.stderr)\nprint(3)\n4")
    assert kinds(outputs) == ["stdout", "stderr", "stdout", "execute_result"]
    assert text(outputs) == "1\n2\n3\n4"
    assert outputs[-1]["execution_count"] == count == 1
    assert student.run("_ + 1;\n")[0] == []
    assert text(student.run("_")[0]) == "4"


def test_each_cell_has_the_next_number(student: Client) -> None:
    assert [student.run(source)[1] for source in ("1", "", "1/0", "x = (", "2")] == [1, 2, 2, 3, 4]


def test_what_is_displayed_is_shown_in_its_richest_form(student: Client) -> None:
    outputs, _ = student.run(
        "from IPython.display import HTML, Markdown\ndisplay(HTML('<b>b</b>'))"
    )
    assert outputs[0]["output_type"] == "display_data"
    assert outputs[0]["data"]["text/html"] == "<b>b</b>"
    assert "text/plain" in outputs[0]["data"]
    assert student.run("Markdown('*a*')")[0][0]["data"]["text/markdown"] == "*a*"


@pytest.mark.parametrize("more", ["", "%matplotlib inline\n", "plt.style.use('ggplot')\n"])
def test_figures_are_drawn_into_the_notebook(student: Client, more: str) -> None:
    outputs, _ = student.run(f"import matplotlib.pyplot as plt\n{more}plt.plot([1, 2]);")
    assert kinds(outputs) == ["display_data"]
    assert outputs[0]["data"]["image/png"].startswith("iVBORw0KGgo")
    assert student.run("plt.show()")[0] == []


def test_clear_output_forgets_what_was_shown(student: Client) -> None:
    source = "from IPython.display import clear_output\nprint(1)\nclear_output({})\n{}"
    assert text(student.run(source.format("", "print(2)"))[0]) == "2\n"
    assert text(student.run(source.format("wait=True", "print(2)"))[0]) == "2\n"
    assert text(student.run(source.format("wait=True", ""))[0]) == "1\n"


def test_a_display_that_is_updated_stands_once(student: Client) -> None:
    source = "shown = display(0, display_id=True)\nfor i in range(5):\n    shown.update(i)"
    outputs, _ = student.run(source)
    assert kinds(outputs) == ["display_data"] and text(outputs) == "4"
    assert student.run("shown.update(7)")[0] == []  # it stands in an earlier cell


def test_a_progress_bar_is_shown(student: Client) -> None:
    outputs, _ = student.run("from tqdm import tqdm\nfor _ in tqdm(range(3)): pass")
    assert kinds(outputs) == ["stderr"] and "3/3" in text(outputs)
    outputs, _ = student.run(
        "from tqdm.notebook import tqdm\nfor _ in tqdm(range(3)): pass\n"
        "from helpers import progress\nfor _ in progress(range(3)): pass"
    )
    assert "error" not in kinds(outputs)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("%%time\nprint('timed')", "timed"),
        ("%timeit -n1 -r1 1", "1 loop"),
        ("%%capture got\nprint(5)", ""),
        ("%pwd", "/tmp/home"),
        ("!echo from the shell", "from the shell\n"),
        ("got = !echo 12\ngot", "['12']"),
        ("%%bash\necho 13", "13\n"),
        ("len?", ""),
        ("import asyncio\nawait asyncio.sleep(0, 14)", "14"),
        ("async def f(): return 15\nawait f()", "15"),
        ("__name__", "'__main__'"),
        ("import os; os.getcwd()", "'/tmp/home'"),
        ("open('a.txt', 'w').write('x'); open('a.txt').read()", "'x'"),
    ],
    ids=str,
)
def test_what_a_notebook_can_do(student: Client, source: str, says: str) -> None:
    outputs, _ = student.run(source)
    assert "error" not in kinds(outputs), outputs
    assert says in text(outputs)


@pytest.mark.parametrize(
    ("source", "name", "says"),
    [
        ("1/0", "ZeroDivisionError", "division by zero"),
        ("def f(:", "SyntaxError", "invalid syntax"),
        ("def f():\nreturn", "IndentationError", "expected an indented block"),
        ("input('?')", "EOFError", ""),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("'\\ud800'.encode()", "UnicodeEncodeError", "surrogates not allowed"),
        ("raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})", "ZeroDiv", ""),
        ("def f(): f()\nf()", "RecursionError", "maximum recursion depth exceeded"),
        ("import nothing_like_this", "ModuleNotFoundError", "No module named"),
        ("a\x00b", "SyntaxError", "null bytes"),
    ],
    ids=lambda value: value[:12].replace("\x00", "0"),
)
def test_an_error_ends_its_cell_only(student: Client, source: str, name: str, says: str) -> None:
    outputs, _ = student.run(f"print('before')\n{source}" if "\x00" not in source else source)
    assert outputs[-1]["output_type"] == "error" and outputs[-1]["ename"].startswith(name)
    assert says in outputs[-1]["evalue"] and outputs[-1]["traceback"]
    assert text(student.run("'after'")[0]) == "'after'"


def test_a_long_traceback_is_shown_without_its_middle(student: Client) -> None:
    outputs, _ = student.run("def f(n):\n    return f(n + 1)\nf(0)")
    shown = "\n".join(outputs[0]["traceback"])
    assert shown.count("return") < 100


@pytest.mark.parametrize("source", ["exit()", "quit()", "exit", "import sys; sys.exit(1)"])
def test_a_notebook_goes_on_after_exit(student: Client, source: str) -> None:
    student.run(source)
    assert text(student.run("'after'")[0]) == "'after'"


def test_a_traceback_shows_the_students_lines(student: Client) -> None:
    outputs, _ = student.run("def f(x):\n    return 1 / x\nf(0)")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(outputs[0]["traceback"]))
    assert "----> 2     return 1 / x" in shown and "ZeroDivisionError: division by zero" in shown


@pytest.mark.parametrize(
    "source",
    [
        "import sys, io; sys.stdout = io.StringIO()",
        "import sys; sys.stdout.close()",
        "import sys; del sys.stdout",
        "import sys; sys.stdout = None",
        "import contextlib, io; c = contextlib.redirect_stdout(io.StringIO()); c.__enter__()",
    ],
)
def test_a_cell_that_takes_the_output_away_harms_no_later_cell(
    student: Client, source: str
) -> None:
    student.run(source)
    outputs, _ = student.run("f = lambda: 2\n3")
    assert "3" in text(outputs)
    assert student.name("f")[1]() == 2


def test_what_a_cell_prints_is_cut_and_says_so(warm: WarmProcess) -> None:
    with connected(warm, Limits(text=1000)) as client:
        client.begin_cell()
        outputs, _ = client.run("for i in range(10_000): print('x' * 50)")
        assert len(outputs) == 1
        assert text(outputs).endswith("\n... cut after 1,000 characters ...\n")
        assert len(text(outputs)) < 1100
        assert text(client.run("print('x' * 999)")[0]) == "x" * 999 + "\n"


def test_what_a_cell_shows_is_cut_and_says_so(warm: WarmProcess) -> None:
    with connected(warm, Limits(pictures=1000)) as client:
        client.begin_cell()
        outputs, _ = client.run("for n in (400, 700): display({'text/plain': 'x' * n}, raw=True)")
        assert text(outputs) == "x" * 400 + "(not shown: over 1,000 bytes in one cell)"


def test_chance_is_not_the_same_in_two_processes(warm: WarmProcess) -> None:
    source = "import random, numpy, torch\n(random.random(), numpy.random.rand(), torch.rand(1))"
    said = []
    for _ in range(2):
        with connected(warm) as client:
            client.begin_cell()
            said.append(text(client.run(source)[0]))
    assert said[0] != said[1]
