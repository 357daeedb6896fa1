"""Chapter 06 in JupyterLab: its run with a training's bar, the convolution explorer, the drill."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from .coursework import Chapter
from .explorers import numbers, press_slider
from .notebook_page import NotebookPage

SHORTER = {"epochs=24": "epochs=2", "(16, 3, 64)": "(4, 1, 64)"}  # both trainings
CHAPTER = Chapter("06_convolution", SHORTER)
KINDS = ("pooling", "transposed convolution", "parameters", "multiply-adds", "receptive field")
FAR = 1000  # from the right answer: no mistake that has a name


@pytest.fixture(scope="module")
def sweep(chapter: NotebookPage) -> Locator:
    """The convolution explorer."""
    return chapter.explorer("explore.convolution()")


@pytest.fixture(scope="module")
def drill(chapter: NotebookPage) -> Locator:
    """The drill, with all kinds of question but convolution unticked by mouse."""
    drill = chapter.explorer("explore.drill(")
    for kind in KINDS:
        drill.get_by_label(kind, exact=True).click()
    expect(drill.locator(".question strong")).to_have_text("Convolution.")
    return drill


def test_the_chapter_runs_to_its_end_without_an_error(chapter: NotebookPage) -> None:
    assert chapter.errors() == []
    assert chapter.never_run() == []


def test_a_training_shows_a_bar_that_ends(chapter: NotebookPage) -> None:
    name = next(name for name in chapter.code if "train_cnn(digits" in chapter.sources[name])
    bar = chapter.cell(name).locator(".jp-Cell-outputArea .widget-hbox", has_text="training: ")
    expect(bar).to_contain_text(re.compile(r"100%\s*(\d+)/\1\s"))
    expect(bar.locator(".progress-bar-success")).to_be_visible()


def test_the_mouse_moves_a_slider_and_the_sweep_follows(sweep: Locator) -> None:
    picture, formula = sweep.locator("svg[role=img]"), sweep.locator(".formula")
    before, size = picture.text_content(), formula.text_content()
    stride = sweep.get_by_label("stride S")
    press_slider(stride, 0.98)
    expect(formula).not_to_have_text(str(size))
    expect(formula).to_contain_text(f"/ {stride.input_value()}⌋")
    assert picture.text_content() != before


def test_the_arrow_keys_move_the_slider_too(sweep: Locator) -> None:
    stride, output = sweep.get_by_label("stride S"), sweep.locator("svg .title").last
    before, number = output.text_content(), stride.input_value()
    stride.focus()
    for _ in range(3):
        stride.press("ArrowLeft")
    expect(output).not_to_have_text(str(before))
    assert int(stride.input_value()) == max(1, int(number) - 3)


def test_the_keyboard_steps_from_cell_to_cell(sweep: Locator) -> None:
    count, where = sweep.locator(".transport output"), sweep.locator(".where")
    assert numbers(count.inner_text())[0] == 1
    sweep.get_by_role("button", name="Forward").press("Enter")
    expect(count).to_contain_text("cell 2 of")
    expect(where).to_contain_text("output[0, 1]")
    sweep.get_by_label("output cell", exact=True).press("ArrowRight")
    expect(count).to_contain_text("cell 3 of")
    expect(where).to_contain_text("output[0, 2]")


def test_a_click_on_an_output_cell_shows_its_sum(sweep: Locator) -> None:
    cells, place = sweep.locator(".cell.result"), 5
    shown = cells.nth(place).text_content() or ""
    cells.nth(place).click()
    expect(sweep.locator(".transport output")).to_have_text(f"cell {place + 1} of {cells.count()}")
    expect(sweep.locator(".products")).to_contain_text(f"= {shown}")


# Told in one test: each question needs the one before it.
def test_the_drill_judges_by_enter_shows_the_working_and_asks_on(drill: Locator) -> None:
    right, verdict = side_of_output(question(drill)), drill.locator(".verdict")
    answer(drill, right + FAR)
    expect(verdict).to_contain_text("Not right. Try again.")
    answer(drill, right + FAR + 1)
    expect(verdict.locator("p").last).to_have_text(re.compile(rf"^= .* = {right}$"))
    expect(drill.locator(".score")).to_have_text("0 of 1 right")
    for done in (1, 2):
        before = question(drill)
        drill.page.keyboard.press("Enter")
        expect(drill.locator(".question")).not_to_have_text(before)
        answer(drill, side_of_output(question(drill)))
        expect(verdict).to_contain_text("Right.")
        expect(drill.locator(".score")).to_have_text(f"{done} of {done + 1} right")


def test_a_wrong_answer_is_named_and_the_right_one_passes(chapter: NotebookPage) -> None:
    right = CHAPTER.answer("correlate-solve")
    chapter.check_names_mistake("correlate", CHAPTER.mistake("correlate"), right)


def test_no_program_of_the_page_fails(chapter: NotebookPage, errors: list[str]) -> None:
    assert errors == []


def question(drill: Locator) -> str:
    """The question on the page."""
    return drill.locator(".question").inner_text()


def answer(drill: Locator, number: int) -> None:
    """Type a number into the drill's field, which has the focus from then on, and press Enter."""
    field = drill.get_by_label("answer")
    field.click()
    field.press("Control+A")
    drill.page.keyboard.type(f"{number}")
    drill.page.keyboard.press("Enter")


def side_of_output(asked: str) -> int:
    """The right answer: the places of a window, counted one by one.

    >>> side_of_output("A picture of 7 × 7, a kernel of 3 × 3: stride 2, padding 0.")
    3
    """
    side, _, kernel, _, stride, padding, *spread = numbers(asked)
    span = (kernel - 1) * (spread[0] if spread else 1) + 1
    return len(range(0, side + 2 * padding - span + 1, stride))
