"""Is the page whole in itself, and does it say everything in words?"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import pytest

from helpers.grading.reporting.page import SHOWN, page
from helpers.grading.reporting.records import Question
from helpers.grading.reporting.results import ClassResult, Exercise, Mistake, Pupil

NOW = datetime(2026, 3, 1, 9, 5)
EXERCISE = Exercise(Question("a_check", "1.1 a", 2.0), 1, 2, 3, 4, 0, 0.5, 0.25, "", 3)
PUPIL = Pupil("ada", "graded", "", True, 2.0, 2.0, 0, 0, "")
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def result(*pupils: Pupil, **facts: object) -> ClassResult:
    made = ClassResult("01_mini", 2.0, 2.0, [EXERCISE], [], list(pupils) or [PUPIL])
    return replace(made, **facts)  # type: ignore[arg-type]


def shown(what: ClassResult) -> str:
    return page(what, lambda student: f"../feedback/{student}/x.html", NOW)


def words(text: str) -> str:
    text = re.sub(r"(?s)<(style|head|title|desc)\b.*?</\1>", "", text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def test_the_page_needs_nothing_beside_it() -> None:
    text = shown(result())
    assert not re.search(r"https?:|//|<script|<link|<img|url\(|@import", text)
    assert (
        '<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;;' in text
    )


class Elements(HTMLParser):
    """The names of a page's elements, and whether each that begins also ends."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_students_text_is_text() -> None:
    pupil = replace(PUPIL, student=EVIL, state=EVIL, isolated=False, stuck=EVIL)
    mistakes = [Mistake(EVIL, EVIL, 2, (EVIL,))]
    exercise = replace(EXERCISE, question=Question("a_check", EVIL, 2.0))
    what = result(pupil, chapter=EVIL, mistakes=mistakes, exercises=[exercise])
    elements = Elements(shown(what))
    assert elements.open == []
    assert not {"script", "img"} & elements.names
    assert words(shown(what)).count("onerror=alert(1)>") >= 8


def test_the_states_are_counted() -> None:
    pupils = [PUPIL, PUPIL, replace(PUPIL, state="timed out"), replace(PUPIL, waiting=3)]
    assert "4 submissions 3 graded 1 timed out 3 answers wait for a person" in words(
        shown(result(*pupils))
    )


def test_all_isolated_is_said_calmly() -> None:
    text = words(shown(result()))
    assert "All submissions ran isolated from the machine" in text
    assert "NOT ISOLATED" not in text


def test_what_ran_without_a_sandbox_is_said_loudly() -> None:
    text = shown(result(PUPIL, replace(PUPIL, student="bob", isolated=False)))
    assert 'class="loud"' in text
    assert "NOT ISOLATED: 1 of 2 submissions ran without the sandbox" in words(text)
    assert "change files and grades: bob." in words(text)


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([2.0], "The one submission has 2 of 2."),
        ([1.0, 1.0], "All 2 submissions have 1 of 2."),
        ([0.0, 1.0, 2.0], "Half of the submissions have 1 points or more; the mean is 1 of 2."),
    ],
)
def test_the_points_are_said_in_a_sentence(points: list[float], said: str) -> None:
    pupils = [replace(PUPIL, points=given) for given in points]
    assert said in words(shown(result(*pupils)))


def test_no_number_is_nan() -> None:
    exercise = replace(EXERCISE, mean=None, discrimination=None, unsaid="all have the same")
    text = words(shown(result(exercises=[exercise])))
    assert "1.1 a 2 – all have the same" in text
    assert "nan" not in text.lower().split()


def test_an_exercise_says_how_it_went() -> None:
    text = shown(result())
    assert "all points: 1, some points: 2, no points: 3, not begun: 4" in text
    assert "50 % 0.25" in words(text)
    assert "Wrong answers to which a check gave no name: 3, most in 1.1 a (3)." in words(text)


def test_examples_are_links() -> None:
    text = shown(result(mistakes=[Mistake("1.1 a", "bias forgotten", 2, ("ada", "bob"))]))
    assert '<a href="../feedback/ada/x.html">ada</a>, <a href="../feedback/bob/x.html">' in text


def test_a_student_without_a_page_is_no_link() -> None:
    what = result(mistakes=[Mistake("1.1 a", "bias forgotten", 1, ("ada",))])
    assert "<a " not in page(what, lambda student: None, NOW)


def test_a_list_that_is_cut_says_so() -> None:
    mistakes = [Mistake("1.1 a", f"m{n}", 1, ()) for n in range(SHOWN + 5)]
    pupils = [replace(PUPIL, student=f"s{n}", stuck="few points") for n in range(SHOWN + 1)]
    text = words(shown(result(*pupils, mistakes=mistakes)))
    assert "30 of 35 are shown; all are in 01_mini-mistakes.csv." in text
    assert "30 of 31 are shown; all are in 01_mini-students.csv." in text
    assert f"m{SHOWN - 1} " in text and f"m{SHOWN} " not in text


def test_the_page_of_a_large_class_is_small() -> None:
    pupils = [
        replace(PUPIL, student=f"s{n}", isolated=False, stuck="few", points=n % 3)
        for n in range(5000)
    ]
    assert len(shown(result(*pupils))) < 40_000


def test_what_waits_for_a_person_is_listed() -> None:
    answer = replace(EXERCISE, question=Question("a_answer", "1.1 a", 3.0), waiting=7)
    text = words(shown(result(exercises=[EXERCISE, answer])))
    assert text.endswith("Exercise Answers 1.1 a (by hand) 7")
