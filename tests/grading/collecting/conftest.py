"""A small course, archives to collect into it, and a probe that sees what changes around it."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.grading.collect import Outcome, collect

CONFIG = """
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "grading/submitted"
"""
CELLS = {"01_mini": ["setup", "double", "double_check"], "02_more": ["setup", "halve"]}


@dataclass
class Course:
    """A course in a folder, with things around it that nothing may touch."""

    around: Path

    @staticmethod
    def of(chapter: str, note: str = "") -> bytes:
        """A notebook of a chapter, or of none; with another note it has other bytes."""
        cells: list[dict[str, Any]] = [
            {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": name}}, "source": note}
            for name in CELLS.get(chapter, [])
        ]
        cells.append({"cell_type": "markdown", "metadata": {}, "source": note})
        return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}).encode()

    @property
    def folder(self) -> Path:
        return self.around / "course"

    @property
    def submitted(self) -> Path:
        return self.folder / "grading" / "submitted"

    def zip(self, entries: Mapping[str, bytes], name: str = "class.zip") -> Path:
        """A zip file in the folder `given`."""
        path = self.around / "given" / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, data in entries.items():
                archive.writestr(entry, data)
        return path

    def given(self, entries: Mapping[str, bytes], name: str = "class") -> Path:
        """A folder in the folder `given`."""
        root = self.around / "given" / name
        for entry, data in entries.items():
            path = root / entry
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return root

    def collect(self, *archives: Path, chapter: str | None = None, **more: bool) -> list[Outcome]:
        """What `collect` says of archives."""
        return collect(archives, self.folder, chapter, **more)

    def told(self, *archives: Path, **more: Any) -> list[tuple[str, str, str]]:
        """Entry, state and reason of each file that is collected."""
        return [
            (outcome.entry, outcome.state, outcome.reason)
            for outcome in self.collect(*archives, **more)
        ]

    def filed(self) -> dict[str, bytes]:
        """Every file below the folder of submissions; hidden ones too."""
        return {
            path.relative_to(self.submitted).as_posix(): path.read_bytes()
            for path in self.submitted.rglob("*")
            if path.is_file() or path.is_symlink()
        }

    def outside(self) -> dict[str, tuple[int, int, bytes | str]]:
        """Everything around the folder of submissions: kind and rights, links, content."""
        found: dict[str, tuple[int, int, bytes | str]] = {}
        for path in sorted(self.around.rglob("*")):
            if path.is_relative_to(self.submitted):
                continue
            facts = path.lstat()
            content: bytes | str = b""
            if path.is_symlink():
                content = os.readlink(path)
            elif path.is_file():
                content = path.read_bytes()
            found[str(path)] = (facts.st_mode, facts.st_nlink if path.is_file() else 0, content)
        return found


@pytest.fixture
def course(tmp_path: Path) -> Course:
    course = Course(tmp_path)
    for chapter in CELLS:
        place = course.folder / "course" / chapter
        place.mkdir(parents=True)
        (place / f"{chapter}.ipynb").write_bytes(course.of(chapter))
    (course.folder / "nbgrader_config.py").write_text(CONFIG.format(root=str(course.folder)))
    course.submitted.mkdir(parents=True)
    (tmp_path / "given").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "victim.ipynb").write_bytes(b"the instructor's own")
    return course
