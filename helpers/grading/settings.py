"""Where a course's submissions, grades and pages lie: nbgrader's settings, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets import TraitError
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

from helpers.errors import GradingError
from helpers.grading.limits import Limits
from helpers.grading.submission.paper import Paper, make_paper

__all__ = ["Settings", "settings"]

FILE = "nbgrader_config.py"


@dataclass(frozen=True)
class Settings:
    """A course's folder, and what its nbgrader_config.py says."""

    root: Path
    config: Config
    course: CourseDirectory

    @property
    def db_url(self) -> str:
        """The gradebook's database; a file's path is seen from the course's folder."""
        where, path = str(self.course.db_url), "sqlite:///"
        if where.startswith(path) and where != path and ":memory:" not in where:
            return path + str(Path(self.root, where.removeprefix(path)))
        return where

    @property
    def reports(self) -> Path:
        """Where reports and exports go, beside the feedback."""
        return self.folder("feedback").parent / "reports"

    def folder(self, which: str) -> Path:
        """nbgrader's folder for "source", "release", "submitted", "autograded" or "feedback"."""
        return Path(self.root, getattr(self.course, f"{which}_directory"))

    def chapter(self, asked: str) -> str:
        """The name of a chapter that is asked for by its name or its number."""
        names = [path.parent.name for path in self.folder("source").glob("*/*.ipynb")]
        numbered = [name for name in names if name.split("_")[0] == asked.zfill(2)]
        return numbered[0] if len(numbered) == 1 and asked not in names else asked

    def instructors(self, chapter: str) -> Path:
        """The instructor's notebook of a chapter; GradingError where there is none."""
        path = self.folder("source") / chapter / f"{chapter}.ipynb"
        if path.is_file():
            return path
        known = sorted(p.parent.name for p in self.folder("source").glob("*/*.ipynb"))
        there = ", ".join(name for name in known if name) or "none"
        raise GradingError(f"There is no chapter {chapter!r}; there are: {there}.")

    def paper(self, chapter: str) -> Paper:
        """The chapter as it is graded with; its cells as nbgrader saves them in the gradebook."""
        path = self.instructors(chapter)
        try:
            notebook = nbformat.read(path, as_version=4)
        except Exception as error:
            what = str(error).splitlines()[0]
            raise GradingError(f"The chapter's notebook {path} cannot be read ({what}).") from None
        return make_paper(chapter, notebook, self.until_saved(), self.after_saved())

    def until_saved(self) -> list[Any]:
        """nbgrader's preprocessors for a release, up to where it saves cells in the gradebook."""
        return self._release()[0]

    def after_saved(self) -> list[Any]:
        """The preprocessors after it, which take out what students must not see."""
        return self._release()[1]

    @property
    def limits(self) -> Limits:
        """The limits of a submission: a cell may run as long as nbgrader would let it."""
        seconds = self.config.Execute.get("timeout", Limits.cell)
        if not isinstance(seconds, int | float) or seconds <= 0:
            return Limits()
        return Limits(cell=float(seconds), whole=max(Limits.whole, 2.0 * seconds))

    def _release(self) -> tuple[list[Any], list[Any]]:
        steps = GenerateAssignment(config=self.config).preprocessors
        at = next((n for n, step in enumerate(steps) if issubclass(step, SaveCells)), len(steps))
        made = [step(config=self.config) for step in steps]
        return made[:at], made[at + 1 :]


def settings(root: Path = Path(".")) -> Settings:
    """The settings of the course in a folder; GradingError where there are none.

    >>> settings(Path("/nowhere"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    helpers.errors.GradingError: There is no nbgrader_config.py in /nowhere: run this in ...
    """
    root = root.resolve()
    try:
        config = PyFileConfigLoader(FILE, path=str(root)).load_config()
    except ConfigFileNotFound:
        raise GradingError(
            f"There is no {FILE} in {root}: run this in the course's folder."
        ) from None
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise GradingError(f"{root / FILE} cannot be read ({what}).") from None
    if "root" not in config.CourseDirectory:
        config.CourseDirectory.root = str(root)
    try:
        course = CourseDirectory(config=config)
    except TraitError as error:
        raise GradingError(f"{root / FILE} has a setting of the wrong kind: {error}") from None
    return Settings(Path(course.root), config, course)
