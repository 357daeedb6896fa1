"""Which names of a chapter the checker may trust, and which lie with the student."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from helpers.authoring.notebooks import RELEASE
from helpers.grading.submission import names
from helpers.grading.submission.paper import Cell, Paper, make_paper


def cell(kind: str, name: str, source: str) -> Any:
    """A cell of an instructor's notebook."""
    made = nbformat.v4.new_code_cell(source, id=f"{name}-{kind}")
    if kind != "code":
        made.metadata["nbgrader"] = {
            "grade": kind == "check",
            "grade_id": f"{name}_{kind}",
            "locked": kind in ("check", "given"),
            "schema_version": 3,
            "solution": kind == "solve",
            "task": False,
        } | ({"points": 1} if kind == "check" else {})
    return made


def paper(*cells: tuple[str, str]) -> Paper:
    """A paper of cells, each a kind and a text."""
    made = [cell(kind, f"c{at}", source) for at, (kind, source) in enumerate(cells)]
    notebook = nbformat.v4.new_notebook(cells=made)
    steps = [step() for step in RELEASE]
    return make_paper("01_mini", notebook, steps[:5], steps[5:])


def remote(*cells: tuple[str, str]) -> list[str]:
    """What the last check fetches from the student."""
    return [each for each in paper(*cells).cells if each.kind == "check"][-1].remote


def solve(text: str) -> tuple[str, str]:
    return "solve", f"### BEGIN SOLUTION\n{text}\n### END SOLUTION"


F = solve("def f(x): return x")


def test_what_students_write_is_theirs_and_what_is_given_is_trusted() -> None:
    assert remote(("given", "import math\ng = 3"), F, ("check", "f(g) + math.pi")) == ["f"]


@pytest.mark.parametrize(
    "given",
    [
        "g = f(1)",
        "g = [f(i) for i in range(3)]",
        "g = {i: f for i in range(3)}",
        "def g(): return f(1)",
        "g = lambda: f(1)",
        "async def g(): return f(1)",
        "def g():\n    def inner(): return f(1)\n    return inner",
        "class g:\n    def method(self): return f(1)",
        "class g(f): pass",
        "def g(x=f): return x",
        "@f\ndef g(): pass",
        "for g in [f]: pass",
        "with f(1) as g: pass",
        "if True:\n    g = f",
        "try:\n    g = f\nexcept Exception as error: pass",
        "g, other = f, 1",
        "(g := f)",
        "g = 1\ng += f(1)",
        "def one(): return f\ndef g(): return one()",
    ],
)
def test_what_is_given_with_a_students_thing_is_the_students(given: str) -> None:
    assert remote(F, ("given", given), ("check", "g")) == ["g"]


def test_a_function_that_was_given_before_reads_the_students_name_later() -> None:
    assert remote(("given", "def g(): return f(1)"), F, ("check", "g")) == ["g"]


def test_so_does_one_that_calls_a_function_given_later() -> None:
    first, second = ("given", "def g(): return h()"), ("given", "def h(): return f(1)")
    assert remote(first, second, F, ("check", "g")) == ["g"]
    assert remote(first, F, second, ("check", "g")) == ["g"]
    assert remote(first, ("given", "def h(): return 1"), F, ("check", "g")) == []


@pytest.mark.parametrize("given", ["g.part = f", "g['part'] = f", "g.append(f)", "g[0].x = f"])
def test_what_a_students_thing_was_put_into_is_the_students(given: str) -> None:
    made = ("given", "g = thing()")
    assert remote(made, F, ("given", given), ("check", "g")) == ["g"]
    assert remote(made, solve(given.replace("f", "1")), ("check", "g")) == ["g"]


def test_a_library_does_not_become_the_students() -> None:
    given = "plt.rcParams['x'] = f\nnp.put(f)\nh = np.ones(f(1))"
    imports = ("given", "import numpy as np\nfrom matplotlib import pyplot as plt")
    assert remote(imports, F, ("given", given), ("check", "np, plt, h")) == ["h"]


def test_a_demonstration_that_asks_the_check_does_not_make_it_the_students() -> None:
    assert (
        remote(("given", "check = made()"), ("code", "check.summary()"), ("check", "check")) == []
    )


def test_a_parameter_of_a_function_is_no_global_name() -> None:
    given = "def train(layers):\n    layers[0] = 1\n    for f in layers: f.x = 2\n    return layers"
    cells = F, solve("layers = [1]"), ("given", given), ("check", "train, layers, f")
    assert remote(*cells) == ["f", "layers"]


def test_a_name_that_is_given_anew_is_trusted_again() -> None:
    assert remote(solve("x = 1"), ("given", "x = 2"), ("check", "x")) == []
    assert remote(solve("x = 1"), ("given", "x = 2\ny = x"), ("check", "y")) == []
    assert remote(solve("x = 1"), ("given", "y = x\nx = 2"), ("check", "x, y")) == ["y"]


