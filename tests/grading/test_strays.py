"""Do strays lose their marks, and do graded cells keep theirs?"""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from helpers.grading.strays import ForgetStrays

GRADED = {"grade_id": "slope_check", "grade": True, "points": 2, "schema_version": 3}
LEFT = {"grade": True, "points": 2, "schema_version": 3}


@pytest.mark.parametrize(
    ("marks", "kept"),
    [
        pytest.param({"nbgrader": GRADED}, {"nbgrader": GRADED}, id="graded"),
        pytest.param({"nbgrader": {}}, {}, id="copied"),
        pytest.param({"nbgrader": LEFT}, {}, id="renamed"),
        pytest.param({"tags": ["mine"]}, {"tags": ["mine"]}, id="ordinary"),
    ],
)
def test_only_strays_lose_their_marks(marks: dict[str, object], kept: dict[str, object]) -> None:
    notebook = new_notebook(cells=[new_code_cell("1", metadata=marks)])
    after, _ = ForgetStrays().preprocess(notebook, {})
    assert after.cells[0].metadata == kept
