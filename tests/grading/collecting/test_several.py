"""Several chapters: how many were filed for which, and whose is not of the chapter of most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from helpers.grading.collect import collect_command

if TYPE_CHECKING:
    from conftest import Course


def closing(course: Course, capsys: pytest.CaptureFixture[str], *words: object) -> list[str]:
    """The last lines, less the reasons of what is refused."""
    archives, chapter, replace = words
    collect_command(archives, chapter, replace, course.folder)  # type: ignore[arg-type]
    lines = capsys.readouterr().out.splitlines()
    return [line for line in lines if ".ipynb: " not in line]


def test_one_of_another_chapter_is_named(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    class_ = {f"s_{number}_90_a.ipynb": course.of("01_mini", str(number)) for number in range(11)}
    archive = course.zip(class_ | {"zipnb_118_91_02_more.ipynb": course.of("02_more")})
    sentence = (
        "class.zip: it holds several chapters, 11 of 01_mini and also zipnb 118 (02_more): "
        "--chapter 01_mini refuses the others"
    )
    assert closing(course, capsys, [archive], None, False) == [
        "filed              12: 11 for 01_mini, 1 for 02_more",
        sentence,
    ]
    assert closing(course, capsys, [archive], None, False) == [
        "filed               0",
        "already there      12",
        sentence,
    ]


def test_the_advice_refuses_the_others(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    entries = {f"{student}/x.ipynb": course.of("01_mini") for student in ("ada", "bea")}
    by_cells = {"cy/x.ipynb": course.of("02_more")}
    by_name = {"dee/02_more.ipynb": course.of("", "x")}
    archive = course.zip(entries | by_cells | by_name)
    assert closing(course, capsys, [archive], "01_mini", True) == [
        "filed               2",
        "refused             2",
    ]
    assert {name.partition("/")[0] for name in course.filed()} == {"ada", "bea"}


def test_before_an_earlier_one_is_moved_aside_it_is_said(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.collect(course.zip({"ada/02_more.ipynb": course.of("02_more", "real")}, "real.zip"))
    entries = {"ada/x.ipynb": course.of("02_more"), "bea/x.ipynb": course.of("01_mini")}
    archive = course.zip(entries | {"cy/x.ipynb": course.of("01_mini")})
    sentence = (
        "class.zip: it holds several chapters, 2 of 01_mini and also ada (02_more): "
        "--chapter 01_mini refuses the others"
    )
    assert closing(course, capsys, [archive], None, False) == [
        "filed               2",
        "refused             1",
        sentence,
    ]
    assert closing(course, capsys, [archive], None, True) == [
        "filed               0",
        "replaced            1",
        "already there       2",
        sentence,
    ]


def test_filed_and_replaced_are_told_apart(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    course.collect(course.zip({"ada/02_more.ipynb": course.of("02_more", "first")}, "first.zip"))
    archives = [
        course.zip({"ada/02_more.ipynb": course.of("02_more", "second")}, "second.zip"),
        course.zip({"bea/01_mini.ipynb": course.of("01_mini")}, "third.zip"),
    ]
    assert closing(course, capsys, archives, None, True) == [
        "filed               1: 1 for 01_mini",
        "replaced            1: 1 for 02_more",
    ]


def test_only_the_first_few_are_named_and_none_moves_the_cursor(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    class_ = {f"s{number}/x.ipynb": course.of("01_mini") for number in range(6)}
    others = {f"t{number}/x.ipynb": course.of("02_more") for number in range(4)}
    evil = {"\x1b[2J_99_assignsubmission_file_/x.ipynb": course.of("02_more")}
    *_, sentence = closing(course, capsys, [course.zip(evil | class_ | others)], None, False)
    assert sentence == (
        "class.zip: it holds several chapters, 6 of 01_mini and also \\x1b[2J 99 (02_more), "
        "t0 (02_more), t1 (02_more), 2 more: --chapter 01_mini refuses the others"
    )
