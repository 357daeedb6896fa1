"""Chapter 02 in JupyterLab: its run, a live figure, a mistake that is named."""

from __future__ import annotations

from playwright.sync_api import expect

from .coursework import Chapter
from .explorers import drag, figure_follows, picture_changes
from .notebook_page import NotebookPage

CHAPTER = Chapter("02_activations")
LAYERS, SCALE = 0, 1  # the places of the live figure's sliders


def test_the_chapter_runs_to_its_end_without_an_error(chapter: NotebookPage) -> None:
    assert chapter.errors() == []
    assert chapter.never_run() == []


def test_the_live_figure_follows_the_mouse(chapter: NotebookPage) -> None:
    with figure_follows(chapter.explorer("explore.live("), SCALE) as handle:
        drag(handle, 40)


def test_the_live_figure_follows_the_arrow_keys(chapter: NotebookPage) -> None:
    with figure_follows(chapter.explorer("explore.live("), LAYERS) as handle:
        handle.focus()
        chapter.page.keyboard.press("ArrowLeft")


def test_the_live_figure_follows_a_choice(chapter: NotebookPage) -> None:
    explorer = chapter.explorer("explore.live(")
    with picture_changes(explorer.locator("img").first):
        explorer.locator("select").select_option("ReLU")
    expect(explorer.locator("[role=alert]")).to_have_count(0)


def test_a_wrong_answer_is_named_and_the_right_one_passes(chapter: NotebookPage) -> None:
    answer = CHAPTER.answer("hard-solve")
    chapter.check_names_mistake("hard", CHAPTER.mistake("hard"), answer)


def test_no_program_of_the_page_fails(chapter: NotebookPage, errors: list[str]) -> None:
    assert errors == []
