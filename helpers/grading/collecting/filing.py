"""Puts notebooks where nbgrader looks for submissions; nothing there is ever overwritten.

A submission is a folder: it is made aside, whole, and takes its place by one renaming, which
every system refuses where a folder with something in it is in that place.
"""

from __future__ import annotations

import filecmp
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.coursedir import CourseDirectory

from helpers.errors import GradingError
from helpers.grading.collecting.names import Refused, folded
from helpers.grading.collecting.outcome import State

__all__ = ["Shelf", "fingerprint", "time_in"]

ASIDE = ".collecting-"  # where submissions are made; nbgrader does not see hidden folders
REPLACED = ".replaced"
STALE_SECONDS = 3600.0
TIMESTAMP = "timestamp.txt"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's


def fingerprint(data: bytes) -> str:
    """What two files have in common if they are the same."""
    return hashlib.sha256(data).hexdigest()


def time_in(data: bytes) -> str:
    """The time in a timestamp.txt, in nbgrader's format; Refused if there is none in it.

    >>> time_in(b"2026-01-05 12:00:00 UTC")
    '2026-01-05 12:00:00.000000 UTC'
    """
    try:
        text = data[:100].decode("ascii").strip()
        found = datetime.fromisoformat(text.removesuffix("UTC").strip())
        found = found if found.tzinfo else found.replace(tzinfo=UTC)
        return found.astimezone(UTC).strftime(TIME_FORMAT)
    except (ValueError, OverflowError):
        raise Refused("it holds no time such as 2026-01-05 12:00:00 UTC") from None


@dataclass
class Shelf:
    """The folder of submissions of a course."""

    directory: CourseDirectory
    _listed: dict[Path, dict[str, str]] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The folder in which all submissions are."""
        return Path(self.directory.root, self.directory.submitted_directory)

    @contextmanager
    def aside(self) -> Iterator[Path]:
        """A folder to make submissions in, on the same disk, gone afterwards.

        Raises GradingError where none can be made.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            for left in self.root.glob(f"{ASIDE}*"):  # by a run that was killed
                with suppress(FileNotFoundError):
                    if time.time() - left.stat().st_mtime > STALE_SECONDS:
                        shutil.rmtree(left, ignore_errors=True)
            made = tempfile.TemporaryDirectory(prefix=ASIDE, dir=self.root)
        except OSError as error:
            raise GradingError(
                f"{self.short(self.root)}: submissions cannot be filed there ({error.strerror}); "
                "it must be a folder in which you may write, on a disk that is not full."
            ) from None
        with made as folder:
            yield Path(folder)

    def place(self, student: str, chapter: str) -> Path:
        """The folder of one submission."""
        step = self.directory.submitted_directory
        return Path(self.directory.format_path(step, student, chapter))

    def holds(self, student: str, chapter: str, data: bytes) -> bool:
        """Whether this very notebook is there already, and no link on the way to it."""
        place = self.place(student, chapter)
        path = place / f"{chapter}.ipynb"
        if any(each.is_symlink() for each in (*self._levels(place), path)):
            return False
        try:
            return path.stat().st_size == len(data) and path.read_bytes() == data
        except OSError:
            return False

    def file(self, made: Path, student: str, chapter: str, replace: bool) -> State:
        """Put the folder `made` in its place; Refused where another one is there.

        With `replace` that other one is moved away, and kept.
        """
        place, notebook = self.place(student, chapter), f"{chapter}.ipynb"
        self._check_names(place)
        moved = None
        try:
            if place.exists():
                if _same(made / notebook, place / notebook):
                    return "already there"
                moved = self._make_room(place, made / notebook, replace)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.rename(made, place)
        except OSError as error:
            if moved and not place.exists():
                os.rename(moved, place)
            raise Refused(f"{self.short(place)} cannot be written: {error.strerror}") from None
        for path in self._levels(place):
            self._names(path.parent)[folded(path.name)] = path.name
        return "replaced" if moved else "filed"

    def short(self, path: Path) -> str:
        """The path as seen from the course's folder."""
        inside = path.is_relative_to(self.directory.root)
        return path.relative_to(self.directory.root).as_posix() if inside else str(path)

    def _check_names(self, place: Path) -> None:
        """Refused where a link, or a name that differs by capitals, is in the way."""
        for path in self._levels(place):
            if path.is_symlink():
                raise Refused(f"{self.short(path)} is a link: put a folder in its place")
            other = self._names(path.parent).get(folded(path.name), path.name)
            if other != path.name:
                raise Refused(f"{path.name} differs only in its capitals or accents from {other}")

    def _levels(self, place: Path) -> list[Path]:
        """The folders from the root of all submissions, itself left out, down to this one."""
        inside = place.relative_to(self.root).parts
        return [self.root.joinpath(*inside[:depth]) for depth in range(1, len(inside) + 1)]

    def _names(self, folder: Path) -> dict[str, str]:
        if folder not in self._listed:
            names = os.listdir(folder) if folder.is_dir() else []
            self._listed[folder] = {folded(name): name for name in names}
        return self._listed[folder]

    def _make_room(self, place: Path, notebook: Path, replace: bool) -> Path:
        """Move away what is in a place, unless `notebook` is older; say where to."""
        kept = self.root / REPLACED / place.relative_to(self.root)
        for old in kept.glob(f"*/{notebook.name}"):
            if _same(old, notebook):
                where = self.short(old.parent)
                raise Refused(f"it is an earlier one that was replaced, and is kept in {where}")
        if not replace:
            raise Refused(
                f"another one is in {self.short(place)}: "
                "with --replace it is moved away, and this one put in its place"
            )
        kept.mkdir(parents=True, exist_ok=True)
        now, number = datetime.now().strftime("%Y-%m-%d-%H%M%S"), 1
        while (aim := kept / f"{now}-{number}").exists():
            number += 1
        os.rename(place, aim)
        return aim


def _same(one: Path, other: Path) -> bool:
    """Whether two files have the same bytes; a link is no file here."""
    if any(path.is_symlink() or not path.is_file() for path in (one, other)):
        return False
    return filecmp.cmp(one, other, shallow=False)
