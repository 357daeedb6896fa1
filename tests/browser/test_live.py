"""Chapters whose explorers are live figures, in JupyterLab: their run, and every figure."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from .coursework import Chapter, copy_of_course
from .explorers import figure_follows, picture_changes
from .lab_server import LabServer, course_lab
from .notebook_page import NotebookPage, run_solved

CHAPTERS = [
    Chapter("09_recurrent", {"(128, 20)": "(128, 1)", "(128, 8)": "(128, 1)"}),
    Chapter("10_lstm", {"(60, 40, 10)": "(60, 40, 1)", "tdnn(width, 4), 12": "tdnn(width, 4), 1"}),
    Chapter("11_autoencoders", {"([64, 32], 45)": "([64, 32], 2)", "200), 8": "200), 2",
                                "(step, x_train, epochs,": "(step, x_train, 2,"}),
    Chapter("12_variational", {"= pictures.x_train,": "= pictures.x_train[:64],"}),
    Chapter("14_adversarial", {"normal((256, 1)), 50, k": "normal((256, 1)), 2, k",
                               "digit_gan(epochs=50)": "digit_gan(epochs=1)",
                               "digits_on_demand(epochs=40)": "digits_on_demand(epochs=1)"}),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """`course lab` on what a student has, with these chapters solved beside it."""
    root = copy_of_course(tmp_path_factory.mktemp("student"), "course", "nbgrader_config.py")
    for chapter in CHAPTERS:
        nbformat.write(chapter.solved(), root / "course" / chapter.solved_notebook)
    with course_lab(root, tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="module", params=CHAPTERS, ids=lambda chapter: chapter.name)
def chapter(request: pytest.FixtureRequest, server: LabServer, page: Page) -> NotebookPage:
    """A chapter, solved, open and run from its first cell to its last."""
    return run_solved(request.param, server, page)


def test_the_chapter_runs_to_its_end_without_an_error(chapter: NotebookPage) -> None:
    assert chapter.errors() == []
    assert chapter.never_run() == []


def test_every_live_figure_follows_the_arrow_keys(chapter: NotebookPage) -> None:
    names = [name for name in chapter.code if "explore.live(" in chapter.sources[name]]
    assert len(names) >= 3
    for name in names:
        explorer = chapter.cell(name).locator(".course-explorer")
        explorer.scroll_into_view_if_needed()
        expect(explorer.locator("img").first).to_be_visible()
        if "the cell below" in chapter.sources[name]:  # only with this choice the slider counts
            with picture_changes(explorer.locator("img").first):
                explorer.locator("select").select_option("the cell below")
        with figure_follows(explorer) as handle:
            step(handle)
        expect(explorer.locator("[role=alert]")).to_have_count(0)


def step(handle: Locator) -> None:
    """One step with the keyboard, to the side where there is room."""
    now, most = (float(handle.get_attribute(f"aria-value{x}") or 0) for x in ("now", "max"))
    handle.focus()
    handle.page.keyboard.press("ArrowLeft" if now == most else "ArrowRight")


def test_no_program_of_the_page_fails(chapter: NotebookPage, errors: list[str]) -> None:
    assert errors == []
