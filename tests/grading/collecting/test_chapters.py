"""Which chapter a notebook is of, and the cheap look at whether it is a notebook at all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import GradingError
from helpers.grading.collecting import chapters
from helpers.grading.collecting.chapters import Chapters, parse
from helpers.grading.collecting.names import Handed, Refused

KNOWN = Chapters({"01_mini": {"setup", "double", "double_check"}, "02_more": {"setup", "halve"}})


def with_cells(*names: str) -> dict[str, Any]:
    return {"cells": [{"metadata": {"nbgrader": {"grade_id": name}}} for name in names]}


@pytest.mark.parametrize(
    ("cells", "file", "folder", "asked", "expected"),
    [
        (["double"], "final.ipynb", "", "", ("01_mini", True)),
        ([], "01_mini.ipynb", "", "", ("01_mini", True)),
        ([], "01_mini-2.ipynb", "", "", ("01_mini", True)),
        ([], "01_mini (1).ipynb", "", "", ("01_mini", True)),
        ([], "01_mini-Copy1.ipynb", "", "", ("01_mini", True)),
        ([], "x.ipynb", "01_mini", "", ("01_mini", False)),
        ([], "x.ipynb", "", "01_mini", ("01_mini", False)),
        (["setup"], "x.ipynb", "", "01_mini", ("01_mini", False)),  # both chapters have it
        (["double", "double_check", "halve"], "", "", "", ("01_mini", True)),  # a cell pasted in
        (["double"], "02_more.ipynb", "02_more", "01_mini", ("01_mini", True)),  # two against one
    ],
)
def test_the_chapter_is_told(
    cells: list[str], file: str, folder: str, asked: str, expected: tuple[str, bool]
) -> None:
    handed = Handed("ada", file, folder=folder)
    assert KNOWN.of(with_cells(*cells), handed, asked) == expected


@pytest.mark.parametrize(
    ("cells", "file", "asked", "reason"),
    [
        ([], "x.ipynb", "", "neither its cells nor its name tell the chapter: give --chapter"),
        (["setup"], "01_mini2.ipynb", "",
         "neither its cells nor its name tell the chapter: give --chapter"),
        (["double", "halve"], "", "",
         "neither its cells nor its name tell the chapter: give --chapter"),
        (["double"], "02_more.ipynb", "",
         "it is of more than one chapter: 01_mini by its cells, 02_more by its name"),
        (["double"], "x.ipynb", "02_more",
         "it is of more than one chapter: 02_more by --chapter, 01_mini by its cells"),
    ],
)  # fmt: skip
def test_where_the_chapter_is_not_told(
    cells: list[str], file: str, asked: str, reason: str
) -> None:
    with pytest.raises(Refused) as refused:
        KNOWN.of(with_cells(*cells), Handed("ada", file), asked)
    assert str(refused.value) == reason


@pytest.mark.parametrize("asked", ["02_more", "02", "2"])
def test_a_chapter_is_asked_for_by_name_or_number(asked: str) -> None:
    assert KNOWN.asked(asked) == "02_more"


def test_an_unknown_chapter_is_a_mistake_in_the_call() -> None:
    with pytest.raises(GradingError) as raised:
        KNOWN.asked("3")
    assert str(raised.value) == "There is no chapter '3'; there are: 01_mini, 02_more."


def test_a_folder_without_chapters_is_a_mistake_in_the_call(tmp_path: Path) -> None:
    with pytest.raises(GradingError, match="There are no chapters here"):
        Chapters.read([tmp_path])


def test_chapters_are_read_from_all_folders(tmp_path: Path) -> None:
    for place in ("course/01_mini/01_mini", "solutions/02_more/02_more", "course/x/y"):
        path = tmp_path / f"{place}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text('{"cells": []}')
    assert list(Chapters.read([tmp_path / "course", tmp_path / "solutions"]).own) == [
        "01_mini",
        "02_more",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b" \n\t", "it is empty"),
        (b"[]", "it is no notebook: it has no list of cells"),
        (b"7", "it is no notebook: it has no list of cells"),
        (b'{"cells": {}}', "it is no notebook: it has no list of cells"),
        (b'{"worksheets": []}', "it is no notebook: it has no list of cells"),
        (b"[" * 100_000, "it is no notebook: it is nested too deeply"),
        (b'{"cells":' * 100_000, "it is no notebook: it is nested too deeply"),
        (b'{"cells": [', "it is no notebook, or a damaged one "
         "(Expecting value: line 1 column 12 (char 11))"),
        (b"%PDF-1.7", "it is no notebook, or a damaged one "
         "(Expecting value: line 1 column 1 (char 0))"),
        (b"\xff\xfe{\0", "it is no notebook, or a damaged one ('utf-8' codec can't decode byte "
         "0xff in position 0: invalid start byte)"),
    ],
)  # fmt: skip
def test_what_is_no_notebook(data: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        parse(data)
    assert str(refused.value) == reason


def test_a_number_of_a_million_digits_is_refused() -> None:
    with pytest.raises(Refused, match="Exceeds the limit"):
        parse(b'{"cells": [%s]}' % (b"1" * (sys.int_info.default_max_str_digits + 1)))


def test_a_file_that_is_small_and_fills_the_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chapters, "BRACKETS", 1000)
    with pytest.raises(Refused) as refused:
        parse(b'{"cells": [' + b"[]," * 1000 + b"0]}")
    assert str(refused.value) == "it has more than 1,000 lists and objects: no notebook has"
    assert parse(b'{"cells": [' + b"[]," * 900 + b"0]}")


def test_a_mark_of_the_byte_order_is_no_harm() -> None:
    assert parse(b'\xef\xbb\xbf{"cells": []}') == {"cells": []}


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.lists(
        JSON
        | st.fixed_dictionaries({"metadata": JSON})
        | st.fixed_dictionaries({"metadata": st.fixed_dictionaries({"nbgrader": JSON})})
    )
)
def test_cells_of_any_shape_are_looked_at_without_an_error(cells: list[Any]) -> None:
    assert KNOWN.of({"cells": cells}, Handed("ada", ""), "01_mini") == ("01_mini", False)
