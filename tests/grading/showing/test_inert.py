"""Is each part of a notebook what it may be, and is an honest one left alone?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.grading.showing.harmless import BREAK
from helpers.grading.showing.inert import LONGEST, MakeInert, inert

COURSE = Path(__file__).parents[3] / "course"
PNG = "iVBORw0KGgo="


def output(data: dict[str, Any], **facts: Any) -> Any:
    """What is left of an output with these data."""
    shown = {"output_type": "display_data", "data": data, "metadata": {}, **facts}
    made = {"cell_type": "code", "source": "show()", "metadata": {}, "outputs": [shown]}
    return inert(from_dict({**new_notebook(), "cells": [made]})).cells[0].outputs[0]


def cell(given: Any) -> Any:
    return inert(new_notebook(cells=[given])).cells[0]


@pytest.mark.parametrize("path", sorted(COURSE.glob("*/*.ipynb")), ids=lambda path: path.stem)
def test_a_chapter_is_left_alone(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    assert inert(notebook) == notebook


def test_text_errors_and_pictures_stay() -> None:
    outputs = [
        new_output("stream", name="stderr", text="<b>warning</b>\n"),
        new_output("error", ename="ValueError", evalue="x", traceback=["a", "b"]),
        new_output("execute_result", {"text/plain": "3"}, execution_count=2),
        new_output("display_data", {"image/png": PNG, "text/plain": "<Figure>"}),
    ]
    given = new_code_cell("1 + 2", outputs=outputs, execution_count=2)
    assert cell(given) == given


def test_what_runs_is_left_out_for_what_does_not() -> None:
    data = {"application/javascript": "x()", "text/plain": "a widget"}
    assert output(data).data == {"text/plain": "a widget"}


def test_an_output_of_which_nothing_is_left_says_so() -> None:
    assert output({"application/javascript": "x()", "application/x": "y"}).data == {
        "text/plain": "[not shown here: application/javascript, application/x]"
    }


def test_html_that_is_too_long_gives_way_to_its_text() -> None:
    data = {"text/html": "<b>x</b>" * LONGEST, "text/plain": "x"}
    assert output(data).data == {"text/plain": "x"}


def test_all_html_of_a_notebook_has_a_limit() -> None:
    one = new_output("display_data", {"text/html": "<p>" + "x" * (LONGEST - 10) + "</p>"})
    outputs = inert(new_notebook(cells=[new_code_cell("", outputs=[one] * 6)])).cells[0].outputs
    assert ["text/html" in each.data for each in outputs] == [True] * 4 + [False] * 2


def test_a_picture_keeps_its_size_as_numbers_only() -> None:
    metadata = {"image/png": {"width": 30, "height": "1 onload=x()", "alt": "a", "x": 1}}
    assert output({"image/png": PNG}, metadata=metadata).metadata == {
        "image/png": {"width": 30, "alt": "a"}
    }


def test_a_picture_that_is_none_is_left_out() -> None:
    assert "image/png" not in output({"image/png": '"><script>'}).data


def test_metadata_of_an_output_do_not_choose_files_or_frames() -> None:
    facts = {
        "metadata": {"filenames": {"image/png": "/x"}, "text/html": {"isolated": True}},
        "svg_filename": "/x",
    }
    found = output({"text/html": "<b>x</b>"}, **facts)
    assert found == {
        "output_type": "display_data",
        "data": {"text/html": "<b>x</b>"},
        "metadata": {},
    }


def test_a_cell_keeps_nbgraders_marks_and_no_others() -> None:
    marks = {"grade_id": "slope_check", "grade": True, "points": 2, "x": "<b>"}
    given = new_code_cell("", metadata={"nbgrader": marks, "tags": ["x"], "magics_language": "x"})
    assert cell(given).metadata == {
        "nbgrader": {"grade_id": "slope_check", "grade": True, "points": 2}
    }


@pytest.mark.parametrize("name", ['x"><script>', "", 3.5, None, "x" * 101])
def test_marks_with_a_name_that_is_none_go(name: Any) -> None:
    given = new_code_cell("", metadata={"nbgrader": {"grade_id": name, "grade": True}})
    assert cell(given).metadata == {}


def test_numbers_of_cells_are_numbers() -> None:
    given = new_code_cell("1")
    given.execution_count = "<script>"
    notebook = from_dict({**new_notebook(), "cells": [given]})
    assert inert(notebook).cells[0].execution_count is None


def test_the_notebook_says_no_more_than_kernel_and_language() -> None:
    metadata = {
        "kernelspec": {"name": "python3", "display_name": '"><script>'},
        "language_info": {"name": "python", "version": "3"},
        "widgets": {"x": 1},
        "title": "<script>",
    }
    assert inert(new_notebook(metadata=metadata)).metadata == {
        "kernelspec": {"name": "python3"},
        "language_info": {"name": "python"},
    }


def test_attachments_are_pictures() -> None:
    attachments = {"a.png": {"image/png": PNG}, "b": {"text/html": "<script>"}}
    found = cell(new_markdown_cell("![a](attachment:a.png)", attachments=attachments))
    assert found.attachments == {"a.png": {"image/png": PNG}}


def test_raw_and_unknown_cells_are_text() -> None:
    for kind in ("raw", "html"):
        given = {"cell_type": kind, "source": "<img src=x>", "metadata": {"raw_mimetype": "x"}}
        notebook = from_dict({**new_notebook(), "cells": [given]})
        (found,) = inert(notebook).cells
        assert (found.cell_type, found.source, found.metadata) == ("raw", f"<{BREAK}img src=x>", {})


def test_parts_of_the_wrong_kind_become_text() -> None:
    wrong = [
        {"output_type": "stream", "name": 3, "text": ["a", "b"]},
        {"output_type": "error", "traceback": "x", "ename": 1, "evalue": None},
        {"output_type": "display_data", "data": {"text/plain": {"a": 1}}},
        {"output_type": "what"},
    ]
    given = {"cell_type": "code", "source": ["a\n", "b"], "metadata": {}, "outputs": wrong}
    notebook = inert(from_dict({**new_notebook(), "cells": [{**given, "id": "a"}]}))
    nbformat.validate(notebook)
    assert notebook.cells[0].source == "a\nb"
    assert [each.get("text") for each in notebook.cells[0].outputs] == ["ab", None, None, None]


def test_twice_is_as_once() -> None:
    given = new_notebook(
        cells=[
            new_markdown_cell("<img src=x> [a](javascript:x)"),
            new_code_cell(
                "", outputs=[new_output("display_data", {"text/html": "<a href=x>\\style b"})]
            ),
        ]
    )
    once = inert(given)
    assert inert(once) == once
    nbformat.validate(once)


def test_the_preprocessor_does_the_same() -> None:
    given = new_notebook(cells=[new_markdown_cell("<script>")])
    assert MakeInert().preprocess(given, {"x": 1}) == (inert(given), {"x": 1})
