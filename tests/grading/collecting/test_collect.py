"""`course collect`: what becomes of each file, what is printed, and the exit code."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from nbgrader.api import Gradebook

from helpers import cli
from helpers.errors import GradingError
from helpers.grading.collect import collect_command
from helpers.grading.gradebook.database import open_database
from helpers.grading.settings import settings

if TYPE_CHECKING:
    from conftest import Course


def test_moodles_folders_and_flat_files(course: Course) -> None:
    mini, more = course.of("01_mini"), course.of("02_more")
    archive = course.zip(
        {
            "Ada Lovelace_47_assignsubmission_file_/01_mini.ipynb": mini,
            "Bea Ball_48_assignsubmission_file/work/my answer.ipynb": mini,
            "Cy_49_assignsubmission_file_01_mini (1).ipynb": mini,
            "Dee_50_assignsubmission_file_/02_more.ipynb": more,
        }
    )
    assert [(each.student, each.person, each.chapter) for each in course.collect(archive)] == [
        ("47", "Ada Lovelace", "01_mini"),
        ("48", "Bea Ball", "01_mini"),
        ("49", "Cy", "01_mini"),
        ("50", "Dee", "02_more"),
    ]
    assert set(course.filed()) == {
        "47/01_mini/01_mini.ipynb",
        "48/01_mini/01_mini.ipynb",
        "49/01_mini/01_mini.ipynb",
        "50/02_more/02_more.ipynb",
    }


def test_canvas_files(course: Course) -> None:
    archive = course.zip(
        {
            "lovelaceada_11_901_01_mini-1.ipynb": course.of("", "cells without marks"),
            "ballbea_LATE_12_902_final.ipynb": course.of("01_mini"),
        }
    )
    assert [each.student for each in course.collect(archive)] == ["11", "12"]
    assert set(course.filed()) == {"11/01_mini/01_mini.ipynb", "12/01_mini/01_mini.ipynb"}


def test_a_folder_of_notebooks_named_after_students(course: Course) -> None:
    given = course.given({"ada.ipynb": course.of("01_mini"), "bea.ipynb": course.of("", "x")})
    assert sorted(course.told(given)) == [
        ("ada.ipynb", "filed", ""),
        (
            "bea.ipynb", "refused",
            "neither its cells nor its name tell the chapter: give --chapter",
        ),
    ]  # fmt: skip
    assert sorted(course.told(given, chapter="01")) == [
        ("ada.ipynb", "already there", ""),
        ("bea.ipynb", "filed", ""),
    ]


def test_nbgraders_own_folder_of_submissions_is_taken_as_it_is(course: Course) -> None:
    given = course.given(
        {
            "ada/01_mini/01_mini.ipynb": course.of("01_mini"),
            "ada/01_mini/timestamp.txt": b"2026-01-05 12:00:00 UTC",
            "ada/02_more/02_more.ipynb": course.of("02_more"),
            "ada/.ipynb_checkpoints/01_mini-checkpoint.ipynb": b"",
        }
    )
    states = [outcome.state for outcome in course.collect(given)]
    assert sorted(states) == ["filed", "filed", "left out", "left out"]
    assert course.filed() == {
        "ada/01_mini/01_mini.ipynb": course.of("01_mini"),
        "ada/01_mini/timestamp.txt": b"2026-01-05 12:00:00.000000 UTC",
        "ada/02_more/02_more.ipynb": course.of("02_more"),
    }


# ---------------------------------------------------------------- unpacked by hand


@pytest.mark.parametrize(
    ("folder", "person", "student"),
    [
        ("zipnb_118_9019_x", "zipnb", "118"),
        ("anon_aB3d5_901_work", "", "aB3d5"),
        ("Ada Lovelace_47_assignsubmission_file_", "Ada Lovelace", "47"),
    ],
)
@pytest.mark.parametrize("inside", ["01_mini.ipynb", "mine.ipynb", "hw/mine.ipynb", "12.ipynb"])
def test_a_platforms_name_of_the_folder_says_who_it_was(
    course: Course, folder: str, person: str, student: str, inside: str
) -> None:
    given = course.given({inside: course.of("01_mini"), "__MACOSX/._x.ipynb": b""}, folder)
    beside = course.given({f"{folder}/{inside}": course.of("01_mini")}, "unpacked")
    itself, *_ = (each for each in course.collect(given) if each.state != "left out")
    below = course.collect(beside)[0]
    assert [(each.student, each.person, each.state) for each in (itself, below)] == [
        (student, person, "filed"),
        (student, person, "already there"),
    ]
    assert set(course.filed()) == {f"{student}/01_mini/01_mini.ipynb"}


def test_a_folder_of_another_name_says_nothing_of_who_it_was(course: Course) -> None:
    given = course.given({"ada.ipynb": course.of("01_mini")}, "zipnb_118_x")
    assert [outcome.student for outcome in course.collect(given)] == ["ada"]


def test_a_class_in_a_folder_with_a_persons_name_is_not_filed_for_that_person(
    course: Course,
) -> None:
    entries = {"ada.ipynb": course.of("01_mini"), "bea.ipynb": course.of("02_more")}
    given = course.given(entries, "CS_101_2024_fall")
    assert course.told(given) == [
        (
            "", "refused",
            "it has the name of what one person handed in, and 2 notebooks in it: "
            "leave the one that counts, or, if they are of several persons, rename the folder",
        )
    ]  # fmt: skip
    assert course.filed() == {}
    renamed = given.rename(given.with_name("fall"))
    assert sorted(outcome.student for outcome in course.collect(renamed)) == ["ada", "bea"]


def test_a_student_sets_no_time_from_an_unpacked_folder(course: Course) -> None:
    inside = {
        "118/01_mini/timestamp.txt": b"2001-01-05 12:00:00 UTC",
        "01_mini/timestamp.txt": b"2001-01-05 12:00:00 UTC",
        "118/01_mini/01_mini.ipynb": course.of("01_mini"),
    }
    course.collect(course.given(inside, "zipnb_118_9019_x"))
    assert set(course.filed()) == {"118/01_mini/01_mini.ipynb"}


# ---------------------------------------------------------------- several of one student


def test_of_two_that_differ_none_is_taken_whichever_comes_first(course: Course) -> None:
    first = course.zip({"ada/01_mini.ipynb": course.of("01_mini", "a")}, "first.zip")
    second = course.given({"ada/final.ipynb": course.of("01_mini", "b")}, "second")
    assert course.told(first, second) == [
        (
            "ada/01_mini.ipynb", "refused",
            "ada handed in another one for 01_mini, ada/final.ipynb in second, "
            "so neither was filed: remove the one that does not count, and collect again",
        ),
        (
            "ada/final.ipynb", "refused",
            "ada handed in another one for 01_mini, ada/01_mini.ipynb in first.zip, "
            "so neither was filed: remove the one that does not count, and collect again",
        ),
    ]  # fmt: skip
    assert course.filed() == {}
    first.unlink()  # as advised
    assert course.told(second) == [("ada/final.ipynb", "filed", "")]


def test_the_same_bytes_twice_are_no_harm(course: Course) -> None:
    archive = course.zip(
        {"ada/01_mini.ipynb": course.of("01_mini"), "ada/01_mini-1.ipynb": course.of("01_mini")}
    )
    assert course.told(archive, archive) == [
        ("ada/01_mini.ipynb", "filed", ""),
        ("ada/01_mini-1.ipynb", "already there", ""),
        ("ada/01_mini.ipynb", "already there", ""),
        ("ada/01_mini-1.ipynb", "already there", ""),
    ]


def test_a_scratch_notebook_does_not_stand_in_the_way(course: Course) -> None:
    archive = course.zip(
        {"ada/scratch.ipynb": course.of("", "x"), "ada/01_mini.ipynb": course.of("01_mini")}
    )
    assert course.told(archive, chapter="01_mini") == [
        (
            "ada/scratch.ipynb", "refused",
            "nothing in it says 01_mini, and of the same student there is "
            "ada/01_mini.ipynb in class.zip",
        ),
        ("ada/01_mini.ipynb", "filed", ""),
    ]  # fmt: skip


def test_names_that_differ_by_capitals_are_all_refused(course: Course) -> None:
    archive = course.zip(
        {"Ada/01_mini.ipynb": course.of("01_mini"), "ada/01_mini.ipynb": course.of("01_mini")}
    )
    assert [reason for *_, reason in course.told(archive)] == [
        "Ada and ada differ only in their capitals or accents: rename one of them",
        "ada and Ada differ only in their capitals or accents: rename one of them",
    ]
    assert course.filed() == {}


# ---------------------------------------------------------------- mistakes in the call


def test_a_mistake_in_the_call_is_found_before_anything_is_done(course: Course) -> None:
    whole = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    absent = course.around / "absent.zip"
    for archives, chapter, sentence in [
        ([whole, absent], None, f"{absent} is neither a zip file nor a folder."),
        ([whole], "07", "There is no chapter '07'; there are: 01_mini, 02_more."),
        (
            [course.folder], None,
            f"{course.folder} holds the course itself: name the folder handed in.",
        ),
    ]:  # fmt: skip
        with pytest.raises(GradingError) as raised:
            course.collect(*archives, chapter=chapter)
        assert str(raised.value) == sentence
    assert course.filed() == {}


def test_a_pipe_in_place_of_an_archive_is_not_waited_for(course: Course) -> None:
    import os

    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no pipes in folders")
    pipe = course.around / "given" / "pipe.zip"
    os.mkfifo(pipe)
    with pytest.raises(GradingError, match="is neither a zip file nor a folder"):
        course.collect(pipe)


@pytest.mark.parametrize("way", ["a file in its place", "read-only"])
def test_where_nothing_can_be_filed_it_is_one_sentence_and_exit_code_2(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    monkeypatch.chdir(course.folder)
    reason = "Read-only file system"
    with monkeypatch.context() as patched:
        if way == "read-only":

            def refuse(**_: object) -> None:
                raise OSError(errno.EROFS, reason)

            patched.setattr(tempfile, "TemporaryDirectory", refuse)
        else:
            course.submitted.rmdir()
            course.submitted.write_bytes(b"")
            reason = "File exists"
        with pytest.raises(SystemExit) as ended:
            cli.main(["collect", str(archive)])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"course: grading/submitted: submissions cannot be filed there ({reason}); "
        "it must be a folder in which you may write, on a disk that is not full.\n"
    )
    if course.submitted.is_file():
        course.submitted.unlink()  # it is made where there is none
    assert course.told(archive) == [("ada/01_mini.ipynb", "filed", "")]


def test_an_empty_archive_is_refused(course: Course) -> None:
    assert course.told(course.zip({})) == [("", "refused", "there is nothing in it")]


# ---------------------------------------------------------------- the command


def test_all_filed_is_a_table_and_exit_code_0(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    assert collect_command([archive], None, False, course.folder) == 0
    assert capsys.readouterr().out == "filed               1\n"
    assert collect_command([archive], None, False, course.folder) == 0
    assert capsys.readouterr().out == "filed               0\nalready there       1\n"


def test_what_is_refused_has_a_line_and_exit_code_1(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = course.zip(
        {
            "ada/01_mini.ipynb": course.of("01_mini"),
            "eve/\x1b[2Jx.ipynb": b"",
            "eve/.DS_Store": b"",
        }
    )
    broken = course.around / "given" / "broken.zip"
    broken.write_bytes(b"?")
    assert collect_command([archive, broken], "1", False, course.folder) == 1
    assert capsys.readouterr().out.splitlines() == [
        "class.zip/eve/\\x1b[2Jx.ipynb: it is empty",
        "broken.zip: it is no zip file, or a damaged one (File is not a zip file)",
        "filed               1",
        "refused             2",
        "left out            1",
    ]


def test_the_command_line(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(course.folder)
    archive = course.zip({"ada.ipynb": course.of("", "x")})
    for words, code in [
        ([str(archive)], 1),
        ([str(archive), "--chapter", "1"], 0),
        ([str(archive), "--chapter", "1", "--replace"], 0),
        ([str(archive), "--chapter", "7"], 2),
        ([], 2),
    ]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["collect", *words])
        assert ended.value.code == code
    assert "course: There is no chapter '7'" in capsys.readouterr().err


def test_a_folder_that_is_not_the_courses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(GradingError, match=r"There is no nbgrader_config\.py in "):
        collect_command([tmp_path], None, False)


def test_names_that_the_archive_gives_come_into_the_gradebook(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = course.zip(
        {"Ada Lovelace_47_assignsubmission_file_/01_mini.ipynb": course.of("01_mini")}
    )
    place = settings(course.folder)
    open_database(place).dispose()
    assert collect_command([archive], None, replace=False, course=course.folder) == 0
    assert "not in the gradebook" not in capsys.readouterr().out
    with Gradebook(place.db_url, place.course.course_id) as gradebook:
        (ada,) = gradebook.students
        assert (ada.id, ada.first_name, ada.last_name) == ("47", "Ada", "Lovelace")


def test_a_gradebook_that_cannot_be_used_loses_no_submission(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = course.zip(
        {"Ada Lovelace_47_assignsubmission_file_/01_mini.ipynb": course.of("01_mini")}
    )
    Path(settings(course.folder).db_url.removeprefix("sqlite:///")).write_text("no database " * 99)
    assert collect_command([archive], None, replace=False, course=course.folder) == 0
    assert "The students' names are not in the gradebook: " in capsys.readouterr().out
    assert list(course.filed()) == ["47/01_mini/01_mini.ipynb"]
