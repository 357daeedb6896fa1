"""A run of `course grade` from the submissions to the gradebook, and everything in its way."""

from __future__ import annotations

import copy
import csv
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hostile import BROKEN_FILES, ODDITIES
from nbgrader.api import Gradebook

from helpers import cli
from helpers.grading import run
from helpers.grading.engine.engine import Engine
from helpers.grading.submission.intake import Submission
from helpers.grading.verdict import Verdict

from .small_course import CHAPTER, ESSAY, ESSAY_POINTS, ROOT, SmallCourse, nbgrader

if sys.platform != "linux":
    pytest.skip("the sandbox needs Linux", allow_module_level=True)

ALL = {"scale_check": 2.0, "norm_check": 2.0, "layer_check": 2.0}
BY_HAND = {ESSAY: None}
NOTHING = dict.fromkeys([*ALL, ESSAY], 0.0)
WRONG = "def norm(x):\n    return 0"
LINK = "is a link, and links are not followed."
WHY = {  # what is said of a broken file
    "empty": "The file is no JSON, so it is no notebook.",
    "half a file": "The file is no JSON, so it is no notebook.",
    "a picture": "The file is not text in UTF-8, so it is no notebook.",
    "zeros": "The file is no JSON, so it is no notebook.",
    "another encoding": "The file is not text in UTF-8, so it is no notebook.",
    "a list": "The file is JSON, but no notebook.",
    "a number": "The file is JSON, but no notebook.",
    "no cells": "The notebook has no list of cells.",
    "cells that are none": "The notebook has a cell that is none.",
    "a text that is none": "The notebook has a cell whose text is no text.",
    "too many cells": "The notebook has 5,001 cells; the most is 5,000.",
    "too long a cell": (
        "The notebook has a cell of code that is too large: 1,048,577 characters; the most is "
        "1,048,576."
    ),
    "nested deeply": "The file is nested too deeply, so it is no notebook.",
    "nested deeply in a cell": "The file is nested too deeply, so it is no notebook.",
    "an endless number": "The file is no JSON, so it is no notebook.",
    "a million lists": "The notebook has no list of cells.",
    "huge": f"{CHAPTER}.ipynb has 17,179,869,184 bytes; the most is 67,108,864.",
    "a link to the solution": f"a link to the solution/{CHAPTER}/{CHAPTER}.ipynb {LINK}",
    "a link to nowhere": f"a link to nowhere/{CHAPTER}/{CHAPTER}.ipynb {LINK}",
    "a link for a folder": f"a link for a folder/{CHAPTER} {LINK}",
    "a folder": f"{CHAPTER}.ipynb is no plain file.",
    "a pipe": f"{CHAPTER}.ipynb is no plain file.",
    "nothing": f"There is no {CHAPTER}.ipynb in what was handed in.",
    "a student who is a link": f"a student who is a link {LINK}",
}


@pytest.fixture
def course(tmp_path: Path) -> SmallCourse:
    return SmallCourse(tmp_path / "course").with_gradebook()


# ---------------------------------------------------------------- one class, looked at in all ways


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> SmallCourse:
    """Honest submissions, odd ones, and every kind of broken file, in one run."""
    course = SmallCourse(tmp_path_factory.mktemp("graded") / "course").with_gradebook()
    course.hand_in("ada")
    course.hand_in("bob", norm=WRONG)
    course.hand_in("cyd", essay=released_essay(course))
    for kind, source in ODDITIES.items():
        course.hand_in(kind, norm=source)
    for kind, spoil in BROKEN_FILES.items():
        path = course.submission(kind)
        path.parent.mkdir(parents=True)
        spoil(path)
    course.submission("a student who is a link").parents[1].symlink_to(
        course.submission("ada").parents[1]
    )
    summary = course.grade()
    assert summary.states == {"graded": 3 + len(ODDITIES), "refused": len(WHY)}
    assert (summary.left_alone, summary.isolated) == (0, True)
    return course


