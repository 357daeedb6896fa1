"""Whatever was done to a notebook, the chapter is run, and what was off is told in a sentence."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.grading.submission.paper import Cell, Paper
from helpers.grading.submission.rebuild import (
    MOST_BYTES,
    MOST_CELLS,
    MOST_CODE,
    Rebuilt,
    Refused,
    rebuild,
    to_notebook,
)  # fmt: skip


def marks(name: str, *, solution: bool = False, grade: bool = False) -> dict[str, Any]:
    return {"grade_id": name, "solution": solution, "grade": grade, "schema_version": 3}


PAPER = Paper(
    "01_mini",
    [
        Cell("text", "start-1", "A title", "A title"),
        Cell("given", "imports", "import math", "import math", "given_imports",
             marks=marks("given_imports")),
        Cell("solve", "double", "STUB", "STUB", "double", "1.1: double",
             marks=marks("double", solution=True)),
        Cell("check", "double-check", "seen()\nhidden()", "seen()", "double_check", "1.1: double",
             2.0, marks("double_check", grade=True)),
        Cell("code", "double-check-1", "demo()", "demo()"),
        Cell("answer", "why", "Write.", "Write.", "why_answer", "1.2: why", 3.0,
             marks("why_answer", solution=True, grade=True)),
    ],
    {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
)  # fmt: skip
Notebook = dict[str, Any]


@pytest.fixture
def notebook() -> Notebook:
    """The notebook as it was handed out, with an answer to each exercise."""
    cells = [
        {
            "cell_type": "code" if cell.code else "markdown",
            "id": cell.id,
            "metadata": {"nbgrader": copy.deepcopy(cell.marks)} if cell.marks else {},
            "source": cell.released,
        }
        for cell in PAPER.cells
    ]
    cells[2]["source"], cells[5]["source"] = "def double(x): return 2 * x", "Because."
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def rebuilt(notebook: Any) -> Rebuilt:
    return rebuild(PAPER, json.dumps(notebook).encode())


def own(source: str, code: bool = True, **more: Any) -> dict[str, Any]:
    """A cell of the student's own."""
    kind = "code" if code else "markdown"
    return {"cell_type": kind, "id": "x", "metadata": {}, "source": source, **more}


SOURCES = [
    "A title", "import math", "def double(x): return 2 * x", "seen()\nhidden()", "demo()",
    "Because.",
]  # fmt: skip


def sources(made: Rebuilt) -> list[str]:
    return [cell.source for cell in made.cells]


def test_an_honest_notebook_is_run_as_it_is_with_the_hidden_checks(notebook: Notebook) -> None:
    made = rebuilt(notebook)
    assert sources(made) == SOURCES and made.remarks == [] and made.unanswered == set()
    assert [cell.id for cell in made.cells] == [cell.id for cell in PAPER.cells]


def test_an_untouched_notebook_has_no_answers(notebook: Notebook) -> None:
    for cell, known in zip(notebook["cells"], PAPER.cells, strict=True):
        cell["source"] = known.released + "  \n\n"
    made = rebuilt(notebook)
    assert made.unanswered == {"double", "why_answer"} and made.remarks == []


@pytest.mark.parametrize(
    ("at", "says", "gone"),
    [
        (1, "The cell given_imports was deleted: it was put back.", False),
        (2, "The cell double was deleted: it was left empty.", True),
        (3, "The cell double_check was deleted: it was put back.", False),
        (5, "The cell why_answer was deleted: it was left empty.", True),
    ],
)
def test_a_named_cell_that_was_deleted_is_put_back_or_empty(
    notebook: Notebook, at: int, says: str, gone: bool
) -> None:
    del notebook["cells"][at]
    made = rebuilt(notebook)
    assert made.remarks == [says]
    assert sources(made) == [*SOURCES[:at], "" if gone else SOURCES[at], *SOURCES[at + 1 :]]
    assert made.unanswered == ({PAPER.cells[at].name} if gone else set())


@pytest.mark.parametrize("at", [0, 4])
def test_other_cells_may_be_deleted(notebook: Notebook, at: int) -> None:
    del notebook["cells"][at]
    made = rebuilt(notebook)
    assert sources(made) == SOURCES[:at] + SOURCES[at + 1 :] and made.remarks == []


