"""Submissions as they lie in nbgrader's folder `submitted/`: found and read, no link followed."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import GradingError
from helpers.grading.submission.paper import Paper, fingerprint
from helpers.grading.submission.rebuild import MOST_BYTES, Refused

__all__ = ["Submission", "submissions"]

FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
FILE = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
LONGEST = 128  # characters of a student's name, in nbgrader's gradebook


@dataclass(frozen=True)
class Submission:
    """What one student handed in for a chapter."""

    submitted: Path  # the folder of all students
    student: str
    chapter: str

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.submitted / self.student / self.chapter

    def read(self) -> bytes:
        """The notebook's bytes; Refused, with a sentence, where there is no plain file to read."""
        name = f"{self.chapter}.ipynb"
        opened = []
        try:
            opened.append(os.open(self.submitted, os.O_RDONLY))
            for part in (self.student, self.chapter):
                opened.append(os.open(part, FOLDER, dir_fd=opened[-1]))
            opened.append(os.open(name, FILE, dir_fd=opened[-1]))
            return _read(opened[-1], name)
        except FileNotFoundError:
            raise Refused(f"There is no {name} in what was handed in.") from None
        except OSError as error:
            raise Refused(self._why(name, error)) from None
        finally:
            for descriptor in opened:
                os.close(descriptor)

    def fingerprint(self, paper: Paper) -> str:
        """The fingerprint of a verdict on it, which is Refused where it cannot be read."""
        try:
            return fingerprint(paper, self.read())
        except Refused as error:
            return fingerprint(paper, str(error).encode())

    def _why(self, name: str, error: OSError) -> str:
        for path in (self.folder.parent, self.folder, self.folder / name):
            if path.is_symlink():
                return f"{path.relative_to(self.submitted)} is a link, and links are not followed."
        return f"{name} cannot be read ({error.strerror})."


def _read(descriptor: int, name: str) -> bytes:
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{name} is no plain file.")
    if found.st_size > MOST_BYTES:
        raise Refused(f"{name} has {found.st_size:,} bytes; the most is {MOST_BYTES:,}.")
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(MOST_BYTES + 1)


def submissions(submitted: Path, chapter: str, students: Collection[str] = ()) -> list[Submission]:
    """The submissions for a chapter, by student; those asked for, or all.

    Raises GradingError where nobody, or a student who was asked for, has handed in anything.
    """
    found = sorted(_students(submitted, chapter))
    if absent := sorted(set(students) - set(found)):
        raise GradingError(
            f"There is no submission of {', '.join(absent)} for {chapter} in {submitted}."
        )
    if not found:
        raise GradingError(
            f"There are no submissions for {chapter} in {submitted}: {_how(chapter)}."
        )
    wanted = [student for student in found if not students or student in students]
    return [Submission(submitted, student, chapter) for student in wanted]


def _students(submitted: Path, chapter: str) -> Iterator[str]:
    try:
        entries = list(os.scandir(submitted))
    except OSError as error:
        raise GradingError(
            f"Submissions cannot be read from {submitted} ({error.strerror}): {_how(chapter)}."
        ) from None
    for entry in entries:
        if not entry.name.startswith(".") and _may_be_there(Path(entry.path) / chapter):
            if not _is_a_name(entry.name):
                raise GradingError(
                    f"The folder {entry.name!r} in {submitted} names no student: rename it to at "
                    f"most {LONGEST} characters that can be printed."
                )
            yield entry.name


def _how(chapter: str) -> str:
    return f"put them there as STUDENT/{chapter}/{chapter}.ipynb, or run course collect"


def _may_be_there(folder: Path) -> bool:
    """Whether there is such a folder, or something that keeps us from knowing."""
    try:
        folder.lstat()
    except OSError as error:
        return error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
    return True


def _is_a_name(student: str) -> bool:
    return len(student) <= LONGEST and student.isprintable()