def test_names_that_a_check_makes_are_its_own() -> None:
    assert remote(solve("x = 1"), ("check", "x = 2\nx")) == []
    assert remote(solve("x = 1"), ("check", "x = x + 1\nx")) == ["x"]
    assert remote(solve("x = 1"), ("check", "x = 2"), ("check", "x")) == []
    assert remote(solve("x = 1"), ("check", "def g(): return x\ng()")) == ["x"]


def test_a_global_statement_binds() -> None:
    given = "def g():\n    global h\n    h = f(1)\ng()"
    assert remote(F, ("given", given), ("check", "h")) == ["h"]


def test_names_of_cells_that_a_student_may_change_are_the_students() -> None:
    assert remote(("code", "x = 1\nimport math"), ("check", "x + math.pi")) == ["x"]


def test_imports_are_made_on_both_sides() -> None:
    cells = paper(solve("import math\nx = math.pi"), ("check", "x, math.pi")).cells
    assert cells[0].trusted == "import math" and cells[1].remote == ["x"]


def test_magics_are_understood() -> None:
    made = paper(("given", "%matplotlib inline\nx = 1"), F, ("given", "%%time\ny = f(1)"))
    assert made.cells[0].trusted.splitlines()[-1] == "x = 1"
    assert "run_line_magic('matplotlib', 'inline')" in made.cells[0].trusted


def test_a_cell_of_wrong_syntax_says_nothing() -> None:
    assert remote(("code", "x = ("), ("code", "y = 1"), ("check", "x, y")) == ["y"]


def test_top_level_await_is_understood() -> None:
    assert remote(F, ("given", "g = await f(1)"), ("check", "g")) == ["g"]


def test_a_check_shares_what_the_student_sees_it_make() -> None:
    source = "a = 1\n### BEGIN HIDDEN TESTS\na = 2\nb = 3\n### END HIDDEN TESTS"
    made = paper(F, ("check", source)).cells[1]
    assert made.shared == ["a"]
    assert made.source == "a = 1\n### BEGIN HIDDEN TESTS\na = 2\nb = 3\n### END HIDDEN TESTS"
    assert made.released == "a = 1"


def test_a_paper_is_plain_data() -> None:
    made = paper(("given", "import math"), F, ("check", "f(1)"))
    assert Paper.from_json(json.loads(made.text)) == made
    assert made.modules == ["math"]


def test_whatever_a_grade_depends_on_changes_the_fingerprint() -> None:
    one = paper(F, ("check", "f(1)"))
    assert paper(F, ("check", "f(1)")).fingerprint == one.fingerprint
    assert paper(F, ("check", "f(2)")).fingerprint != one.fingerprint
    hidden = "f(1)\n### BEGIN HIDDEN TESTS\nf(2)\n### END HIDDEN TESTS"
    assert paper(F, ("check", hidden)).fingerprint != one.fingerprint


def test_the_instructors_solution_is_not_in_the_paper() -> None:
    made = paper(solve("def f(x): return 'the secret'"), ("check", "f(1)"))
    assert "the secret" not in made.text.decode()


def test_kinds_of_cells() -> None:
    made = paper(("given", "1"), solve("2"), ("check", "3"), ("code", "4"))
    assert [each.kind for each in made.cells] == ["given", "solve", "check", "code"]
    assert [each.writable for each in made.cells] == [False, True, False, True]
    assert [each.graded for each in made.cells] == [False, False, True, False]
    assert not Cell("text", "t", "").code


@pytest.mark.parametrize(
    ("source", "now", "later", "bound", "changed"),
    [
        ("x = f(y)", "fy", "", "x", ""),
        ("def f(x): return g(x) + y", "", "gy", "f", ""),
        ("x: int = y", "yi_", "", "x", ""),
        ("del x", "", "", "x", ""),
        ("del x.a, y[0]", "xy", "", "", "xy"),
        ("x.a[0].b = y", "xy", "", "", "x"),
        ("f(x).a = 1", "fx", "", "", ""),
        ("import a.b as c, d.e", "", "", "cd", ""),
        ("from a import b as c", "", "", "c", ""),
        ("for i, (j, k) in x: pass", "x", "", "ijk", ""),
        ("def f():\n    global x\n    x = 1", "", "", "fx", ""),
        ("def f():\n    x[0] = 1", "", "x", "f", "x"),
        ("x @= y", "xy", "", "x", ""),
        ("match x:\n    case [a, b]: pass", "x", "", "ab", ""),
    ],
)
def test_what_a_statement_reads_and_binds(
    source: str, now: str, later: str, bound: str, changed: str
) -> None:
    (statement,) = names.statements(source)
    assert {name[0] for name in names.read_now(statement)} == set(now)
    assert {name[0] for name in names.read_later(statement)} == set(later)
    assert names.bound(statement) == set(bound)
    assert names.changed(statement) == set(changed)


def test_words_are_all_that_may_be_names() -> None:
    assert names.words("f'{größe}' + x1.y # z\n%time w") == {
        "f",
        "größe",
        "x1",
        "y",
        "z",
        "time",
        "w",
    }
