"""CSV files for spreadsheets: written whole or not at all, and no cell of text is a formula."""

from __future__ import annotations

import csv
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from helpers.errors import GradingError

__all__ = ["number", "plain", "whole", "write_rows"]

# What spreadsheets take for the begin of a formula, in ASCII and in full width (OWASP's list).
FORMULA = re.compile(r"[\s]*[=+\-@＝＋－＠]|[\t\r\n]")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")
DASH = "-"  # alone it is no formula: Moodle's word for no grade


def plain(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula.

    >>> plain("=1+1"), plain("-3.5"), plain("ada")
    ("'=1+1", '-3.5', 'ada')
    """
    if text != DASH and FORMULA.match(text) and not NUMBER.match(text):
        return f"'{text}"
    return text


def number(value: float | None, absent: str = "") -> str:
    """A number as short as it can be without losing any of it.

    >>> number(2.0), number(0.75), number(None)
    ('2', '0.75', '')
    """
    if value is None:
        return absent
    return str(int(value)) if value == int(value) else repr(round(value, 6))


def write_rows(rows: Iterable[Sequence[str]], file: TextIO) -> int:
    """Write rows as CSV, one after the other, and return how many; all text is made plain."""
    writer, count = csv.writer(file, lineterminator="\n"), 0
    for count, row in enumerate(rows, 1):  # noqa: B007
        writer.writerow([plain(cell) for cell in row])
    return count


@contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """A text file to write that takes its place when it is complete; `-` is standard output."""
    if str(path) == "-":
        yield sys.stdout
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise GradingError(
            f"{path}: cannot be written ({error.strerror}); name another file with -o"
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
