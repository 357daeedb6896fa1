"""What can come of a check, apart from passing.

Exception
├── NotImplementedError          the exercise has not been begun
├── AssertionError
│   └── StudentMistake           the student's answer is wrong: says what, where and what to try
└── CourseError
    └── BrokenCheck              the check itself is at fault: never the student's
"""

from __future__ import annotations

from helpers.errors import CourseError


class StudentMistake(AssertionError):
    """A wrong answer; its text is the whole message, so notebooks show no traceback.

    ``mistake`` is the name of the recognised mistake, or None.
    """

    def __init__(self, message: str, mistake: str | None = None) -> None:
        super().__init__(message)
        self.mistake = mistake

    def _render_traceback_(self) -> list[str]:
        """Lines that IPython shows in place of a traceback."""
        return str(self).splitlines()


class BrokenCheck(CourseError):
    """The check could not judge: the notebook and `helpers` disagree, or the author erred."""