def released_essay(course: SmallCourse) -> str:
    """The essay's cell as it is handed out."""
    from helpers.grading.settings import settings

    cells = settings(course.folder).paper(CHAPTER).cells
    return next(cell.released for cell in cells if cell.name == ESSAY)


def test_a_right_submission_has_all_points_and_its_essay_waits_for_a_person(
    graded: SmallCourse,
) -> None:
    assert graded.points("ada") == ALL | BY_HAND


def test_a_wrong_answer_costs_its_own_points(graded: SmallCourse) -> None:
    assert graded.points("bob") == ALL | BY_HAND | {"norm_check": 0.0}


@pytest.mark.parametrize("kind", ODDITIES)
def test_an_honest_oddity_costs_nothing(graded: SmallCourse, kind: str) -> None:
    assert graded.points(kind) == ALL | BY_HAND


def test_every_kind_of_broken_file_is_known_here() -> None:
    assert WHY.keys() - {"a student who is a link"} == BROKEN_FILES.keys()


@pytest.mark.parametrize("kind", WHY)
def test_a_broken_file_is_refused_with_a_sentence(graded: SmallCourse, kind: str) -> None:
    row = graded.verdicts()[kind]
    assert (row.state, row.reason) == ("refused", WHY[kind])
    assert graded.points(kind) == NOTHING


def test_what_was_refused_is_listed_for_a_person(graded: SmallCourse) -> None:
    path = graded.folder / f"grading/reports/{CHAPTER}-look-at.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    due = sorted([kind, "refused", why] for kind, why in WHY.items())
    assert rows == [["student", "state", "reason"], *due]


def test_the_graded_notebooks_are_notebooks(graded: SmallCourse) -> None:
    for student in graded.verdicts():
        nbformat.validate(nbformat.read(graded.autograded(student), as_version=4))


def test_a_link_shows_nothing_of_what_it_leads_to(graded: SmallCourse) -> None:
    """The notebook shown is the chapter's, which stands where the student's could not be read."""
    shown = nbformat.read(graded.autograded("a student who is a link"), as_version=4)
    assert shown.cells[0].source == (
        f"**This submission was refused.** {WHY['a student who is a link']}"
    )
    mine = nbformat.read(graded.submission("ada"), as_version=4).cells[1].source
    assert mine not in [cell.source for cell in shown.cells]
    real = graded.autograded("ada").read_text(encoding="utf-8")
    assert mine in [cell.source for cell in nbformat.reads(real, as_version=4).cells]


def test_nbgrader_reads_what_was_written(graded: SmallCourse) -> None:
    with Gradebook(graded.db_url) as gradebook:
        ada = gradebook.find_submission(CHAPTER, "ada")
        assert (ada.score, ada.max_score) == (6.0, 6.0 + ESSAY_POINTS)
        assert ada.needs_manual_grade
        assert not ada.notebooks[0].failed_tests
        bob = gradebook.find_submission(CHAPTER, "bob")
        assert (bob.score, bob.notebooks[0].failed_tests) == (4.0, True)
        place = (ESSAY, CHAPTER, CHAPTER)
        assert gradebook.find_grade(*place, "ada").needs_manual_grade
        assert gradebook.find_comment(*place, "ada").comment is None
        # What was handed in as it was handed out needs nobody.
        assert not gradebook.find_grade(*place, "cyd").needs_manual_grade
        assert gradebook.find_comment(*place, "cyd").comment == "No response."


def test_nbgraders_own_feedback_works_on_it(graded: SmallCourse) -> None:
    for student in ("bob", "huge"):
        done = nbgrader(graded.folder, "generate_feedback", CHAPTER, "--student", student)
        assert done.returncode == 0, done.stderr
    page = graded.folder / f"grading/feedback/bob/{CHAPTER}/{CHAPTER}.html"
    assert "Score: 4.0 / 9.0" in page.read_text(encoding="utf-8")


