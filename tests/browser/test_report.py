"""The report on a class, opened from a file as an instructor opens it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from helpers.grading.reporting.page import page as report
from helpers.grading.reporting.records import Points, Question, Standing
from helpers.grading.reporting.results import ClassResult
from helpers.grading.reporting.statistics import class_result

EXERCISES = 12
EVIL = "<img src='http://attacker.test/x' onerror='console.log(1)'><script>console.log(1)</script>"


def a_class(count: int) -> ClassResult:
    """Students of all kinds, the first with a name that would like to be a program."""
    random = np.random.default_rng(1)
    questions = [Question(f"e{n}_check", f"1.{n} e{n}", 2.0) for n in range(1, EXERCISES + 1)]
    students = [EVIL, *(f"student {n}" for n in range(1, count))]
    skill = random.normal(size=count)
    points, standings = [], []
    for student, can in zip(students, skill, strict=True):
        scores = []
        for place, question in enumerate(questions):
            given = 2.0 * (can + random.normal() > place / 4 - 2)
            points.append(Points(student, question.cell, given, 2.0, False, "graded", 0.0))
            facts = {"points": given, "most": 2.0, "answered": True}
            mistake = "" if given else ("bias forgotten", EVIL)[place % 2]
            names = {"cell": question.cell, "exercise": question.exercise.replace(" ", ": ")}
            scores.append({**names, **facts, "mistake": mistake})
        state = "timed out" if can < -1.5 else "graded"
        standings.append(Standing(student, state, EVIL, can < 2, scores))
    return class_result("01_mini", questions, points, standings)


class Seen:
    """What a page asks for and says while it is open."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """grading/ with the report, and a student's feedback."""
    folder = tmp_path_factory.mktemp("grading")
    (folder / "reports").mkdir()
    feedback = folder / "feedback" / "student 1"
    feedback.mkdir(parents=True)
    (feedback / "x.html").write_text("<h1>Feedback</h1>", encoding="utf-8")
    text = report(a_class(60), lambda student: "../feedback/student%201/x.html", datetime.now())
    (folder / "reports" / "01_mini.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def opened(chromium: Browser, folder: Path) -> Iterator[tuple[Page, Seen]]:
    """The page, without a network."""
    context = chromium.new_context(offline=True, viewport={"width": 1100, "height": 900})
    page = context.new_page()
    seen = Seen(page)
    page.goto((folder / "reports" / "01_mini.html").as_uri())
    yield page, seen
    context.close()


def test_it_opens_without_a_network_and_asks_for_nothing(opened: tuple[Page, Seen]) -> None:
    page, seen = opened
    expect(page.get_by_role("heading", level=1)).to_have_text("01_mini: what the class understood")
    page.wait_for_timeout(200)
    assert seen.asked == [page.url]
    assert seen.said == []


def test_the_figures_are_seen_and_told(opened: tuple[Page, Seen]) -> None:
    page, _ = opened
    figures = page.get_by_role("img")
    histogram = figures.filter(has_text="Distribution of the points of 60 submissions")
    box = histogram.bounding_box()
    assert box and box["width"] > 600 and box["height"] > 150
    tall = histogram.locator("rect").evaluate_all(
        "all => all.map(bar => bar.getBoundingClientRect().height)"
    )
    assert max(tall) > 100 and min(tall) > 0
    rows = page.get_by_role("table").first.locator("tbody tr")
    expect(rows).to_have_count(EXERCISES)
    expect(rows.locator("svg.shares")).to_have_count(EXERCISES)
    expect(rows.locator("svg.mark")).to_have_count(EXERCISES)


def test_nothing_sticks_out(opened: tuple[Page, Seen]) -> None:
    page, _ = opened
    for width in (1100, 600):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_students_words_are_words(opened: tuple[Page, Seen]) -> None:
    page, _ = opened
    expect(page.get_by_text(EVIL).first).to_be_visible()
    assert page.locator("img, script").count() == 0


def test_what_was_not_isolated_is_loud(opened: tuple[Page, Seen]) -> None:
    page, _ = opened
    warning = page.get_by_text("NOT ISOLATED")
    expect(warning).to_be_visible()
    assert page.locator(".loud").bounding_box()["y"] < 500  # type: ignore[index]


def test_an_example_leads_to_the_students_feedback(opened: tuple[Page, Seen]) -> None:
    page, _ = opened
    page.get_by_role("link", name="student 1", exact=True).first.click()
    expect(page.get_by_role("heading")).to_have_text("Feedback")


def test_it_prints(opened: tuple[Page, Seen]) -> None:
    page, _ = opened
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    page.emulate_media(media="print")
    colours = page.locator("svg.shares rect").first.evaluate(
        "bar => getComputedStyle(bar).printColorAdjust"
    )
    assert colours == "exact"
