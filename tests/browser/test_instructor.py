"""An instructor's way: release, `course grade` and the button, a score by hand, feedback."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from .coursework import DERIVATION, Chapter, copy_of_course, put
from .lab_server import LabServer, course_lab
from .notebook_page import SLOW, NotebookPage

CHAPTER = Chapter("01_backpropagation")
STUDENT = "ada"
WRONG, BY_HAND = "output_delta", "delta_rule"  # one mistake, one derivation
COMMENT = "The step from equation (12) to (13) is missing."
SCORE = 3
FRAME = "iframe[src*=formgrader]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabServer]:
    """`course lab --instructor` on a copy of the course with one submission."""
    names = ("course", "solutions", "nbgrader_config.py")
    root = copy_of_course(tmp_path_factory.mktemp("instructor"), *names)
    notebook = CHAPTER.solved()
    put(notebook, f"{WRONG}-solve", CHAPTER.mistake(WRONG)[1])
    submitted = root / "grading" / "submitted" / STUDENT / CHAPTER.notebook
    submitted.parent.mkdir(parents=True)
    nbformat.write(notebook, submitted)
    with course_lab(root, tmp_path_factory.mktemp("logs"), "--instructor") as running:
        yield running


@pytest.fixture(scope="module")
def formgrader(server: LabServer, page: Page) -> FrameLocator:
    """Formgrader, opened from JupyterLab's menu."""
    page.goto(server.url())
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.locator("li[data-command='nbgrader:open-formgrader']").click()
    return page.frame_locator(FRAME)


# One way, told in one test: every step needs the one before it.
def test_a_submission_is_graded_by_machine_and_by_hand_and_its_feedback_says_so(
    server: LabServer, page: Page, formgrader: FrameLocator
) -> None:
    _release(server, formgrader)
    graded_by_machine = CHAPTER.points("check") - CHAPTER.points("check", exercise=WRONG)
    _grade_by_command(server, formgrader, graded_by_machine)
    _grade_again(formgrader, graded_by_machine)
    _grade_by_hand(formgrader)
    _generate_feedback(formgrader, graded_by_machine + SCORE)
    feedback = server.root / "grading" / "feedback" / STUDENT / CHAPTER.notebook
    _read_feedback(page, feedback.with_suffix(".html"), graded_by_machine + SCORE)


def test_the_instructors_notebook_with_its_rubrics_opens_from_formgrader(
    server: LabServer, page: Page
) -> None:
    page.goto(server.url())
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.locator("li[data-command='nbgrader:open-formgrader']").click()
    frame = page.frame_locator(FRAME)
    frame.locator("td.name a", has_text=CHAPTER.name).click()
    listed = page.locator(".jp-DirListing-item", has_text=f"{CHAPTER.name}.ipynb")
    listed.dblclick()
    notebook = NotebookPage(page, CHAPTER.instructors)
    expect(notebook.cell(f"{BY_HAND}-answer")).to_contain_text("Rubric")


def _release(server: LabServer, formgrader: FrameLocator) -> None:
    """Generate the students' notebook: nbgrader's is the builder's, byte for byte."""
    file = server.root / "course" / CHAPTER.notebook
    before = file.read_bytes()
    file.unlink()
    _of_chapter(formgrader, "td.assign a").click()
    _close_success(formgrader)
    assert file.read_bytes() == before
    _open_submissions(formgrader)


def _of_chapter(formgrader: FrameLocator, part: str, text: str = "") -> Locator:
    """A part of the chapter's row in the list of assignments; the list has all chapters."""
    name = formgrader.locator("td.name", has_text=CHAPTER.name)
    return formgrader.locator("tr").filter(has=name).locator(part, has_text=text)


def _grade_by_command(server: LabServer, formgrader: FrameLocator, score: int) -> None:
    """`course grade` in the course's folder; formgrader shows what it wrote."""
    expect(formgrader.locator("td.status")).to_have_text("needs autograding")
    program = Path(sys.executable).parent / "course"
    subprocess.run([program, "grade", CHAPTER.name], cwd=server.root, check=True, timeout=300)
    _list_submissions(formgrader)
    _expect_graded(formgrader, score)