@pytest.mark.skipif(os.getuid() == 0, reason="root reads every file")
def test_what_cannot_be_read_is_refused(course: SmallCourse) -> None:
    course.hand_in("ada").chmod(0)
    course.hand_in("bob").parents[1].chmod(0)
    course.hand_in("cyd")
    course.grade()
    course.submission("bob").parents[1].chmod(0o700)
    rows = course.verdicts()
    told = {student: (rows[student].state, rows[student].reason) for student in rows}
    refused = ("refused", f"{CHAPTER}.ipynb cannot be read (Permission denied).")
    assert told == {"ada": refused, "bob": refused, "cyd": ("graded", "")}


# ---------------------------------------------------------------- run again


def times(course: SmallCourse) -> dict[str, Any]:
    return {student: row.written for student, row in course.verdicts().items()}


def graded_anew(course: SmallCourse, before: dict[str, Any]) -> set[str]:
    """The students whose verdicts were written since."""
    return {student for student, when in times(course).items() if when != before.get(student)}


def test_only_what_has_changed_is_graded_again(course: SmallCourse) -> None:
    for student in ("ada", "bob", "cyd"):
        course.hand_in(student, norm=WRONG)
    course.grade()
    first = times(course)

    summary = course.grade()
    assert (summary.states, summary.left_alone) == ({}, 3)
    assert graded_anew(course, first) == set()

    course.hand_in("bob")
    course.hand_in("dan")
    summary = course.grade()
    assert (summary.states, summary.left_alone) == ({"graded": 2}, 2)
    assert graded_anew(course, first) == {"bob", "dan"}
    assert course.points("bob") == ALL | BY_HAND

    second = times(course)
    summary = course.grade(again=True, students=["ada"])
    assert (summary.states, summary.left_alone) == ({"graded": 1}, 0)
    assert graded_anew(course, second) == {"ada"}


def test_a_chapter_that_has_changed_is_graded_again(course: SmallCourse) -> None:
    course.hand_in("ada", norm=WRONG)
    course.hand_in("bob")
    course.grade()
    assert course.points("ada") == ALL | BY_HAND | {"norm_check": 0.0}
    first = times(course)
    changed = copy.deepcopy(course.notebook)
    next(c for c in changed.cells if c.id == "norm_check").source = "assert callable(norm)"
    nbformat.write(changed, course.source)
    summary = course.grade()
    assert (summary.states, summary.left_alone) == ({"graded": 2}, 0)
    assert graded_anew(course, first) == {"ada", "bob"}
    assert course.points("ada") == ALL | BY_HAND


def test_what_was_not_graded_leaves_the_list_when_it_is(course: SmallCourse) -> None:
    course.hand_in("ada").write_text("{")
    summary = course.grade()
    path = course.folder / f"grading/reports/{CHAPTER}-look-at.csv"
    assert summary.look_at == path
    assert path.exists()
    course.hand_in("ada")
    assert course.grade().look_at is None
    assert not path.exists()


def test_submissions_may_lie_elsewhere(course: SmallCourse, tmp_path: Path) -> None:
    path = course.hand_in("ada")
    (path.parent / "timestamp.txt").write_text("2026-03-02 10:00:00 UTC")
    elsewhere = tmp_path / "elsewhere"
    (course.folder / "grading/submitted").rename(elsewhere)
    assert course.grade(submitted=elsewhere).states == {"graded": 1}
    with Gradebook(course.db_url) as gradebook:
        assert str(gradebook.find_submission(CHAPTER, "ada").timestamp) == "2026-03-02 10:00:00"


