"""The folder autograded/: whole files, nbgrader's permissions, and no link followed."""

from __future__ import annotations

import json
import os
import stat
from datetime import datetime
from pathlib import Path

import nbformat
import pytest

from helpers.errors import GradingError
from helpers.grading.gradebook.autograded import Autograded
from helpers.grading.settings import Settings, settings

from ..a_class import CHAPTER, a_course, a_verdict

SECRET = "2001-02-03 04:05:06 UTC"
UNREADABLE = "The time of the submission could not be read: timestamp.txt was left out."


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    return a_course(tmp_path)


@pytest.fixture
def autograded(place: Settings) -> Autograded:
    return Autograded(place, place.folder("submitted"))


def hand_in(place: Settings, timestamp: bytes, student: str = "ada") -> Path:
    folder = place.folder("submitted") / student / CHAPTER
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_bytes(timestamp)
    return folder


def written(place: Settings, student: str = "ada") -> dict[str, str]:
    """The files of a student, by name, without the notebook."""
    folder = place.folder("autograded") / student / CHAPTER
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*")}
    del files[f"{CHAPTER}.ipynb"]
    return {name: path.read_text("utf-8") for name, path in files.items() if path.is_file()}


# ---------------------------------------------------------------- the notebook


def test_the_notebook_is_as_nbformat_writes_it(autograded: Autograded, tmp_path: Path) -> None:
    verdict = a_verdict()
    autograded.write(verdict)
    nbformat.write(nbformat.from_dict(verdict.notebook), tmp_path / "by_nbformat.ipynb")
    found = autograded.notebook("ada", CHAPTER).read_bytes()
    assert found == (tmp_path / "by_nbformat.ipynb").read_bytes()


def test_a_plain_dictionary_will_do(autograded: Autograded) -> None:
    verdict = a_verdict()
    autograded.write(a_verdict(notebook=json.loads(json.dumps(verdict.notebook))))
    assert nbformat.read(autograded.notebook("ada", CHAPTER), as_version=4) == verdict.notebook


def test_what_is_no_character_is_replaced(autograded: Autograded) -> None:
    verdict = a_verdict()
    verdict.notebook["cells"][0]["source"] = "lone \ud800"
    autograded.write(verdict)
    assert nbformat.read(autograded.notebook("ada", CHAPTER), 4).cells[0].source == "lone ?"