def _grade_again(formgrader: FrameLocator, score: int) -> None:
    """Formgrader's own button, on what the command wrote."""
    formgrader.locator("td.autograde a").click()
    _close_success(formgrader)
    _expect_graded(formgrader, score)


def _expect_graded(formgrader: FrameLocator, score: int) -> None:
    expect(formgrader.locator("td.status")).to_have_text("needs manual grading")
    expect(formgrader.locator("td.score")).to_have_text(f"{score} / {_total()}")


def _open_submissions(formgrader: FrameLocator) -> None:
    """From the list of assignments to the chapter's submissions: one row."""
    _of_chapter(formgrader, "td.num-submissions a", "1").click()
    expect(formgrader.locator("td.status")).to_have_count(1)


def _list_submissions(formgrader: FrameLocator) -> None:
    """The page with the chapter's submissions, anew."""
    for link in ("Manual Grading", "Manage Assignments"):
        formgrader.get_by_role("link", name=link).click()
    _open_submissions(formgrader)


def _grade_by_hand(formgrader: FrameLocator) -> None:
    """From Manual Grading to the submission: a score and a comment for one derivation."""
    formgrader.get_by_role("link", name="Manual Grading").click()
    for _ in range(2):  # the chapter, then its notebook
        formgrader.get_by_role("link", name=CHAPTER.name, exact=True).click()
    formgrader.get_by_role("link", name=re.compile("Submission #1")).click()
    answer = formgrader.locator(".nbgrader_cell").filter(
        has=formgrader.locator(f"input#{BY_HAND}_answer")
    )
    expect(answer).to_contain_text(DERIVATION)
    failed = formgrader.locator(".cell").filter(has=formgrader.locator(f"input#{WRONG}_check"))
    expect(failed).to_contain_text(CHAPTER.mistake(WRONG)[0])
    page = formgrader.owner.page
    page.wait_for_load_state("networkidle")  # before, the page's program does not listen to boxes
    with page.expect_response(re.compile(r"/api/grade/"), timeout=SLOW):
        answer.locator("input.score").fill(str(SCORE))
        answer.locator("input.score").press("Tab")
    with page.expect_response(re.compile(r"/api/comment/"), timeout=SLOW):
        answer.locator("textarea.comment").fill(COMMENT)
        answer.locator("textarea.comment").press("Tab")


def _generate_feedback(formgrader: FrameLocator, score: int) -> None:
    _list_submissions(formgrader)
    expect(formgrader.locator("td.score")).to_have_text(f"{score} / {_total()}")
    formgrader.locator("td.generate-feedback a").click()
    _close_success(formgrader)


def _read_feedback(page: Page, file: Path, score: int) -> None:
    """The page that the student gets: score, comment, the named mistake, no hidden check."""
    assert file.is_file()
    page = page.context.new_page()
    page.goto(file.as_uri())
    body = page.locator("body")
    expect(body).to_contain_text(f"(Score: {score:.1f} / {_total():.1f})")
    expect(body).to_contain_text(COMMENT)
    expect(body).to_contain_text(CHAPTER.mistake(WRONG)[0])
    expect(body).not_to_contain_text("HIDDEN TESTS")
    expect(body).not_to_contain_text("check.hidden")
    page.close()


def _total() -> int:
    """All points of the chapter."""
    return CHAPTER.points("check", "answer")


def _close_success(formgrader: FrameLocator) -> None:
    """Wait for what formgrader says after a step, which must be Success, and close it."""
    said = formgrader.locator(".modal-content")
    said.wait_for(timeout=SLOW)
    expect(said.locator(".modal-title")).to_have_text("Success")
    said.locator(".modal-footer button").click()
    expect(formgrader.locator(".modal")).to_have_count(0)
