"""What the name of a file says: who handed it in, and which file it was.

A name comes from outside: `parts` refuses every one that could lead out of a folder, on any
system, and `student_id` lets through only what is one plain folder name everywhere.

Who handed it in is the number that the learning platform gives.  Canvas's is the person's own.
Moodle's is of one assignment: the same person has another one in another assignment, for so
Moodle names what is handed in.  `course export --format moodle` writes it in the column
`Identifier`, as "Participant 2001".  A group's submission has the group's number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PureWindowsPath

__all__ = [
    "Handed",
    "Refused",
    "folded",
    "handed_in",
    "is_litter",
    "is_platforms",
    "parts",
    "shown",
    "student_id",
]

MOODLE = re.compile(
    r"(?P<person>[^_]+)_(?P<number>[0-9]+)_assignsubmission_[a-z]+(?:_(?P<file>.*))?", re.DOTALL
)
# The name is made of letters alone, or nearly; the first two numbers are the person's and the
# file's, for what follows is the student's own choice: "01_backpropagation.ipynb".
CANVAS = re.compile(
    r"(?:(?:LATE_)?anon_(?P<code>[A-Za-z0-9]+)|(?P<person>\S+?)_(?:(?i:late)_)?(?P<number>[0-9]+))"
    r"_[0-9]+_(?P<file>.+)",
    re.DOTALL,
)
DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{port}{number}" for port in ("com", "lpt") for number in range(10)
}
LITTER = {"__macosx", ".ds_store", ".ipynb_checkpoints", "thumbs.db", "desktop.ini"}
LONGEST = 128  # of a student's id: nbgrader's column
PLAIN = "STUDENT/CHAPTER.ipynb, STUDENT/CHAPTER/CHAPTER.ipynb or STUDENT.ipynb"


class Refused(Exception):
    """Something handed in is not taken; the text is the reason, after the name and a colon."""


@dataclass(frozen=True)
class Handed:
    """A file that somebody handed in: what its place and its name say."""

    student: str
    file: str  # its name as the student chose it; empty where the student's id stands there
    person: str = ""  # the name that the learning platform puts before the number
    folder: str = ""  # the chapter whose name the folder has


def parts(path: str) -> tuple[str, ...]:
    """The names in a path that leads downwards from where it is; Refused for any other.

    >>> parts("ada/01_backpropagation.ipynb")
    ('ada', '01_backpropagation.ipynb')
    >>> parts("ada/../../.bashrc")
    Traceback (most recent call last):
        ...
    helpers.grading.collecting.names.Refused: its name leads out of the folder ('..')
    """
    if not path or "\0" in path:
        raise Refused("its name is empty or has a NUL in it")
    if any("\ud800" <= letter <= "\udfff" for letter in path):
        raise Refused(
            "its name is not in UTF-8: pack the archive again with names in UTF-8, "
            "or unpack it, give the file such a name, and collect the folder"
        )
    if "\\" in path:
        raise Refused("its name has a backslash, which on Windows leads to another folder")
    if path.startswith("/"):
        raise Refused("its name is an absolute path")
    names = tuple(name for name in path.split("/") if name not in ("", "."))
    if ".." in names:
        raise Refused("its name leads out of the folder ('..')")
    if any(PureWindowsPath(name).drive for name in names):
        raise Refused("its name has a drive letter")
    if not names:
        raise Refused("its name is empty")
    return names


def is_litter(names: tuple[str, ...]) -> bool:
    """Whether a system or Jupyter put the file there by itself.

    >>> is_litter(("ada", ".ipynb_checkpoints", "01_mini-checkpoint.ipynb"))
    True
    """
    return any(name.lower() in LITTER or name.startswith("._") for name in names)


def is_platforms(name: str) -> bool:
    """Whether Moodle or Canvas gave this name to what one person handed in.

    >>> is_platforms("lovelaceada_11_901_work"), is_platforms("submissions")
    (True, False)
    """
    return bool(MOODLE.fullmatch(name) or CANVAS.fullmatch(name))


def handed_in(names: tuple[str, ...], chapters: Collection[str]) -> Handed:
    """Who handed in the notebook at this place, by Moodle's names, Canvas's or plain folders.

    A folder with Canvas's name is a zip file that somebody handed in, unpacked; one with a folder
    of a chapter in it is a student's, whatever its name.

    >>> handed_in(("Ada Lovelace_4711_assignsubmission_file", "mine.ipynb"), ["01_mini"]).student
    '4711'
    >>> handed_in(("lovelaceada_late_11_901_01_mini-1.ipynb",), ["01_mini"]).file
    '01_mini-1.ipynb'
    """
    first, last = names[0], names[-1]
    if moodle := MOODLE.fullmatch(first):
        file = last if len(names) > 1 else moodle["file"] or ""
        return Handed(student_id(moodle["number"]), file, person=moodle["person"])
    if "_assignsubmission_" in first:
        raise Refused("Moodle gave it no number by which to know whose it is")
    unpacked = len(names) > 1 and names[1] not in chapters
    if (len(names) == 1 or unpacked) and (canvas := CANVAS.fullmatch(first)):
        number = canvas["number"] or canvas["code"]
        file = last if len(names) > 1 else canvas["file"]
        return Handed(student_id(number), file, person=canvas["person"] or "")
    stem = last[: -len(".ipynb")] if len(names) == 1 else first
    if stem in chapters:
        raise Refused(f"{stem} is a chapter: the student's name is looked for in its place")
    if len(names) > 3 or (len(names) == 3 and names[1] not in chapters):
        raise Refused(f"it does not lie where notebooks are looked for: {PLAIN}")
    folder = names[1] if len(names) == 3 else ""
    return Handed(student_id(stem), last if len(names) > 1 else "", folder=folder)


def student_id(text: str) -> str:
    """The id that nbgrader, the gradebook and every file system take; Refused if it is none.

    nbgrader itself forbids '*' and '+', strips spaces, separates ids by commas and matches them
    as patterns; a folder must not be hidden, reserved, or the same as another but for capitals.

    >>> student_id("José-3")
    'José-3'
    """
    name = unicodedata.normalize("NFC", text)
    odd = [letter for letter in name if not _is_plain(letter)]
    if odd:
        raise Refused(f"{shown(name)} cannot be a student's id: it has {shown(odd[0])!r} in it")
    if not name or name != name.strip() or name[0] in ".-" or name[-1] == ".":
        raise Refused(
            f"'{name}' cannot be a student's id: it begins or ends with a space, dot or hyphen"
        )
    if len(name.encode()) > LONGEST:
        raise Refused(f"{shown(name)} cannot be a student's id: it is longer than {LONGEST} bytes")
    if folded(name).partition(".")[0].rstrip() in DEVICES:
        raise Refused(f"{name} cannot be a student's id: Windows has a device of that name")
    return name


def folded(name: str) -> str:
    """The name as a file system sees it that does not tell capitals apart.

    >>> folded("Ada") == folded("ADA")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def shown(text: str, longest: int = 160) -> str:
    """The text for a terminal: nothing in it can move the cursor, and a cut is seen.

    >>> shown("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    plain = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return plain if len(plain) <= longest else f"{plain[: longest // 2]} … {plain[-40:]}"


def _is_plain(letter: str) -> bool:
    return letter in " '-.@_" or unicodedata.category(letter)[0] in "LMN"
