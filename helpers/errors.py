"""The exceptions of the course, one tree.

    CourseError                 whatever the course itself finds wrong; `course` prints it, exits 2
    ├── DataError               a data set cannot be had: no network, a damaged file, a wrong name
    ├── GradingError            submissions cannot be collected, graded or reported as asked
    ├── LessonError             a lesson's source breaks a rule of the builder: file and line
    ├── NotebookError           a notebook cannot be read, or cannot be repaired
    ├── MachineError            this machine cannot do what was asked: port, kernel, disk, Python
    └── TrainingError           a training cannot begin or go on as it was asked to

The text of each is one sentence that says what is wrong and what to do about it.  A student's
mistake in an exercise is no exception of this tree: a check reports it in its own words.
"""

from __future__ import annotations

__all__ = [
    "CourseError",
    "DataError",
    "GradingError",
    "LessonError",
    "MachineError",
    "NotebookError",
    "TrainingError",
]


class CourseError(Exception):
    """The base of everything that the course raises on purpose.

    >>> raise CourseError("There is no chapter 99.")
    Traceback (most recent call last):
        ...
    helpers.errors.CourseError: There is no chapter 99.
    """

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython shows in place of a traceback: the text alone."""
        return str(self).splitlines()


class DataError(CourseError):
    """A data set cannot be had as asked for: no network, a damaged file, an unknown name."""


class GradingError(CourseError):
    """Submissions cannot be collected, graded, reported or exported as asked; nothing is lost."""


class LessonError(CourseError):
    """A lesson's source breaks a rule of the builder; the text begins with `file:line:`."""


class NotebookError(CourseError):
    """A notebook is corrupt, truncated, of an old format, or cannot be repaired."""


class MachineError(CourseError):
    """The machine lacks something: a free port, a kernel, disk space, a recent Python."""


class TrainingError(CourseError):
    """Training cannot begin or go on as asked: losses, batches, arguments, a checkpoint."""
