"""The folder `autograded/`: the notebooks that formgrader shows, and the files beside them.

What a student handed in is read without following links; everything is written in one step, so
that a file is there as a whole or not at all.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

import nbformat
from nbgrader.converters import Autograde
from nbgrader.utils import find_all_files, parse_utc

from helpers.errors import GradingError
from helpers.grading.settings import Settings
from helpers.grading.submission.intake import FILE, FOLDER
from helpers.grading.verdict import Verdict

__all__ = ["Autograded", "HandedIn"]

TIMESTAMP = "timestamp.txt"
LONGEST = 200  # bytes of a timestamp
PART = ".part-"  # how files begin that are being written


@dataclass(frozen=True)
class HandedIn:
    """When a submission was handed in, if it says so, and what was off with what it says."""

    when: datetime | None = None
    text: bytes = b""
    remarks: list[str] = field(default_factory=list)


class Autograded:
    """The autograded submissions of a course; `submitted` is where they were handed in."""

    def __init__(self, place: Settings, submitted: Path) -> None:
        self.place, self.submitted = place, submitted
        self.folder = place.folder("autograded")
        self.mode = int(str(Autograde(coursedir=place.course, config=place.config).permissions), 8)
        self.beside = cache(self._beside)

    def notebook(self, student: str, chapter: str) -> Path:
        """Where the notebook of a student is."""
        return self.folder / student / chapter / f"{chapter}.ipynb"

    def tidy(self, chapter: str) -> None:
        """Remove what a run that was killed had begun to write."""
        for left in self.folder.glob(f"*/{chapter}/**/{PART}*"):
            left.unlink(missing_ok=True)

    def write(self, verdict: Verdict) -> HandedIn:
        """Write the notebook of a verdict, with the files that nbgrader puts beside it.

        These are the instructor's own and the time of the submission; other files that a student
        handed in stay where they are. Raises GradingError where they cannot be written.
        """
        notebook = self.notebook(verdict.student, verdict.chapter)
        handed_in = self.handed_in(verdict.student, verdict.chapter)
        text = nbformat.v4.writes(nbformat.from_dict(verdict.notebook)) + "\n"
        try:
            self._make(notebook.parent)
            for path, name in self.beside(verdict.chapter):
                self._copy(path, notebook.parent / name)
            self._time(handed_in, notebook.parent / TIMESTAMP)
            with self._whole(notebook) as part:
                part.write_bytes(text.encode("utf-8", "replace"))
        except OSError as error:
            raise GradingError(
                f"The graded notebook {notebook} cannot be written ({error.strerror or error}): "
                "what was graded before is kept; see to the folder, and run this again."
            ) from error
        return handed_in

    def handed_in(self, student: str, chapter: str) -> HandedIn:
        """The time of a submission, from the file that nbgrader or the LMS wrote beside it."""
        try:
            text = _read(self.submitted, student, chapter, TIMESTAMP)
            if not text.strip():
                return HandedIn()
            when = parse_utc(text.decode().strip())
            when.isoformat()
        except FileNotFoundError:
            return HandedIn()
        except Exception:  # whatever a student put there, it must not stop the others
            told = f"The time of the submission could not be read: {TIMESTAMP} was left out."
            return HandedIn(remarks=[told])
        return HandedIn(when, text)

    def _beside(self, chapter: str) -> list[tuple[Path, Path]]:
        """The instructor's files beside the notebook, and their names; no links."""
        source = self.place.folder("source") / chapter
        ignored = [*self.place.course.ignore, "*.ipynb"]
        files = [Path(name) for name in find_all_files(str(source), ignored)]
        return [(file, file.relative_to(source)) for file in files if not file.is_symlink()]

    def _copy(self, path: Path, there: Path) -> None:
        if there.is_file() and filecmp.cmp(path, there):
            return
        self._make(there.parent)
        with self._whole(there) as part:
            shutil.copy2(path, part)  # with its time, by which it is known to be the same

    def _time(self, handed_in: HandedIn, there: Path) -> None:
        """What an earlier submission said is not left where this one says nothing."""
        if not handed_in.when:
            there.unlink(missing_ok=True)
            return
        with self._whole(there) as part:
            part.write_bytes(handed_in.text)

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self.place.course.groupshared:
            for each in (folder, *folder.relative_to(self.folder).parents):
                path = self.folder / each
                os.chmod(path, (path.stat().st_mode | 0o2770) & 0o2777)

    @contextmanager
    def _whole(self, path: Path) -> Iterator[Path]:
        """A file beside the path that takes its place at the end, with nbgrader's permissions."""
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=PART)
        os.close(descriptor)
        part = Path(name)
        try:
            yield part
            part.chmod(self.mode)
            part.replace(path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise


def _read(folder: Path, student: str, chapter: str, name: str) -> bytes:
    """A small file of a submission; OSError if it is none, or a link leads to it."""
    opened = [os.open(folder, os.O_RDONLY)]
    try:
        for part in (student, chapter):
            opened.append(os.open(part, FOLDER, dir_fd=opened[-1]))
        opened.append(os.open(name, FILE, dir_fd=opened[-1]))
        text = os.read(opened[-1], LONGEST + 1)
    finally:
        for descriptor in opened:
            os.close(descriptor)
    if len(text) > LONGEST:
        raise ValueError(f"{name} is too long")
    return text
