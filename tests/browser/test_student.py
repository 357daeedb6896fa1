"""A student's way through chapter 01: figures that move, a mistake that is named, Validate."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from .coursework import Chapter
from .explorers import drag, figure_follows, picture_changes, press_slider
from .lab_server import LabServer, wait_until
from .notebook_page import NotebookPage

CHAPTER = Chapter("01_backpropagation")


def test_the_address_opens_the_chapter_and_a_run_stops_at_the_first_exercise(
    server: LabServer, page: Page
) -> None:
    page.goto(server.url())
    page.wait_for_url(f"**/lab/tree/{CHAPTER.notebook}*")
    notebook = NotebookPage(page, CHAPTER.released())
    with server.kernels_held():  # a kernel runs what reaches it after an error: let all reach it
        notebook.begin_all()
        expect(notebook.waiting).to_have_count(len(notebook.code))
    notebook.wait_for_all()
    raised = notebook.errors()
    assert len(raised) == 1
    assert re.search(r"NotImplementedError: Exercise 1\.1: \w+", raised[0])
    left = notebook.never_run()
    assert left == notebook.code[-len(left) :]


def test_the_chapter_runs_to_its_end_without_an_error(chapter: NotebookPage) -> None:
    assert chapter.errors() == []
    assert chapter.never_run() == []
    expect(chapter.panel.get_by_text("model not found")).to_have_count(0)


def test_the_mouse_moves_a_slider_and_the_figure_follows(chapter: NotebookPage) -> None:
    with figure_follows(chapter.explorer("explore.descent()")) as handle:
        drag(handle, 40)


def test_the_arrow_keys_move_the_slider_too(chapter: NotebookPage) -> None:
    with figure_follows(chapter.explorer("explore.descent()")) as handle:
        handle.focus()
        for _ in range(4):
            chapter.page.keyboard.press("ArrowLeft")


def test_the_graph_follows_its_input_with_values_and_gradients(chapter: NotebookPage) -> None:
    explorer = chapter.explorer('explore.graph("square")')
    slider, shown = explorer.locator("input[type=range]").first, explorer.locator("svg").first
    before = shown.text_content()
    press_slider(slider, 0.25)
    expect(shown).not_to_have_text(str(before))
    x = float(slider.input_value())
    number = f"{2 * (x - 1):.4g}".replace("-", "[-−]").replace(".", r"\.")
    expect(shown).to_contain_text(re.compile(number))  # df/dx = 2 (x - 1)
    chapter.page.keyboard.press("ArrowRight")
    wait_until(lambda: float(slider.input_value()) > x, "the slider to move")


def test_the_playground_trains_on_the_students_engine_and_stops_at_a_press(
    chapter: NotebookPage,
) -> None:
    explorer = chapter.explorer("explore.playground(Value)")
    decision, count = explorer.locator("img").first, explorer.get_by_text(re.compile(r"epoch \d+"))
    first = count.inner_text()
    with picture_changes(decision):
        explorer.get_by_role("button", name="Run").click()
        expect(count).not_to_have_text(first)
    explorer.get_by_role("button", name="Pause").click()
    expect(explorer.get_by_role("button", name="Run")).to_be_visible()
    chapter.run(chapter.code[1])  # the kernel is free for other cells
    stopped = count.text_content()
    chapter.run(chapter.code[1])
    assert count.text_content() == stopped


def test_a_wrong_answer_is_named_and_the_right_one_passes(chapter: NotebookPage) -> None:
    exercise = "output_delta"
    answer = CHAPTER.answer(f"{exercise}-solve")
    chapter.check_names_mistake(exercise, CHAPTER.mistake(exercise), answer)


def test_a_locked_check_cannot_be_written_over(chapter: NotebookPage) -> None:
    chapter.write("output_delta-check", "print('passed')")
    expect(chapter.cell("output_delta-check").locator(".cm-content")).not_to_contain_text("passed")


def test_validate_names_what_fails_and_then_passes(chapter: NotebookPage) -> None:
    name, wrong = CHAPTER.mistake("output_delta")
    chapter.write("output_delta-solve", wrong)
    said = chapter.validate()
    assert said.count("The following cell failed") == 1
    assert name in said

    chapter.write("output_delta-solve", CHAPTER.answer("output_delta-solve"))
    assert "Success! Your notebook passes all the tests." in chapter.validate()


def test_a_student_sees_neither_the_instructors_tools_nor_the_news(chapter: NotebookPage) -> None:
    page = chapter.page
    expect(page.get_by_role("menuitem", name="Nbgrader")).to_have_count(0)
    page.keyboard.press("Control+Shift+C")
    commands = page.locator(".lm-CommandPalette-item")
    expect(commands.filter(has_text="Run All Cells").first).to_be_visible()
    names = " ".join(commands.all_text_contents()).lower()
    page.keyboard.press("Escape")
    for tool in ("formgrader", "create assignment", "course list", "assignment list"):
        assert tool not in names
    expect(page.locator(".Toastify__toast")).to_have_count(0)


def test_pages_ask_nothing_of_another_machine(
    chapter: NotebookPage, requests: list[str], errors: list[str]
) -> None:
    assert {urlsplit(url).hostname for url in requests if urlsplit(url).netloc} == {"127.0.0.1"}
    assert not [url for url in requests if "/lab/api/news" in url or "/lab/api/update" in url]
    assert errors == []
