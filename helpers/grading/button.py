"""nbgrader's own autograde (its command, and formgrader's button) through this engine.

nbgrader_config.py calls `use_engine()`: from then on nbgrader's converter finds its submissions
and settings as always, and has the engine grade them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from helpers.errors import CourseError

__all__ = ["use_engine"]


def use_engine() -> None:
    """Let nbgrader's Autograde grade with the engine, in this process."""
    Autograde.convert_notebooks = convert_notebooks


def convert_notebooks(converter: Any) -> None:
    """In place of nbgrader's loop over submissions; without a sandbox it refuses, as we do."""
    from helpers.grading.run import grade

    course = converter.coursedir
    students = sorted(
        Path(folder).relative_to(Path(course.root, course.submitted_directory)).parts[0]
        for folder in converter.assignments
    )
    try:
        summary = grade(
            course.assignment_id, Path(course.root), students=students, again=converter.force
        )
    except CourseError as error:
        converter.log.error(str(error))
        raise NbGraderException(str(error)) from None
    for state, count in summary.states.items():
        converter.log.info("%s: %s", state, count)
    if summary.look_at:
        converter.log.warning("These need a person's eye: %s", summary.look_at)
