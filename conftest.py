"""How pytest reads the instructors' notebooks: strictly, cell by cell, decimals with a tolerance.

nbval runs a notebook and holds each new output against the stored one. What it leaves out or
cannot do is done here: numbers (helpers.authoring.tolerance), pictures, cells without outputs.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from nbval.plugin import IPyNbCell, IPyNbFile
from xdist.scheduler import LoadFileScheduling

from helpers.authoring.execution import WIDGET
from helpers.authoring.tolerance import agree, first_difference

# How long an example takes says how busy the machine is, and no more.
settings.register_profile("course", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if not os.environ.get("CI"):  # hypothesis has a profile of its own there: the same, nothing random
    settings.load_profile("course")

collect_ignore_glob = ["solutions/*.py"]  # a lesson is no module: its mistakes would run too
DEVICE = re.compile(r"(?m)^Device: .*\n?")  # helpers.device says on what it runs: not compared
CHAPTER = re.compile(r"\[(?:\w+-)?(\d\d_[a-z]+)\b")  # in the name of a test of a chapter
PICTURES = ("image/png", "image/jpeg", "image/svg+xml", "application/pdf")  # must be there


class Cell(IPyNbCell):
    """A code cell: runs, raises nothing, and says what it said when the notebook was built."""

    def runtest(self) -> None:
        """nbval would compare nothing where the stored cell was never run."""
        if self.cell.source.strip() and self.cell.execution_count is None:
            self.raise_cell_error("The stored cell was never run; run: course build")
        super().runtest()

    def compare_outputs(self, test: Any, ref: Any, skip_compare: Any = None) -> bool:
        """Whether a cell's outputs (test) agree with the stored ones (ref), kind by kind."""
        stored, now = _by_kind(ref), _by_kind(test)
        self.comparison_traceback = [
            f"{kind}: {len(stored[kind])} stored, {len(now[kind])} now"
            for kind in sorted({*stored, *now})
            if len(stored[kind]) != len(now[kind])
        ] or [
            f"{kind}:\n{first_difference(old, new)}"
            for kind in stored
            for old, new in zip(stored[kind], now[kind], strict=True)
            if not agree(old, new)
        ]
        return not self.comparison_traceback


class Notebook(IPyNbFile):
    """A notebook whose cells are compared as above."""

    def collect(self) -> Iterator[Cell]:
        """nbval's cells, made ours."""
        for cell in super().collect():
            facts = {key: getattr(cell, key) for key in ("name", "cell_num", "cell", "options")}
            yield Cell.from_parent(self, **facts)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: Any) -> Iterator[None]:
    """Puts our notebooks in the place of nbval's."""
    found = yield
    return [
        Notebook.from_parent(parent, path=file_path) if isinstance(each, IPyNbFile) else each
        for each in found
    ]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Chapters train networks, so their tests begin: what ends last is short."""
    items.sort(key=lambda item: not CHAPTER.search(item.nodeid))


class ByChapter(LoadFileScheduling):
    """With several workers: a file is one worker's, a chapter's part of it may be another's."""

    def _split_scope(self, nodeid: str) -> str:
        chapter = CHAPTER.search(nodeid)
        return f"{super()._split_scope(nodeid)} {chapter[1] if chapter else ''}"


@pytest.hookimpl(optionalhook=True)  # without xdist nobody knows it
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByChapter:
    """xdist asks for it where there is more than one worker."""
    return ByChapter(config, log)


def _by_kind(outputs: Iterable[Any]) -> dict[str, list[Any]]:
    """The contents of outputs by kind: stdout, stderr, error, or the type of data shown."""
    kinds = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            if text := DEVICE.sub("", output.text):
                kinds[output.name].append(text)
        elif output.output_type == "error":
            kinds["error"].append(f"{output.ename}: {output.evalue}")
        for kind, content in output.get("data", {}).items():
            if kind != WIDGET:  # holds a random number
                kinds[kind].append("a picture" if kind in PICTURES else content)
    return kinds


@pytest.fixture(autouse=True)
def _device_announced(request: pytest.FixtureRequest) -> None:
    """An example of training shows its results, not on which device the tests happen to run."""
    trains = ("helpers.running", "helpers.training")
    if isinstance(request.node, pytest.DoctestItem) and request.node.name.startswith(trains):
        with redirect_stdout(None):
            import_module("helpers.device").device()
