"""The report as one page that needs nothing beside it: no network, no script, no other file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.resources import files
from statistics import fmean, median

from helpers.grading.reporting.figures import COLOURS, distribution, mark, shares
from helpers.grading.reporting.markup import Html, join, tag
from helpers.grading.reporting.results import ClassResult, Exercise
from helpers.grading.reporting.statistics import ENOUGH

__all__ = ["page"]

# No script, no request: the page could not run a student's text even if it were not escaped.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
SHOWN = 30  # rows of a list; what is cut is said, and stands in the tables beside the page
Link = Callable[[str], str | None]  # the address of a student's page, if there is one
KINDS = {
    "full": "all points",
    "part": "some points",
    "wrong": "no points",
    "untouched": "not begun",
    "waiting": "waits for a person",
}


def page(result: ClassResult, link: Link, now: datetime) -> str:
    """The whole page; `link` gives the address of a student's feedback, relative to the page."""
    title = f"{result.chapter}: what the class understood"
    body = join(
        tag("h1", title),
        tag("p", f"As of {now:%d %B %Y, %H:%M}.", class_="when"),
        _summary(result),
        _sections(result, link) if result.pupils else join(),
    )
    style = files("helpers.grading.reporting").joinpath("report.css").read_text(encoding="utf-8")
    head = join(
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Html(style)),
    )
    return "<!DOCTYPE html>\n" + tag("html", tag("head", head), tag("body", body), lang="en") + "\n"


def _sections(result: ClassResult, link: Link) -> Html:
    return join(
        _distribution(result),
        _exercises(result),
        _mistakes(result, link),
        _stuck(result, link),
        _by_hand(result),
    )


def _summary(result: ClassResult) -> Html:
    said = "submission" if len(result.pupils) == 1 else "submissions"
    tiles = [(len(result.pupils), said), *((n, s) for s, n in result.states.items())]
    if result.waiting:
        wait = "answer waits" if result.waiting == 1 else "answers wait"
        tiles.append((result.waiting, f"{wait} for a person"))
    listed = [tag("li", tag("b", f"{number:,}"), words) for number, words in tiles]
    since = tag("p", f"{result.since}.", class_="loud") if result.since else join()
    return join(tag("ul", *listed, class_="tiles"), since, _isolation(result))


def _isolation(result: ClassResult) -> Html:
    free = result.open_air
    if not free:
        return tag("p", "All submissions ran isolated from the machine, from the checks and from "
                   "one another.", class_="calm")  # fmt: skip
    return tag(
        "p",
        f"NOT ISOLATED: {_some(len(free), len(result.pupils))} ran without the sandbox, with the "
        "rights of whoever graded (",
        tag("code", "--unsafe"),
        ", or nbgrader by itself). Such a program could read the hidden checks and change files "
        f"and grades: {_names(free)}. "
        "Grade again where there is a sandbox before you rely on these points.",
        class_="loud",
    )


def _distribution(result: ClassResult) -> Html:
    points = [pupil.points for pupil in result.pupils]
    if min(points) == max(points):
        said = f"All {len(points)} submissions" if len(points) > 1 else "The one submission"
        words = f"{said} {'have' if len(points) > 1 else 'has'} {points[0]:g} of {result.most:g}."
    else:
        words = (
            f"Half of the submissions have {median(points):.3g} points or more; the mean is "
            f"{fmean(points):.3g} of {result.most:g}."
        )
    if result.waiting:
        words += " An answer that waits for a person counts as nothing here."
    return join(tag("h2", "Points"), tag("p", words), distribution(points, result.most))


def _exercises(result: ClassResult) -> Html:
    key = [
        tag("li", tag("svg", tag("rect", width=14, height=14, fill=colour), viewBox="0 0 14 14",
                      aria_hidden="true"), KINDS[kind])
        for kind, colour in COLOURS.items()
    ]  # fmt: skip
    return join(
        tag("h2", "Exercises"),
        tag("p", "Share is the mean share of an exercise's points: 100 % means that everybody "
            "solved it, under 30 % that it was hard, or badly explained. It is not given while an "
            "answer waits for a person."),
        tag("p", "Discrimination is the correlation (point-biserial, where points are all or "
            "nothing) of an exercise's points with those for the checks of all other exercises. "
            "Above 0.3, those who do well elsewhere do well here: a good question. Near 0, it says "
            "nothing about a student. Below 0, the better ones fail: look for a trap in the text "
            f"or the check. It is not given for fewer than {ENOUGH} submissions."),
        tag("ul", *key, class_="key"),
        _table(
            ["Exercise", "#Points", "Results", "#Share", "#Discrimination"],
            [_exercise(each) for each in result.exercises],
        ),
    )  # fmt: skip


