"""The tree of exceptions: a notebook shows the sentence alone."""

from __future__ import annotations

import pytest

from helpers import errors


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "CourseError"])
def test_every_exception_of_the_course_has_one_root(name: str) -> None:
    assert issubclass(getattr(errors, name), errors.CourseError)


def test_a_notebook_shows_the_sentence_and_no_traceback() -> None:
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shown: list[str] = []
    shell._showtraceback = lambda kind, error, lines: shown.extend(lines)  # type: ignore
    shell.run_cell("from helpers.errors import DataError; raise DataError('Not here: go there.')")
    assert shown == ["Not here: go there."]
