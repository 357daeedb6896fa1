"""The chapters of the course, what their students must never see, and nbgrader's commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from helpers.authoring.build import Chapter
from helpers.authoring.lesson import Lesson, read, visible

ROOT = Path(__file__).parents[2]
SHORT = 8  # characters; a shorter line, such as "else:", betrays nothing
REGION = r"(?ms)^[^\n]*BEGIN {0}[^\n]*\n(.*?)^[^\n]*END {0}[^\n]*$"


CHAPTERS = [Chapter(source) for source in sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a chapter runs for every chapter."""
    if "chapter" in metafunc.fixturenames:
        metafunc.parametrize("chapter", CHAPTERS, ids=lambda c: c.name, scope="session")


@pytest.fixture(scope="session")
def lesson(chapter: Chapter) -> Lesson:
    """The chapter's text, read."""
    return read(chapter.source)


@pytest.fixture(scope="session")
def released(chapter: Chapter) -> nbformat.NotebookNode:
    """The students' notebook."""
    return nbformat.read(chapter.students, as_version=4)


class Secrets:
    """Lines of a lesson that a student must not get: solutions, and hidden checks."""

    def __init__(self, lesson: Lesson) -> None:
        self.public = "\n".join(self._public(lesson))
        right = [
            region
            for cell in lesson.cells
            if cell.kind in ("solve", "answer")
            for region in re.findall(REGION.format("SOLUTION"), cell.source)
        ]
        right += [cell.source for cell in lesson.cells if cell.kind == "alternative"]
        hidden = [
            region
            for cell in lesson.cells
            for region in re.findall(REGION.format("HIDDEN TESTS"), cell.source)
        ]
        self.solutions, self.hidden = self._lines(right), self._lines(hidden)

    def _lines(self, sources: list[str]) -> list[str]:
        lines = {line.strip() for source in sources for line in source.splitlines()}
        return sorted(x for x in lines if len(x) >= SHORT and x not in self.public)

    @staticmethod
    def _public(lesson: Lesson) -> Iterator[str]:
        for cell in lesson.cells:
            if cell.kind in ("text", "code", "given", "hint"):
                yield cell.source
            elif cell.kind == "check":
                yield visible(cell).source
            elif cell.kind in ("solve", "answer"):
                yield re.sub(REGION.format("SOLUTION"), "", cell.source)


@pytest.fixture(scope="session")
def secrets(lesson: Lesson) -> Secrets:
    """What the lesson keeps from students."""
    return Secrets(lesson)


class Course:
    """A folder with the course's nbgrader settings and instructor's notebooks."""

    def __init__(self, folder: Path, chapter: Chapter) -> None:
        self.folder, self.chapter = folder, chapter
        shutil.copy(ROOT / "nbgrader_config.py", folder)
        source = folder / "solutions" / chapter.name
        source.mkdir(parents=True)
        shutil.copy(chapter.instructors, source)
        self.database = f"sqlite:///{folder / 'grading' / 'gradebook.db'}"

    def nbgrader(self, *arguments: str) -> str:
        """Runs a command of nbgrader, away from the settings of whoever runs the tests."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        own = {"PATH": path, "MPLBACKEND": "agg", "IPYTHONDIR": str(self.folder / "ipython")}
        own |= {f"JUPYTER_{x}_DIR": str(self.folder / x) for x in ("CONFIG", "DATA", "RUNTIME")}
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=self.folder,
            env=os.environ | own,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout + done.stderr

    def place(self, *parts: str, suffix: str = "ipynb") -> Path:
        """Where nbgrader keeps a notebook of the chapter: course, or grading/submitted/ada."""
        return self.folder.joinpath(*parts, self.chapter.name, f"{self.chapter.name}.{suffix}")


@pytest.fixture(scope="module")
def course(chapter: Chapter, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A new course with one chapter."""
    return Course(tmp_path_factory.mktemp(chapter.name), chapter)
