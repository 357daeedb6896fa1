"""Filing: nothing is overwritten, what is replaced is kept, killed runs lose nothing."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helpers.grading.collecting.filing import Shelf, time_in
from helpers.grading.collecting.names import Refused
from helpers.grading.settings import settings

if TYPE_CHECKING:
    from conftest import Course

ADA = "ada/01_mini/01_mini.ipynb"


def test_a_submission_lies_where_nbgrader_looks_for_it(course: Course) -> None:
    (outcome,) = course.collect(course.zip({"ada/01_mini.ipynb": course.of("01_mini")}))
    assert outcome.path == course.submitted / ADA
    assert (outcome.student, outcome.chapter) == ("ada", "01_mini")
    assert course.filed() == {ADA: course.of("01_mini")}
    mode = os.umask(0)
    os.umask(mode)
    assert outcome.path.parent.stat().st_mode & 0o777 == 0o777 & ~mode
    assert outcome.path.stat().st_mode & 0o777 == 0o666 & ~mode


def test_folders_are_as_nbgrader_is_told(course: Course) -> None:
    with (course.folder / "nbgrader_config.py").open("a") as file:
        file.write('c.CourseDirectory.submitted_directory = "elsewhere/in"\n')
        file.write("c.CourseDirectory.directory_structure = ")
        file.write('"{nbgrader_step}/{assignment_id}/{student_id}"\n')
    (outcome,) = course.collect(course.zip({"ada/01_mini.ipynb": course.of("01_mini")}))
    assert outcome.path == course.folder / "elsewhere/in/01_mini/ada/01_mini.ipynb"
    assert outcome.path.is_file()


def test_collected_again_it_is_already_there(course: Course) -> None:
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    course.collect(archive)
    before = (course.submitted / ADA).stat()  # less the time of the last reading
    (outcome,) = course.collect(archive)
    assert (outcome.state, outcome.path) == ("already there", course.submitted / ADA)
    after = (course.submitted / ADA).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_is_filed_already_is_not_written_again(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    written: list[Path] = []
    really = Path.write_bytes

    def write(path: Path, data: bytes) -> int:
        written.append(path)
        return really(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    states = [course.collect(archive)[0].state for _ in range(2)]
    assert states == ["filed", "already there"]
    assert len(written) == 1


# ---------------------------------------------------------------- handed in again


def test_another_notebook_is_refused_and_the_first_stays(course: Course) -> None:
    first, second = (course.of("01_mini", note) for note in ("first", "second"))
    course.collect(course.zip({"ada/01_mini.ipynb": first}))
    assert course.told(course.zip({"ada/01_mini.ipynb": second})) == [
        (
            "ada/01_mini.ipynb", "refused",
            "another one is in grading/submitted/ada/01_mini: "
            "with --replace it is moved away, and this one put in its place",
        )
    ]  # fmt: skip
    assert course.filed() == {ADA: first}


def test_replacing_keeps_all_that_was_there(course: Course) -> None:
    texts = [course.of("01_mini", note) for note in ("first", "second", "third")]
    archives = [
        course.zip({"ada/01_mini.ipynb": text}, f"{number}.zip")
        for number, text in enumerate(texts)
    ]
    course.collect(archives[0])
    (course.submitted / "ada/01_mini/notes.txt").write_text("by hand")
    states = [course.collect(each, replace=True)[0].state for each in archives[1:]]
    assert states == ["replaced", "replaced"]
    filed = course.filed()
    assert filed.pop(ADA) == texts[2]
    assert all(name.startswith(".replaced/ada/01_mini/") for name in filed)
    assert sorted(filed.values()) == sorted([b"by hand", *texts[:2]])


def test_an_older_archive_does_not_come_back_by_replacing(course: Course) -> None:
    first, second = (course.of("01_mini", note) for note in ("first", "second"))
    old = course.zip({"ada/01_mini.ipynb": first}, "old.zip")
    course.collect(old)
    course.collect(course.zip({"ada/01_mini.ipynb": second}, "new.zip"), replace=True)
    (outcome,) = course.collect(old, replace=True)
    (kept,) = (course.submitted / ".replaced/ada/01_mini").iterdir()
    assert (outcome.state, outcome.reason) == (
        "refused",
        "it is an earlier one that was replaced, and is kept in "
        f"grading/submitted/.replaced/ada/01_mini/{kept.name}",
    )
    assert course.filed()[ADA] == second


def test_replacing_leaves_alone_what_is_the_same(course: Course) -> None:
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    course.collect(archive)
    assert course.told(archive, replace=True) == [("ada/01_mini.ipynb", "already there", "")]
    assert not (course.submitted / ".replaced").exists()


# ---------------------------------------------------------------- what is in the way


@pytest.mark.skipif(os.name != "posix", reason="links need rights on Windows")
@pytest.mark.parametrize("link", ["ada", "ada/01_mini", ADA])
@pytest.mark.parametrize("replace", [False, True])
def test_nothing_is_written_through_a_link(course: Course, link: str, replace: bool) -> None:
    path = course.submitted / link
    path.parent.mkdir(parents=True, exist_ok=True)
    target = course.around / "home" / ("victim.ipynb" if link == ADA else "")
    path.symlink_to(target)
    before = course.outside()
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini")})
    (outcome,) = course.collect(archive, replace=replace)
    assert course.outside() == before | {str(archive): course.outside()[str(archive)]}
    if link == ADA and replace:  # the folder with the link in it is moved away
        assert outcome.state == "replaced"
    else:
        assert outcome.state == "refused" and path.is_symlink()
    if link != ADA:
        assert outcome.reason == (f"grading/submitted/{link} is a link: put a folder in its place")


def test_names_that_differ_by_capitals_are_one_folder_somewhere(course: Course) -> None:
    course.collect(course.zip({"Ada/01_mini.ipynb": course.of("01_mini")}))
    archive = course.zip(
        {"ada/01_mini.ipynb": course.of("01_mini"), "ADA/02_more.ipynb": course.of("02_more")}
    )
    assert [reason for *_, reason in course.told(archive)] == [
        "ada differs only in its capitals or accents from Ada",
        "ADA differs only in its capitals or accents from Ada",
    ]
    # and in one call, where the first is filed before the second is looked at
    archive = course.zip(
        {"Bea/01_mini.ipynb": course.of("01_mini"), "BEA/02_more.ipynb": course.of("02_more")}
    )
    assert [reason for *_, reason in course.told(archive)] == [
        "",
        "BEA differs only in its capitals or accents from Bea",
    ]


def test_in_a_race_what_came_first_stays(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    other = course.of("01_mini", "filed by somebody else a moment ago")
    really = os.rename

    def race(source: Path, aim: Path) -> None:
        aim.mkdir()
        (aim / "01_mini.ipynb").write_bytes(other)
        really(source, aim)

    monkeypatch.setattr(os, "rename", race)
    (outcome,) = course.collect(course.zip({"ada/01_mini.ipynb": course.of("01_mini")}))
    assert outcome.state == "refused"
    assert outcome.reason.startswith("grading/submitted/ada/01_mini cannot be written: ")
    assert course.filed() == {ADA: other}


def test_where_the_new_one_cannot_be_put_the_old_one_goes_back(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = course.of("01_mini", "first")
    course.collect(course.zip({"ada/01_mini.ipynb": first}))
    really = os.rename

    def fail(source: Path, aim: Path) -> None:
        if ".collecting-" in str(source):
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        really(source, aim)

    monkeypatch.setattr(os, "rename", fail)
    archive = course.zip({"ada/01_mini.ipynb": course.of("01_mini", "second")})
    (outcome,) = course.collect(archive, replace=True)
    assert outcome.reason == "grading/submitted/ada/01_mini cannot be written: Disk quota exceeded"
    assert course.filed() == {ADA: first}


# ---------------------------------------------------------------- interrupted


class Killed(BaseException):
    """What ends the process in the middle."""


@pytest.mark.parametrize("after", range(4))
def test_interrupted_anywhere_and_run_again_it_goes_on(
    course: Course, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    students = [f"s{number}" for number in range(3)]
    old = course.zip({f"{s}/01_mini.ipynb": course.of("01_mini", s) for s in students})
    new = course.zip({f"{s}/01_mini.ipynb": course.of("01_mini", s * 2) for s in students}, "n.zip")
    course.collect(old)
    really, done = os.rename, []

    def rename(source: Path, aim: Path) -> None:
        if len(done) == after:
            raise Killed
        done.append(aim)
        really(source, aim)

    with monkeypatch.context() as patched:
        patched.setattr(os, "rename", rename)
        with pytest.raises(Killed):
            course.collect(new, replace=True)
    outcomes = course.collect(new, replace=True)
    assert {outcome.state for outcome in outcomes} <= {"filed", "replaced", "already there"}
    filed = course.filed()
    for student in students:
        assert filed.pop(f"{student}/01_mini/01_mini.ipynb") == course.of("01_mini", student * 2)
    assert sorted(filed.values()) == sorted(course.of("01_mini", s) for s in students)


def test_what_a_killed_run_left_aside_is_cleared_when_it_is_old(course: Course) -> None:
    left = course.submitted / ".collecting-killed"
    live = course.submitted / ".collecting-live"
    for folder in (left, live):
        (folder / "1").mkdir(parents=True)
    os.utime(left, (time.time() - 4000, time.time() - 4000))
    course.collect(course.zip({"ada/01_mini.ipynb": course.of("01_mini")}))
    assert sorted(path.name for path in course.submitted.iterdir()) == [".collecting-live", "ada"]


# ---------------------------------------------------------------- the time


@pytest.mark.parametrize(
    ("data", "time"),
    [
        (b"2026-01-05 12:00:00.000001 UTC\n", "2026-01-05 12:00:00.000001 UTC"),
        (b"2026-01-05 12:00:00", "2026-01-05 12:00:00.000000 UTC"),
        (b"2026-01-05T12:00:00+02:00", "2026-01-05 10:00:00.000000 UTC"),
    ],
)
def test_a_time_is_read_and_written_as_nbgrader_does(data: bytes, time: str) -> None:
    assert time_in(data) == time


@pytest.mark.parametrize("data", [b"", b"soon", b"\xff", b"0001-01-01 00:00:00+23:59", b"2026" * 9])
def test_what_is_no_time_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        time_in(data)
    assert str(refused.value) == "it holds no time such as 2026-01-05 12:00:00 UTC"


def test_nbgrader_reads_the_time_that_is_taken_along(course: Course) -> None:
    course.collect(
        course.zip(
            {
                "ada/01_mini/01_mini.ipynb": course.of("01_mini"),
                "ada/01_mini/timestamp.txt": b"2026-01-05 12:00:00 UTC",
            }
        )
    )
    directory: Any = Shelf(settings(course.folder).course).directory
    found = directory.get_existing_timestamp(str(course.submitted / "ada" / "01_mini"))
    assert found.isoformat() == "2026-01-05T12:00:00"


def test_a_student_cannot_set_the_time_of_a_submission(course: Course) -> None:
    course.collect(
        course.zip(
            {
                "Eve_66_assignsubmission_file_/01_mini.ipynb": course.of("01_mini"),
                "Eve_66_assignsubmission_file_/timestamp.txt": b"2001-01-05 12:00:00 UTC",
                "Eve_66_assignsubmission_file_/01_mini/timestamp.txt": b"2001-01-05 12:00:00 UTC",
            }
        )
    )
    assert set(course.filed()) == {"66/01_mini/01_mini.ipynb"}