def test_a_copied_cell_counts_once_and_the_copy_is_the_students_own(notebook: Notebook) -> None:
    twin = {**notebook["cells"][2], "source": "def double(x): return x + x", "id": "y"}
    notebook["cells"].insert(3, twin)
    notebook["cells"].append({**notebook["cells"][4], "id": "z"})
    made = rebuilt(notebook)
    assert made.remarks == [
        "The cell double stands more than once: the first counts.",
        "The cell double_check stands more than once: the first counts.",
    ]
    assert sources(made) == [*SOURCES[:3], twin["source"], *SOURCES[3:], "seen()"]
    assert [cell.kind for cell in made.cells if cell.name == ""] == ["text", "code", "code", "code"]


def test_cells_that_were_moved_run_in_the_order_of_the_chapter(notebook: Notebook) -> None:
    notebook["cells"].append(notebook["cells"].pop(1))
    made = rebuilt(notebook)
    assert sources(made) == SOURCES
    assert made.remarks == ["Cells were moved: they were run in the order of the chapter."]


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (2, "The cell double was turned into another kind: it is code."),
        (3, "The cell double_check was turned into another kind: it is code."),
        (5, "The cell why_answer was turned into another kind: it is text."),
    ],
)
def test_a_named_cell_keeps_its_kind(notebook: Notebook, at: int, says: str) -> None:
    code = notebook["cells"][at]["cell_type"] == "code"
    notebook["cells"][at]["cell_type"] = "markdown" if code else "code"
    made = rebuilt(notebook)
    assert sources(made) == SOURCES and made.remarks == [says]
    assert [cell.kind for cell in made.cells] == [cell.kind for cell in PAPER.cells]


def test_other_cells_may_be_turned_into_another_kind(notebook: Notebook) -> None:
    notebook["cells"][0] |= {"cell_type": "code", "source": "x = 1"}
    notebook["cells"][4] |= {"cell_type": "markdown"}
    made = rebuilt(notebook)
    assert [cell.kind for cell in made.cells][::4] == ["code", "text"] and made.remarks == []


@pytest.mark.parametrize(
    ("at", "name"), [(1, "given_imports"), (3, "double_check")], ids=["given", "check"]
)
def test_a_locked_cell_that_was_changed_is_put_back(notebook: Notebook, at: int, name: str) -> None:
    notebook["cells"][at]["source"] = "pass"
    made = rebuilt(notebook)
    assert sources(made) == SOURCES
    assert made.remarks == [f"The cell {name} was changed: it was put back."]


def test_spaces_at_the_ends_of_lines_are_no_change(notebook: Notebook) -> None:
    notebook["cells"][3]["source"] = "seen()   \r\n\n"
    assert rebuilt(notebook).remarks == []


def test_cells_that_are_pointed_at_each_other_are_filled_by_name(notebook: Notebook) -> None:
    first, second = notebook["cells"][2]["metadata"], notebook["cells"][5]["metadata"]
    first["nbgrader"], second["nbgrader"] = second["nbgrader"], first["nbgrader"]
    made = rebuilt(notebook)
    assert sources(made)[2] == "Because." and sources(made)[5] == "def double(x): return 2 * x"
    assert "Cells were moved: they were run in the order of the chapter." in made.remarks


def test_points_and_locks_are_the_instructors(notebook: Notebook) -> None:
    notebook["cells"][3]["metadata"]["nbgrader"] |= {"points": 99, "locked": False, "grade": False}
    made = rebuilt(notebook)
    assert made.cells[3] == PAPER.cells[3]


@pytest.mark.parametrize("lost", [{}, {"nbgrader": {}}, {"nbgrader": {"grade_id": "other"}}])
def test_a_cell_that_lost_its_name_is_found_by_its_id(
    notebook: Notebook, lost: dict[str, Any]
) -> None:
    for cell in notebook["cells"]:
        cell["metadata"] = lost
    made = rebuilt(notebook)
    assert sources(made) == SOURCES and made.remarks == []


@pytest.mark.parametrize("minor", [0, 4])
def test_a_notebook_without_ids_is_filled_by_name(notebook: Notebook, minor: int) -> None:
    notebook["nbformat_minor"] = minor
    for cell in notebook["cells"]:
        del cell["id"]
    made = rebuilt(notebook)
    assert sources(made) == SOURCES and made.remarks == []


