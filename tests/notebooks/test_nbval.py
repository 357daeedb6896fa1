"""What the comparison of a notebook's outputs lets through, shown by running nbval itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

ROOT = Path(__file__).parents[2]


def printed(text: str, name: str = "stdout") -> list[nbformat.NotebookNode]:
    return [new_output("stream", name=name, text=text)]


def shown(**data: str) -> list[nbformat.NotebookNode]:
    kinds = {"text": "text/plain", "html": "text/html", "picture": "image/png"}
    return [new_output("display_data", {kinds[kind]: value for kind, value in data.items()})]


SHOW = "from IPython.display import display; display({}, raw=True)"
WIDGET = SHOW.format(
    "{'text/plain': 'a slider', 'application/vnd.jupyter.widget-view+json': {'model_id': 'f00'}}"
)
PICTURE = SHOW.format("{'text/plain': 'a figure', 'image/png': 'aGVsbG8='}")
TABLE = SHOW.format("{'text/plain': '0.5', 'text/html': '<b>0.50001</b>'}")
# what the cell does, what is stored, whether they agree
CASES = {
    "a drift of 2e-5": ("print('loss', 0.50001)", printed("loss 0.5\n"), True),
    "a drift of 2 %": ("print('loss', 0.51)", printed("loss 0.5\n"), False),
    "a value that drifts": ("0.50001", shown(text="0.5"), True),
    "a value that changes": ("0.6", shown(text="0.5"), False),
    "an integer": ("print(1797)", printed("1797\n"), True),
    "an integer off by one": ("print(1798)", printed("1797\n"), False),
    "changed words": ("print('cost 0.5')", printed("loss 0.5\n"), False),
    "nan for a number": ("print(float('nan'))", printed("0.5\n"), False),
    "a missing output": ("None", printed("0.5\n"), False),
    "an output more": ("print(0.5)", [], False),
    "a warning": ("import warnings; warnings.warn('old')", [], False),
    "text on stderr for stdout": ("print('a')", printed("a\n", "stderr"), False),
    "an exception": ("1 / 0", [], False),
    "a table that drifts": (TABLE, shown(text="0.5", html="<b>0.5</b>"), True),
    "a table that changes": (TABLE, shown(text="0.5", html="<b>0.6</b>"), False),
    "another picture": (PICTURE, shown(text="a figure", picture="Z29vZGJ5ZQ=="), True),
    "a missing picture": ("print()", shown(text="a figure", picture="aGVsbG8="), False),
    "a picture more": (PICTURE, shown(text="a figure"), False),
    "a widget with its text": (WIDGET, shown(text="a slider"), True),
    "a widget with other text": (WIDGET, shown(text="a button"), False),
    "no output": ("x = 1", [], True),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[str, str]]:
    """For each case: passed or failure, and nbval's words."""
    folder = tmp_path_factory.mktemp("nbval")
    cells = [
        new_code_cell(source, outputs=outputs, execution_count=1)
        for source, outputs, _ in CASES.values()
    ]
    cells.append(new_code_cell("x = 2"))
    return dict(zip([*CASES, "never run"], run_nbval(folder, cells), strict=True))


def run_nbval(folder: Path, cells: list[nbformat.NotebookNode]) -> list[tuple[str, str]]:
    """Runs pytest on a notebook with this repository's conftest.py, as `make test` does."""
    shutil.copy(ROOT / "conftest.py", folder)
    nbformat.write(new_notebook(cells=cells), folder / "case.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--color=no"]
    command += ["-p", "no:xdist", "-p", "no:cacheprovider", "--junitxml=report.xml", "case.ipynb"]
    environment = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    cases = ElementTree.parse(folder / "report.xml").iter("testcase")
    failures = [case.find("failure") for case in cases]
    return [("passed", "") if f is None else ("failed", f.text or "") for f in failures]


@pytest.mark.parametrize("case", CASES)
def test_nbval_compares_as_it_should(case: str, outcomes: Mapping[str, tuple[str, str]]) -> None:
    agrees = CASES[case][2]
    outcome, words = outcomes[case]
    assert outcome == ("passed" if agrees else "failed"), words


def test_a_difference_is_shown_as_a_line_of_each(
    outcomes: Mapping[str, tuple[str, str]],
) -> None:
    assert "stdout:\nstored: loss 0.5\nnow:    loss 0.51" in outcomes["a drift of 2 %"][1]
    assert "image/png: 1 stored, 0 now" in outcomes["a missing picture"][1]


def test_a_cell_stored_without_having_run_is_no_reference(
    outcomes: Mapping[str, tuple[str, str]],
) -> None:
    outcome, words = outcomes["never run"]
    assert outcome == "failed"
    assert "The stored cell was never run; run: course build" in words