def _exercise(each: Exercise) -> list[str | Html]:
    counts = {
        "full": each.full,
        "part": each.part,
        "wrong": each.wrong,
        "untouched": each.untouched,
        "waiting": each.waiting,
    }
    words = ", ".join(f"{KINDS[kind]}: {count}" for kind, count in counts.items() if count)
    value = each.discrimination
    return [
        each.question.label,
        f"{each.question.most:g}",
        shares(counts, words or "no submission"),
        "–" if each.mean is None else f"{100 * each.mean:.0f} %",
        tag("span", each.unsaid, class_="quiet")
        if value is None
        else join(f"{value:.2f} ", mark(value)),
    ]


def _mistakes(result: ClassResult, link: Link) -> Html:
    rows: list[list[str | Html]] = [
        [str(each.count), each.exercise, each.name, _linked(each.examples, link)]
        for each in result.mistakes[:SHOWN]
    ]
    unnamed = sum(each.unnamed for each in result.exercises)
    words = "Wrong answers to which a check gave no name: "
    most = sorted(result.exercises, key=lambda each: -each.unnamed)[:3]
    where = ", ".join(f"{each.question.exercise} ({each.unnamed})" for each in most if each.unnamed)
    return join(
        tag("h2", "Mistakes that the checks know by name"),
        _table(["#Students", "Exercise", "Mistake", "For example"], rows)
        if rows
        else tag("p", "None."),
        _cut(len(result.mistakes), f"{result.chapter}-mistakes.csv"),
        tag("p", f"{words}{unnamed}, most in {where}." if unnamed else f"{words}none."),
    )


def _stuck(result: ClassResult, link: Link) -> Html:
    stuck = result.stuck
    rows: list[list[str | Html]] = [
        [_linked([pupil.student], link), f"{pupil.by_checks:g}", pupil.stuck]
        for pupil in stuck[:SHOWN]
    ]
    return join(
        tag("h2", "Who may be stuck"),
        tag("p", f"{_some(len(stuck), len(result.pupils)).capitalize()}: under a third of the "
            f"points that the checks give ({result.by_checks:g}), half of the exercises not begun, "
            "or ended early."),
        _table(["Student", "#Points", "Why"], rows) if rows else join(),
        _cut(len(stuck), f"{result.chapter}-students.csv"),
    )  # fmt: skip


def _by_hand(result: ClassResult) -> Html:
    rows: list[list[str | Html]] = [
        [each.question.label, str(each.waiting)] for each in result.exercises if each.waiting
    ]
    how = (
        "Run course lab --instructor, then open Nbgrader, Formgrader, Manual Grading. "
        "Make this report again afterwards."
    )
    return join(
        tag("h2", "What waits for a person"),
        join(tag("p", how), _table(["Exercise", "#Answers"], rows))
        if rows
        else tag("p", "Nothing."),
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str | Html]]) -> Html:
    """A table; a head that begins with # is one of numbers."""
    kinds = [{"class_": "number"} if head.startswith("#") else {} for head in heads]
    top = [tag("th", h.lstrip("#"), scope="col", **k) for h, k in zip(heads, kinds, strict=True)]
    body = [
        tag("tr", *(tag("td", cell, **kind) for cell, kind in zip(row, kinds, strict=True)))
        for row in rows
    ]
    return tag("table", tag("thead", tag("tr", *top)), tag("tbody", *body))


def _linked(students: Sequence[str], link: Link) -> Html:
    parts = []
    for student in students:
        address = link(student)
        parts.append(tag("a", student, href=address) if address else join(student))
        parts.append(Html(", "))
    return join(*parts[:-1])


def _names(students: Sequence[str]) -> str:
    if len(students) <= SHOWN:
        return ", ".join(students)
    return f"{', '.join(students[:SHOWN])} and {len(students) - SHOWN} more"


def _some(count: int, total: int) -> str:
    if count == total:
        return "every submission" if total > 1 else "the one submission"
    return f"{count or 'none'} of {total} submissions"


def _cut(count: int, file: str) -> Html:
    if count <= SHOWN:
        return join()
    return tag("p", f"{SHOWN} of {count} are shown; all are in {file}.", class_="quiet")