def test_a_notebook_of_the_format_before_is_read(notebook: Notebook) -> None:
    whole = nbformat.from_dict(copy.deepcopy(notebook))
    for cell in whole.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    made = rebuild(PAPER, nbformat.writes(whole, version=3).encode())
    assert sources(made) == SOURCES and made.remarks == []


def test_the_metadata_of_an_old_schema_still_names_the_cells(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            name = cell["metadata"]["nbgrader"]["grade_id"]
            cell["metadata"]["nbgrader"] = {"grade_id": name, "solution": "yes"}
    assert sources(rebuilt(notebook)) == SOURCES


def test_own_cells_stay_where_they_were_put(notebook: Notebook) -> None:
    cells = notebook["cells"]
    cells.insert(6, own("end"))
    cells.insert(3, own("b", code=False))
    cells.insert(3, own("a"))
    cells.insert(0, own("top"))
    made = rebuilt(notebook)
    assert sources(made) == ["top", *SOURCES[:3], "a", "b", *SOURCES[3:], "end"]
    assert [cell.kind for cell in made.cells if cell.id.startswith("own-")] == [
        "code", "code", "text", "code",
    ]  # fmt: skip
    assert len({cell.id for cell in made.cells}) == len(made.cells) and made.remarks == []


def test_own_cells_go_with_the_cell_before_them(notebook: Notebook) -> None:
    cells = notebook["cells"]
    cells[2:3] = []
    cells += [{**own("def double(x): return 2 * x"), "metadata": {"nbgrader": marks("double")}},
              own("helper")]  # fmt: skip
    assert sources(rebuilt(notebook))[1:4] == [SOURCES[1], SOURCES[2], "helper"]


def test_a_source_may_be_a_list_of_lines(notebook: Notebook) -> None:
    notebook["cells"][2]["source"] = ["def double(x):\n", "    return 2 * x"]
    assert sources(rebuilt(notebook))[2] == "def double(x):\n    return 2 * x"


def test_line_ends_of_other_systems_become_ours(notebook: Notebook) -> None:
    notebook["cells"][2]["source"] = "a\r\nb\rc"
    assert sources(rebuilt(notebook))[2] == "a\nb\nc"


def test_half_a_character_becomes_a_question_mark(notebook: Notebook) -> None:
    notebook["cells"][2]["source"] = "x = '\ud800'"
    made = rebuilt(notebook)
    assert sources(made)[2] == "x = '?'"


def test_a_byte_order_mark_is_no_harm(notebook: Notebook) -> None:
    assert sources(rebuild(PAPER, b"\xef\xbb\xbf" + json.dumps(notebook).encode())) == SOURCES


def test_pictures_in_a_text_are_kept_and_nothing_else_is(notebook: Notebook) -> None:
    kept = {"a.png": {"image/png": "AAAA"}}
    other = {"image/svg+xml": "<svg/>", "text/html": "<script>", "image/gif": 3}
    notebook["cells"][5]["attachments"] = {"a.png": {**kept["a.png"], **other}, "b": "text"}
    notebook["cells"].append(own("![](c)", code=False, attachments={"c\ud800": {"image/gif": "B"}}))
    made = rebuilt(notebook)
    assert made.attachments == {"why": kept, made.cells[-1].id: {"c?": {"image/gif": "B"}}}
    cells = to_notebook(PAPER, made, {})["cells"]
    assert [cell.get("attachments") for cell in cells[-2:]] == list(made.attachments.values())


def test_a_text_may_be_long(notebook: Notebook) -> None:
    notebook["cells"][5]["source"] = "![](data:image/png;base64," + "A" * 2 * MOST_CODE + ")"
    assert len(sources(rebuilt(notebook))[5]) > 2 * MOST_CODE


REFUSED: list[tuple[Callable[[Notebook], Any], str]] = [
    (lambda n: n["cells"].clear(), "The notebook has no cells."),
    (lambda n: n.pop("cells"), "The notebook has no list of cells."),
    (lambda n: n.update(cells={}), "The notebook has no list of cells."),
    (lambda n: n.update(nbformat="4"), "The file is JSON, but no notebook."),
    (lambda n: n.pop("nbformat"), "The file is JSON, but no notebook."),
    (lambda n: n["cells"].append(3), "The notebook has a cell that is none."),
    (lambda n: n["cells"][0].update(source=3), "The notebook has a cell whose text is no text."),
    (lambda n: n["cells"][0].update(source=[3]), "The notebook has a cell whose text is no text."),
    (
        lambda n: n["cells"][2].update(source="x" * (MOST_CODE + 1)),
        "The notebook has a cell of code that is too large: 1,048,577 characters; the most is "
        "1,048,576.",
    ),
    (
        lambda n: n.update(cells=[own("")] * (MOST_CELLS + 1)),
        "The notebook has 5,001 cells; the most is 5,000.",
    ),
    (lambda n: n.update(nbformat=3, worksheets=[]) or n.pop("cells"), "The notebook has no cells."),
]


@pytest.mark.parametrize(("bend", "says"), REFUSED, ids=[says[:40] for _, says in REFUSED])
def test_a_notebook_that_is_none_is_refused_with_a_reason(
    notebook: Notebook, bend: Callable[[Notebook], Any], says: str
) -> None:
    bend(notebook)
    with pytest.raises(Refused) as refused:
        rebuilt(notebook)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("submission", "says"),
    [
        (b"", "The file is no JSON, so it is no notebook."),
        (b"print(1)", "The file is no JSON, so it is no notebook."),
        (b"[]", "The file is JSON, but no notebook."),
        (b"null", "The file is JSON, but no notebook."),
        (b"\xff\xfe{\x00", "The file is not text in UTF-8, so it is no notebook."),
        (b"PK\x03\x04\xff", "The file is not text in UTF-8, so it is no notebook."),
        (b"[" * 10**6, "The file is nested too deeply, so it is no notebook."),
        (b'{"nbformat": ' + b"9" * 5000 + b"}", "The file is no JSON, so it is no notebook."),
        (
            bytes(MOST_BYTES + 1),
            "The file is too large: 67,108,865 bytes; the most is 67,108,864.",
        ),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_bytes_that_are_no_notebook_are_refused_with_a_reason(submission: bytes, says: str) -> None:
    with pytest.raises(Refused) as refused:
        rebuild(PAPER, submission)
    assert str(refused.value) == says


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
keys = st.sampled_from(
    ["cell_type", "id", "metadata", "source", "input", "attachments", "outputs", "nbgrader"]
)
cells = st.dictionaries(
    keys,
    anything
    | st.sampled_from(
        ["code", "double", "why", {"nbgrader": {"grade_id": "double"}}, {"nbgrader": 3},
         {"nbgrader": {"grade_id": ["double"]}}]
    ),
)  # fmt: skip


@settings(max_examples=300, derandomize=True)
@given(anything | st.builds(
    lambda cells, more: {"nbformat": 4, "cells": cells, **more},
    st.lists(cells | anything, max_size=6),
    st.dictionaries(st.sampled_from(["nbformat", "worksheets", "metadata"]), anything, max_size=2),
))  # fmt: skip
def test_whatever_is_handed_in_is_a_chapter_or_refused(submission: Any) -> None:
    try:
        made = rebuilt(submission)
    except Refused:
        return
    named = [cell for cell in made.cells if cell.name]
    assert [cell.name for cell in named] == [cell.name for cell in PAPER.cells if cell.name]
    assert made.cells[[c.name for c in made.cells].index("double_check")] == PAPER.cells[3]
    notebook = to_notebook(PAPER, made, {})
    nbformat.validate(nbformat.from_dict(json.loads(json.dumps(notebook))))


def test_the_notebook_has_the_outputs_of_its_cells_and_nbgraders_metadata(
    notebook: Notebook,
) -> None:
    made = rebuilt(notebook)
    shown = {"output_type": "stream", "name": "stdout", "text": "1"}
    cells = to_notebook(PAPER, made, {3: ([shown], 7)})["cells"]
    assert cells[3] == {
        "cell_type": "code", "id": "double-check", "source": "seen()\nhidden()",
        "metadata": {"nbgrader": PAPER.cells[3].marks, "exercise": "1.1: double",
                     "deletable": False, "editable": False},
        "outputs": [shown], "execution_count": 7,
    }  # fmt: skip
    assert cells[2]["outputs"] == [] and cells[2]["execution_count"] is None
    assert "outputs" not in cells[5] and cells[5]["cell_type"] == "markdown"