def test_files_are_read_only_as_nbgrader_leaves_them(
    autograded: Autograded, place: Settings
) -> None:
    hand_in(place, b"2026-01-02 03:04:05 UTC")
    for _ in range(2):  # the second time over files that may not be written
        autograded.write(a_verdict())
    folder = autograded.notebook("ada", CHAPTER).parent
    assert {p.name: stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {
        f"{CHAPTER}.ipynb": 0o444, "timestamp.txt": 0o444,
    }  # fmt: skip


def test_a_group_that_shares_the_course_may_write(tmp_path: Path) -> None:
    a_course(tmp_path)
    with (tmp_path / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.groupshared = True\n")
    place = settings(tmp_path)
    Autograded(place, place.folder("submitted")).write(a_verdict())
    there = [place.folder("autograded"), *place.folder("autograded").rglob("*")]
    for path in there:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o2770 == 0o2770 if path.is_dir() else mode == 0o664, path


def test_a_file_that_a_killed_run_left_goes(autograded: Autograded, place: Settings) -> None:
    autograded.write(a_verdict())
    (autograded.notebook("ada", CHAPTER).parent / ".part-x1").write_text("{")
    autograded.tidy(CHAPTER)
    assert autograded.notebook("ada", CHAPTER).is_file()
    assert written(place) == {}


def test_a_notebook_that_cannot_be_written_leaves_the_old_one(
    autograded: Autograded, place: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    autograded.write(a_verdict())
    notebook = autograded.notebook("ada", CHAPTER)
    before = notebook.read_bytes()

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(GradingError) as error:
        autograded.write(a_verdict(notebook=nbformat.v4.new_notebook()))
    assert str(error.value) == (
        f"The graded notebook {notebook} cannot be written (No space left on device): "
        "what was graded before is kept; see to the folder, and run this again."
    )
    assert notebook.read_bytes() == before
    assert written(place) == {}


# ---------------------------------------------------------------- the files beside it


def test_the_instructors_files_are_beside_it(autograded: Autograded, place: Settings) -> None:
    source = place.folder("source") / CHAPTER
    for name in ("data/points.csv", "words.txt", ".ipynb_checkpoints/x.txt", "another.ipynb"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(name)
    (source / "link.txt").symlink_to(source / "words.txt")
    autograded.write(a_verdict())
    assert written(place) == {"data/points.csv": "data/points.csv", "words.txt": "words.txt"}


def test_a_file_that_has_changed_is_copied_again(place: Settings) -> None:
    words = place.folder("source") / CHAPTER / "words.txt"
    for text in ("old", "newer"):
        words.write_text(text)
        Autograded(place, place.folder("submitted")).write(a_verdict())
        assert written(place) == {"words.txt": text}


def test_files_of_a_student_stay_where_they_are(autograded: Autograded, place: Settings) -> None:
    folder = hand_in(place, b"2026-01-02 03:04:05 UTC")
    (folder / "helpers.py").write_text("import os")
    autograded.write(a_verdict())
    assert written(place) == {"timestamp.txt": "2026-01-02 03:04:05 UTC"}


# ---------------------------------------------------------------- when it was handed in


@pytest.mark.parametrize(
    ("text", "when"),
    [
        (b"2026-01-02 03:04:05.5 UTC", datetime(2026, 1, 2, 3, 4, 5, 500_000)),
        (b"2026-01-02 03:04:05 CET\n", datetime(2026, 1, 2, 2, 4, 5)),
        (b"2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5)),
        (b"\n", None),
    ],
)
def test_a_time_is_read_as_nbgrader_reads_it(
    autograded: Autograded, place: Settings, text: bytes, when: datetime | None
) -> None:
    folder = hand_in(place, text)
    assert (autograded.handed_in("ada", CHAPTER).when, autograded.handed_in("ada", CHAPTER).remarks
            ) == (when, [])  # fmt: skip
    assert place.course.get_existing_timestamp(str(folder)) == when


@pytest.mark.parametrize(
    "text", [b"yesterday", b"\xff\xfe", b"9999-99-99", b"1" * 300, b"0001-01-01 00:00 +9", b"[]"]
)
def test_a_time_that_is_none_is_told(autograded: Autograded, place: Settings, text: bytes) -> None:
    hand_in(place, text)
    found = autograded.write(a_verdict())
    assert (found.when, found.remarks) == (None, [UNREADABLE])
    assert written(place) == {}


@pytest.mark.parametrize("linked", ["file", "chapter", "student"])
def test_no_link_is_followed(
    autograded: Autograded, place: Settings, tmp_path: Path, linked: str
) -> None:
    """Can a student have a file of the host copied?"""
    host = tmp_path / "host"
    (host / CHAPTER).mkdir(parents=True)
    (host / CHAPTER / "timestamp.txt").write_text(SECRET)
    folder = place.folder("submitted") / "ada" / CHAPTER
    at = {"file": folder / "timestamp.txt", "chapter": folder, "student": folder.parent}[linked]
    leads = {"file": host / CHAPTER / "timestamp.txt", "chapter": host / CHAPTER, "student": host}
    at.parent.mkdir(parents=True)
    at.symlink_to(leads[linked])
    assert (folder / "timestamp.txt").read_text() == SECRET, "the link leads there"
    assert autograded.write(a_verdict()).remarks == [UNREADABLE]
    assert written(place) == {}


def test_a_pipe_does_not_stop_the_others(autograded: Autograded, place: Settings) -> None:
    folder = hand_in(place, b"")
    (folder / "timestamp.txt").unlink()
    os.mkfifo(folder / "timestamp.txt")
    assert autograded.handed_in("ada", CHAPTER).when is None


def test_an_earlier_time_is_not_left(autograded: Autograded, place: Settings) -> None:
    folder = hand_in(place, b"2026-01-02 03:04:05 UTC")
    autograded.write(a_verdict())
    (folder / "timestamp.txt").unlink()
    autograded.write(a_verdict())
    assert written(place) == {}


def test_submissions_may_lie_elsewhere(place: Settings, tmp_path: Path) -> None:
    folder = hand_in(place, b"2026-01-02 03:04:05 UTC")
    folder.parent.parent.rename(tmp_path / "elsewhere")
    found = Autograded(place, tmp_path / "elsewhere").write(a_verdict())
    assert found.when == datetime(2026, 1, 2, 3, 4, 5)
    assert written(place) == {"timestamp.txt": "2026-01-02 03:04:05 UTC"}
