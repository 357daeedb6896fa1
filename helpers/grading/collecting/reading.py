"""Reads archives one file after the other, and makes ready aside what can be taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from helpers.grading.collecting.chapters import Chapters, parse
from helpers.grading.collecting.entries import NOTEBOOK_BYTES, Entry, entries
from helpers.grading.collecting.filing import TIMESTAMP, Shelf, fingerprint, time_in
from helpers.grading.collecting.names import (
    Refused,
    handed_in,
    is_litter,
    is_platforms,
    parts,
    student_id,
)
from helpers.grading.collecting.outcome import Found, Outcome

__all__ = ["Reader"]

TOTAL_BYTES = 20 * 2**30  # of all that is read in one call, unpacked
ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".7z", ".rar", ".zst")


class Reader:
    """Reads archives, one file after the other, and makes ready what can be taken."""

    def __init__(self, chapters: Chapters, asked: str, aside: Path, shelf: Shelf) -> None:
        self.chapters, self.asked, self.aside, self.shelf = chapters, asked, aside, shelf
        self._times: dict[tuple[Path, str, str], str] = {}  # archive, student, chapter
        self.bytes_read = self.made = 0

    def read(self, archive: Path) -> Iterator[Outcome | Found]:
        """What is found in an archive, or the reason why something is not taken."""
        empty = True
        try:
            above = _above(archive)
            for entry in entries(archive):
                empty = False
                outcome = Outcome(archive, entry.name, "refused")
                try:
                    yield self._take(entry, outcome, above)
                except Refused as error:
                    yield replace(outcome, reason=str(error))
        except Refused as error:
            yield Outcome(archive, "", "refused", str(error))
        else:
            if empty:
                yield Outcome(archive, "", "refused", "there is nothing in it")

    def time_of(self, outcome: Outcome) -> str:
        """When it was submitted, if the archive told; else empty."""
        return self._times.get((outcome.archive, outcome.student, outcome.chapter), "")

    def _take(self, entry: Entry, outcome: Outcome, above: tuple[str, ...]) -> Outcome | Found:
        names = above + parts(entry.name)
        if is_litter(names):
            return replace(outcome, state="left out")
        if entry.fault:
            raise Refused(entry.fault)
        if names[-1] == TIMESTAMP and len(names) == 3 and names[1] in self.chapters.own:
            key = outcome.archive, student_id(names[0]), names[1]
            self._times[key] = time_in(self._bytes(entry))
            return replace(outcome, state="left out")
        suffix = os.path.splitext(names[-1])[1].lower()
        if suffix in ARCHIVES:
            raise Refused("it is an archive in the archive: unpack it, and collect its folder")
        if suffix != ".ipynb":
            raise Refused("it is no notebook: its name does not end in .ipynb")
        handed = handed_in(names, self.chapters.own)
        outcome = replace(outcome, student=handed.student, person=handed.person)
        data = self._bytes(entry)
        chapter, evident = self.chapters.of(parse(data), handed, self.asked)
        there = self.shelf.holds(handed.student, chapter, data)
        made = self._make(data, chapter, there)
        outcome = replace(outcome, chapter=chapter)
        return Found(outcome, made, fingerprint(data), evident, there)

    def _bytes(self, entry: Entry) -> bytes:
        if self.bytes_read > TOTAL_BYTES:
            raise Refused(f"{TOTAL_BYTES // 2**30} GB were read in this call: collect it by itself")
        try:
            data = entry.read()
        except Refused:
            self.bytes_read += NOTEBOOK_BYTES  # at the most: it may have been too large
            raise
        self.bytes_read += len(data)
        return data

    def _make(self, data: bytes, chapter: str, there: bool) -> Path:
        self.made += 1
        folder = self.aside / str(self.made)
        if not there:
            folder.mkdir()
            (folder / f"{chapter}.ipynb").write_bytes(data)
        return folder


def _above(archive: Path) -> tuple[str, ...]:
    """The name of the folder itself, where it tells who handed in the one notebook in it.

    Whoever handed it in chose all names below, so that none of those can tell.
    """
    name = archive.resolve().name
    if not archive.is_dir() or not is_platforms(name):
        return ()
    found = [tuple(entry.name.split("/")) for entry in entries(archive)]
    count = sum(names[-1].lower().endswith(".ipynb") and not is_litter(names) for names in found)
    if count > 1:
        raise Refused(
            f"it has the name of what one person handed in, and {count:,} notebooks in it: "
            "leave the one that counts, or, if they are of several persons, rename the folder"
        )
    return (name,)
