"""What `course collect` does: files what students handed in under nbgrader's submissions.

All that is given is read before anything is filed, so that two notebooks of one student for one
chapter are seen whichever comes first.  No time is taken from an archive's entries: Moodle and
Canvas write there when they were asked for the archive, and others when a file was last saved.
Only nbgrader's own timestamp.txt, in STUDENT/CHAPTER/, is taken along.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from helpers.errors import GradingError
from helpers.grading.collecting.chapters import Chapters
from helpers.grading.collecting.filing import TIMESTAMP, Shelf
from helpers.grading.collecting.names import Refused, shown
from helpers.grading.collecting.outcome import STATES, Found, Outcome, State
from helpers.grading.collecting.reading import Reader
from helpers.grading.collecting.rivals import rivals
from helpers.grading.collecting.several import by_chapter, mixed
from helpers.grading.gradebook.people import name_students
from helpers.grading.settings import settings
from helpers.progress import bar

__all__ = ["Outcome", "collect", "collect_command"]


def collect_command(
    archives: Sequence[Path], chapter: str | None, replace: bool, course: Path = Path(".")
) -> int:
    """What `course collect` does: 0 when nothing was refused, 1 when something was."""
    outcomes = collect(archives, course, chapter, replace=replace)
    for outcome in outcomes:
        if outcome.state == "refused":
            where = "/".join(filter(None, (outcome.archive.name, outcome.entry)))
            print(f"{shown(where)}: {outcome.reason}")
    counts = Counter(outcome.state for outcome in outcomes)
    for state in STATES:
        if counts[state] or state == "filed":
            print(f"{state:<13}  {counts[state]:>6,}{by_chapter(outcomes, state)}")
    for sentence in mixed(outcomes):
        print(sentence)
    names = {each.student: each.person for each in outcomes if each.path and each.person}
    try:
        name_students(settings(course.resolve()), names)
    except GradingError as error:  # what was filed stays filed
        print(f"The students' names are not in the gradebook: {error}")
    return int(counts["refused"] > 0)


def collect(
    archives: Sequence[Path], course: Path, chapter: str | None = None, *, replace: bool = False
) -> list[Outcome]:
    """File the notebooks in zip files and folders; returns what became of each file in them.

    What is there is never overwritten: with `replace`, another notebook of the same student and
    chapter is moved to .replaced/ beside the submissions.  Raises GradingError for a mistake in
    the call, before anything is done.

    >>> outcomes = collect([Path("moodle.zip")], Path("."), "01_mini")  # doctest: +SKIP
    >>> [outcome.reason for outcome in outcomes if outcome.state == "refused"]  # doctest: +SKIP
    """
    course = course.resolve()
    shelf = Shelf(settings(course).course)
    directory = shelf.directory
    folders = [Path(directory.root, directory.release_directory)]
    folders.append(Path(directory.root, directory.source_directory))
    chapters = Chapters.read(folders)
    asked = "" if chapter is None else chapters.asked(chapter)
    _check_call(archives, course)
    with shelf.aside() as aside:
        reader = Reader(chapters, asked, aside, shelf)
        read = chain.from_iterable(reader.read(archive) for archive in archives)
        results: list[Outcome | Found] = list(bar(read, description="collecting"))
        return list(_file(results, reader, shelf, replace))


def _check_call(archives: Sequence[Path], course: Path) -> None:
    for archive in archives:
        if not archive.is_dir() and not archive.is_file():
            raise GradingError(f"{archive} is neither a zip file nor a folder.")
        if course.is_relative_to(archive.resolve()):
            raise GradingError(f"{archive} holds the course itself: name the folder handed in.")


def _file(
    results: list[Outcome | Found], reader: Reader, shelf: Shelf, replacing: bool
) -> Iterator[Outcome]:
    """The outcomes, in the order of what was found."""
    reasons = rivals([result for result in results if isinstance(result, Found)])
    for result in results:
        if isinstance(result, Outcome):
            yield result
        elif reason := reasons.get(result.made):
            yield replace(result.outcome, reason=reason)
        else:
            time = reader.time_of(result.outcome)
            if time and not result.there:
                (result.made / TIMESTAMP).write_text(time, encoding="ascii")
            yield _file_one(result, shelf, replacing)


def _file_one(found: Found, shelf: Shelf, replacing: bool) -> Outcome:
    student, chapter = found.outcome.student, found.outcome.chapter
    try:
        state: State = "already there"
        if not found.there:
            state = shelf.file(found.made, student, chapter, replacing)
    except Refused as error:
        return replace(found.outcome, reason=str(error))
    path = shelf.place(student, chapter) / f"{chapter}.ipynb"
    return replace(found.outcome, state=state, path=path)
