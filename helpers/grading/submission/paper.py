"""A chapter as it is graded with: its cells, and what of them is run on which side.

Students' cells run in the student's process. Checks run in the checker's, where a name is either
trusted (made by the given cells from nothing that a student wrote) or remote: an object in the
student's process. Which is which follows from the instructor's notebook alone.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from helpers.check.record import FOLDER as RECORDED
from helpers.grading.submission import names

__all__ = ["Cell", "Paper", "make_paper", "sealed"]

Kind = Literal["given", "solve", "check", "answer", "task", "text", "code"]


@dataclass(frozen=True)
class Cell:
    """One cell of the instructor's notebook."""

    kind: Kind
    id: str
    source: str  # as it is run: with hidden checks; of a student's cell, the stub
    released: str = ""  # as the student got it
    name: str = ""  # grade_id
    exercise: str = ""
    points: float = 0.0
    marks: dict[str, Any] = field(default_factory=dict)  # nbgrader's metadata
    trusted: str = ""  # of a given cell: the statements that also run with the checker
    remote: list[str] = field(default_factory=list)  # of a check: names of the student's to fetch
    shared: list[str] = field(default_factory=list)  # of a check: names that later cells may use

    @property
    def code(self) -> bool:
        """Whether it is a code cell."""
        return self.kind in ("given", "solve", "check", "code")

    @property
    def graded(self) -> bool:
        """Whether it has points."""
        return self.kind in ("check", "answer", "task")

    @property
    def writable(self) -> bool:
        """Whether a student's text counts."""
        return self.kind in ("solve", "answer", "text", "code")


@dataclass(frozen=True)
class Paper:
    """A chapter's cells in order, and a hash of all that a grade depends on."""

    chapter: str
    cells: list[Cell]
    metadata: dict[str, Any]
    modules: list[str] = field(default_factory=list)  # that its cells import
    methods: list[str] = field(default_factory=list)  # of its classes, the solutions' too
    fingerprint: str = ""

    @cached_property
    def text(self) -> bytes:
        """The paper as JSON; it is sent along with every submission."""
        return json.dumps(self.to_json()).encode()

    def to_json(self) -> dict[str, Any]:
        """The paper as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Paper:
        """The paper that to_json wrote down."""
        return cls(**{**data, "cells": [Cell(**cell) for cell in data["cells"]]})


def fingerprint(paper: Paper, submission: bytes) -> str:
    """A hash of all that a verdict depends on."""
    return hashlib.sha256(paper.fingerprint.encode() + submission).hexdigest()


def make_paper(
    chapter: str, instructors: Any, saving: Sequence[Any], releasing: Sequence[Any]
) -> Paper:
    """A paper of an instructor's notebook.

    saving and releasing are nbgrader's preprocessors before and after it saves the cells in the
    gradebook, so that what is graded is what nbgrader knows.
    """
    original = copy.deepcopy(instructors)
    for cell in original.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    saved = _through(saving, original)
    released = _through(releasing, saved)
    cells = [_cell(one, had.source) for one, had in zip(saved.cells, released.cells, strict=True)]
    cells = _sides(cells, [cell.source for cell in original.cells])
    metadata = {key: value for key, value in original.metadata.items() if key != "widgets"}
    sources = [cell.source for cell in original.cells if cell.cell_type == "code"]
    all_of_it = [statement for source in sources for statement in names.statements(source)]
    modules = sorted({name for each in all_of_it for name in names.modules(each)})
    methods = sorted({name for each in all_of_it for name in names.methods(each)})
    return sealed(Paper(chapter, cells, json.loads(json.dumps(metadata)), modules, methods))


def sealed(paper: Paper) -> Paper:
    """The paper with its fingerprint, of which this machine's record of its checks is a part."""
    record = RECORDED / f"{paper.chapter}.json"
    text = json.dumps({**paper.to_json(), "fingerprint": ""}, sort_keys=True).encode()
    text += record.read_bytes() if record.exists() else b""
    return replace(paper, fingerprint=hashlib.sha256(text).hexdigest())


def _through(steps: Sequence[Any], notebook: Any) -> Any:
    resources: dict[str, Any] = {}
    notebook = copy.deepcopy(notebook)
    for step in steps:
        notebook, resources = step.preprocess(notebook, resources)
    return notebook


def _cell(cell: Any, released: str) -> Cell:
    marks = dict(cell.metadata.get("nbgrader", {}))
    return Cell(
        kind=_kind(cell.cell_type == "code", marks),
        id=cell.get("id", ""),
        source=cell.source,
        released=released,
        name=marks.get("grade_id", ""),
        exercise=cell.metadata.get("exercise", ""),
        points=float(marks.get("points", 0.0)),
        marks=marks,
    )


def _kind(code: bool, marks: dict[str, Any]) -> Kind:
    if not marks.get("grade_id"):
        return "code" if code else "text"
    if marks.get("task"):
        return "task"
    if marks.get("grade"):
        return "check" if code and not marks.get("solution") else "answer"
    if marks.get("solution"):
        return "solve" if code else "text"
    return "given" if code else "text"


def _sides(cells: list[Cell], originals: list[str]) -> list[Cell]:
    """The cells with what runs where; originals are their texts with the solutions."""
    bodies = [
        names.statements(text) if cell.code else []
        for cell, text in zip(cells, originals, strict=True)
    ]
    students: set[str] = set()
    while True:  # a function may read what is bound after it
        sorted_out, ever = _sorted_out(cells, bodies, students)
        if ever <= students:
            return sorted_out
        students |= ever


def _sorted_out(
    cells: list[Cell], bodies: list[list[names.Statement]], students: set[str]
) -> tuple[list[Cell], set[str]]:
    """The cells with what runs where, and every name that is remote at some time.

    What functions read when they are called is taken for remote where it is in `students`.
    """
    imported = _bound([each for body in bodies for each in body if names.imported(each)])
    remote: set[str] = set()
    ever: set[str] = set()
    sorted_out = []
    for cell, body in zip(cells, bodies, strict=True):
        if cell.kind == "check":
            own = _bound(body)
            seen = _bound(names.statements(cell.released))
            fetched = sorted(_first_read(body, remote))
            cell = replace(cell, remote=fetched, shared=sorted(seen))
            remote -= own
        else:
            kept = []
            for statement in body:
                theirs = (
                    names.read_now(statement) & remote or names.read_later(statement) & students
                )
                if theirs or (cell.writable and not names.imported(statement)):
                    changed = names.changed(statement)
                    if cell.kind != "code":  # where a demonstration asks the trusted `check`
                        changed |= names.told(statement)
                    remote |= names.bound(statement) | (changed - imported)
                    ever |= remote
                else:
                    remote -= names.bound(statement)
                    kept.append(statement)
            cell = replace(cell, trusted=ast.unparse(ast.Module(kept, [])))
        sorted_out.append(cell)
    return sorted_out, ever


def _bound(body: list[names.Statement]) -> set[str]:
    return {name for statement in body for name in names.bound(statement)}


def _first_read(body: list[names.Statement], remote: set[str]) -> set[str]:
    """Remote names that a check reads before it binds them itself."""
    found: set[str] = set()
    own: set[str] = set()
    for statement in body:
        found |= (names.read_now(statement) | names.read_later(statement)) & (remote - own)
        own |= names.bound(statement)
    return found