def test_interrupted_it_goes_on_where_it_stopped(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        course.hand_in(f"s{number}")
    with monkeypatch.context() as patched:
        patched.setattr(run, "BATCH", 2)
        patched.setattr(run, "bar", lambda **_: InterruptedAt(5))
        with pytest.raises(KeyboardInterrupt):
            course.grade()
    first = times(course)
    assert len(first) == 5  # two batches, and what had come since
    summary = course.grade()
    assert (summary.states, summary.left_alone) == ({"graded": 3}, 5)
    assert graded_anew(course, first) == {f"s{n}" for n in range(8)} - first.keys()


class InterruptedAt:
    """A progress bar at which Ctrl-C is pressed."""

    def __init__(self, number: int) -> None:
        self.left = number

    def set_postfix_str(self, words: str) -> None:
        pass

    def update(self, steps: int) -> None:
        self.left -= steps
        if not self.left:
            raise KeyboardInterrupt

    def close(self) -> None:
        pass


# ---------------------------------------------------------------- at once


def test_no_more_are_graded_at_once_than_workers() -> None:
    seen: list[int] = []
    busy, lock = [0], threading.Lock()

    class Slow:
        unsafe = False

        def grade(self, paper: Any, student: str, data: bytes) -> Verdict:
            with lock:
                busy[0] += 1
                seen.append(busy[0])
            time.sleep(0.02)
            with lock:
                busy[0] -= 1
            return Verdict(CHAPTER, student, "", "graded", notebook={"cells": [], "nbformat": 4})

        def close(self) -> None:
            pass

    class There(Submission):
        def read(self) -> bytes:
            return b""

    waiting = [There(Path("."), f"s{number}", CHAPTER) for number in range(20)]
    found = list(run.local(Slow(), None, waiting, 3))  # type: ignore[arg-type]
    assert sorted(verdict.student for verdict in found) == sorted(s.student for s in waiting)
    assert max(seen) == 3


def test_what_starved_beside_others_is_graded_once_more_alone(
    monkeypatch: pytest.MonkeyPatch, course: SmallCourse
) -> None:
    """A cell that hardly had a core while its time ran out: another may have taken them all."""
    from helpers.grading.settings import settings

    tries: list[bool] = []

    def tried(engine: Engine, *_: object) -> dict[str, Any]:
        tries.append(engine.turns.taken)
        return {"end": "timed out", "reason": "", "own_seconds": 0.1 if len(tries) < 3 else 9999}

    monkeypatch.setattr(Engine, "_try", tried)
    monkeypatch.setattr(Engine, "warm_for", lambda *_: None)
    paper = settings(course.folder).paper(CHAPTER)
    with Engine() as engine:
        for student in ("sleeps", "computes"):
            assert engine.grade(paper, student, b"{}").state == "timed out"
    assert tries == [False, True, False]


# ---------------------------------------------------------------- the command


def outcome(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    *words: str,
) -> tuple[int, str, str]:  # fmt: skip
    """Exit code, output and error output of `course grade WORDS`."""
    monkeypatch.chdir(course.folder)
    with pytest.raises(SystemExit) as ended:
        cli.main(["grade", *words])
    printed = capfd.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, printed.out, printed.err


def test_the_command_says_how_it_ended(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course.hand_in("ada")
    course.hand_in("bob")
    code, out, _ = outcome(course, monkeypatch, capfd, CHAPTER)
    assert code == 0
    assert out.splitlines() == [
        "      2  graded",
        "The checks gave 6.0 of 6 points on average.",
        "2 answers wait for a person: Formgrader > Manual Grading.",
    ]
    course.hand_in("cyd", norm="import os\nos._exit(3)")
    course.hand_in("dan").write_text("{")
    code, out, _ = outcome(course, monkeypatch, capfd, CHAPTER, "--workers", "1")
    assert code == 0
    assert out.splitlines() == [
        "      1  died",
        "      1  refused",
        "      2  graded before, and unchanged since (--again grades them)",
        "The checks gave these 2.0 of 6 points on average.",
        "1 answer of these waits for a person: Formgrader > Manual Grading.",
        f"These need a person's eye: {course.folder}/grading/reports/{CHAPTER}-look-at.csv",
    ]
    words = (CHAPTER, "--student", "ada", "--student", "bob", "--again")
    code, out, _ = outcome(course, monkeypatch, capfd, *words)
    assert (code, out.splitlines()[0]) == (0, "      2  graded")


@pytest.mark.parametrize(
    ("words", "spoil", "sentence"),
    [
        (("02_large",), "", "There is no chapter '02_large'; there are: 01_small."),
        (
            (CHAPTER,), "grading/submitted",
            "Submissions cannot be read from {folder}/grading/submitted (No such file or "
            "directory): put them there as STUDENT/01_small/01_small.ipynb, or run course collect.",
        ),
        (
            (CHAPTER,), "grading/submitted/ada",
            "There are no submissions for 01_small in {folder}/grading/submitted: put them there "
            "as STUDENT/01_small/01_small.ipynb, or run course collect.",
        ),
        (
            (CHAPTER, "--student", "ada", "--student", "zoe", "--student", "yan"), "",
            "There is no submission of yan, zoe for 01_small in {folder}/grading/submitted.",
        ),
        (
            (CHAPTER,), "nbgrader_config.py",
            "There is no nbgrader_config.py in {folder}: run this in the course's folder.",
        ),
        (
            (CHAPTER, "--submitted", "nowhere"), "",
            "Invalid value for '--submitted': Directory 'nowhere' does not exist.",
        ),
        ((CHAPTER, "--workers", "0"), "", "Invalid value for '--workers': 0 is not in the range "
         "x>=1."),
        ((), "", "Missing argument 'CHAPTER'."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_one_sentence(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...], spoil: str, sentence: str,
) -> None:  # fmt: skip
    course.hand_in("ada")
    if spoil:
        (course.folder / spoil).rename(course.folder / "away")
    before = course.gradebook.read_bytes()
    due = f"course: {sentence.format(folder=course.folder)}\n"
    assert outcome(course, monkeypatch, capfd, *words) == (2, "", due)
    assert course.gradebook.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["\udce9t\udce9", "a" * 129, "two\nlines"], ids=["not UTF-8", "long", "two lines"]
)
def test_a_folder_that_names_nobody_is_told(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str],
    name: str,
) -> None:  # fmt: skip
    course.hand_in("ada")
    course.hand_in(name)
    assert outcome(course, monkeypatch, capfd, CHAPTER) == (
        2, "",
        f"course: The folder {name!r} in {course.folder}/grading/submitted names no student: "
        "rename it to at most 128 characters that can be printed.\n",
    )  # fmt: skip


def test_a_chapter_that_is_no_notebook_is_one_sentence(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course.hand_in("ada")
    course.source.write_text("{")
    code, out, err = outcome(course, monkeypatch, capfd, CHAPTER)
    assert (code, out) == (2, "")
    assert err.startswith(f"course: The chapter's notebook {course.source} cannot be read")
    assert err.count("\n") == 1


def test_folders_that_hand_in_nothing_are_passed_over(course: SmallCourse) -> None:
    course.hand_in("ada")
    submitted = course.folder / "grading/submitted"
    (submitted / ".cache" / CHAPTER).mkdir(parents=True)
    (submitted / "bob" / "02_large").mkdir(parents=True)
    (submitted / "notes.txt").write_text("")
    (submitted / "round").symlink_to("round")
    assert course.grade().states == {"graded": 1}


def test_without_a_sandbox_it_says_what_is_missing_and_grades_nothing(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course.hand_in("ada")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert outcome(course, monkeypatch, capfd, CHAPTER) == (
        2, "",
        "course: bubblewrap is not installed: on Debian and Ubuntu, apt install bubblewrap. Or "
        "grade without a sandbox, with --unsafe: then a student's code can read, change and "
        "delete whatever you can.\n",
    )  # fmt: skip
    assert course.verdicts() == {}


def test_without_a_sandbox_every_result_says_so(
    course: SmallCourse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course.hand_in("ada")
    course.hand_in("bob").write_text("{")
    code, out, _ = outcome(course, monkeypatch, capfd, CHAPTER, "--unsafe")
    assert code == 0
    assert "Graded without a sandbox: every result is marked as such.\n" in out
    assert {row.isolated for row in course.verdicts().values()} == {False}
    assert course.points("ada") == ALL | BY_HAND


@pytest.fixture
def endless(course: SmallCourse) -> Iterator[subprocess.Popen[str]]:
    """`course grade` that has graded one submission, and will not end for minutes."""
    course.hand_in("ada")
    course.hand_in("bob", norm="while True: pass")
    course.hand_in("cyd", norm="while True: pass")
    command = "from helpers.cli import main; from helpers.grading import run; run.BATCH = 1; main()"
    with subprocess.Popen(
        [sys.executable, "-c", command, "grade", CHAPTER, "--workers", "3"],
        cwd=course.folder, env=course.environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as grader:  # fmt: skip
        yield grader
        grader.kill()


def test_ctrl_c_ends_it_at_once(course: SmallCourse, endless: subprocess.Popen[str]) -> None:
    from soak import ended, processes_of

    until = time.monotonic() + 60
    while len(seen := processes_of(endless.pid)) <= 4 or not course.verdicts():
        assert time.monotonic() < until, "bubblewrap, the warm process, keepers, students, judges"
        time.sleep(0.2)
    endless.send_signal(signal.SIGINT)
    out, err = endless.communicate(timeout=60)
    told = "Stopped; what was graded is written. The same command goes on from there.\n"
    assert (endless.returncode, out, err.strip()) == (130, told, "")
    assert ended(seen, 60) == set()
    assert course.verdicts().keys() == {"ada"}


# ---------------------------------------------------------------- the same points as nbgrader's

STOCK = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.CourseDirectory.submitted_directory = "grading/submitted"
c.CourseDirectory.autograded_directory = "grading/autograded"
c.CourseDirectory.db_url = "sqlite:///{root}/grading/gradebook.db"
"""
HONEST = {
    "right": {},
    "wrong": {"norm": WRONG, "layer": "def layer(x:\n    return"},
    "broken": {"scale": "1 / 0", "norm": "", "essay": ""},
    "warns": {"norm": ODDITIES["warns"], "layer": ODDITIES["prints to stderr"].replace(
        "norm", "layer").replace("(x @ x) ** 0.5", "torch.relu(x @ x.T)")},
}  # fmt: skip


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SmallCourse]:
    """The same submissions graded by stock nbgrader and by `course grade`."""
    folder = tmp_path_factory.mktemp("both")
    stock = SmallCourse(folder / "stock", STOCK.format(root=str(folder / "stock")))
    ours = SmallCourse(folder / "ours").with_gradebook()
    for course in (stock, ours):
        for student, answers in HONEST.items():
            course.hand_in(student, **answers)
    for words in (("generate_assignment", CHAPTER), ("autograde", CHAPTER)):
        done = nbgrader(stock.folder, *words)
        assert done.returncode == 0, done.stderr
    ours.grade()
    return {"stock": stock, "ours": ours}


@pytest.mark.parametrize("student", ["right", "wrong", "broken"])
def test_the_points_are_stock_nbgraders_question_by_question(
    both: dict[str, SmallCourse], student: str
) -> None:
    assert both["ours"].points(student) == both["stock"].points(student)


def test_stock_nbgrader_takes_points_for_warnings_and_we_do_not(
    both: dict[str, SmallCourse],
) -> None:
    """It takes whatever a check's cell has on stderr for a failure."""
    assert both["ours"].points("warns") == ALL | BY_HAND
    stock = both["stock"].points("warns")
    assert stock == ALL | BY_HAND | {"norm_check": 0.0, "layer_check": 0.0}


def test_the_settings_of_the_repository_are_those_that_are_tested(graded: SmallCourse) -> None:
    mine = (graded.folder / "nbgrader_config.py").read_text(encoding="utf-8")
    assert mine == (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
