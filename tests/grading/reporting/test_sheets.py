"""Is no text a formula, every number a number, and a file whole or not there?"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import GradingError
from helpers.grading.reporting.sheets import number, plain, whole, write_rows


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "＝1",
        "-",
        "=",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert plain(text) == (text if text == "-" else f"'{text}")


@pytest.mark.parametrize("text", ["", "ada", "-3.5", "+2", "1.7 output_delta", "a=b", "-1,5"])
def test_other_text_and_numbers_stay(text: str) -> None:
    assert plain(text) == text


@given(st.text())
def test_nothing_that_begins_like_a_formula_is_left(text: str) -> None:
    now = plain(text)
    assert now in (text, f"'{text}")
    if now and now.lstrip()[:1] in tuple("=+-@") and now != "-":
        float(now.replace(",", "."))


@given(st.floats(0, 1e6).map(lambda value: round(value, 4)))
def test_numbers_lose_nothing(value: float) -> None:
    assert float(number(value)) == value


def test_rows_are_read_back_as_they_were() -> None:
    rows = [["student", "reason"], ["ada", 'said "so",\nand so'], ["bob", "x"]]
    file = io.StringIO()
    assert write_rows(iter(rows), file) == 3
    assert list(csv.reader(io.StringIO(file.getvalue()))) == rows


def test_a_file_that_is_not_complete_takes_nothings_place(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "x.csv"
    with whole(path) as file:
        file.write("old")
    with pytest.raises(ZeroDivisionError), whole(path) as file:
        file.write("half")
        raise ZeroDivisionError
    assert [each.read_text("utf-8") for each in path.parent.iterdir()] == ["old"]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "x.csv"
    with pytest.raises(GradingError) as told, whole(path):
        pass
    assert str(told.value).startswith(f"{path}: cannot be written (")
    assert str(told.value).endswith("); name another file with -o")
