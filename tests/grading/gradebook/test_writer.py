"""The gradebook: what is written, once and for all, whatever happens meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Base, Gradebook
from sqlalchemy import create_engine, event, inspect, text

from helpers.errors import GradingError
from helpers.grading.gradebook import database
from helpers.grading.gradebook.database import name_of
from helpers.grading.gradebook.writer import Writer
from helpers.grading.settings import Settings
from helpers.grading.verdict import STATES, Score, Verdict

from ..a_class import CHAPTER, ESSAY, MOST, POINTS, a_course, a_verdict, a_writer, verdicts

CHECK = "norm_check"
COUNTED = (
    "student", "submitted_assignment", "submitted_notebook", "grade", "comment", "course_verdict",
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A course whose gradebook is of one kind or the other."""
    url = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    return a_course(tmp_path, url)


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A course whose gradebook is SQLite."""
    return a_course(tmp_path)


@pytest.fixture
def writer(place: Settings) -> Iterator[Writer]:
    with a_writer(place) as made:
        yield made


def opened(place: Settings) -> Gradebook:
    return Gradebook(place.db_url, place.course.course_id)


def counts(place: Settings) -> dict[str, int]:
    engine = create_engine(place.db_url)
    with engine.connect() as connection:
        found = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in COUNTED
        }
    engine.dispose()
    return found


def grades(place: Settings, student: str = "ada") -> dict[str, tuple[Any, Any, bool]]:
    """auto_score, manual_score and whether a person has to grade, by cell."""
    with opened(place) as gradebook:
        return {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in gradebook.find_submission_notebook(CHAPTER, CHAPTER, student).grades
        }


def rows(place: Settings) -> list[dict[str, Any]]:
    """Everything that a run leaves, but for ids and clocks."""
    engine = create_engine(place.db_url)
    with engine.connect() as connection:
        graded = connection.execute(text(
            "SELECT a.student_id, c.name, c.type, g.auto_score, g.needs_manual_grade,"
            " m.auto_comment FROM submitted_assignment a"
            " JOIN submitted_notebook n ON n.assignment_id = a.id"
            " JOIN base_cell c ON c.notebook_id = n.notebook_id"
            " LEFT JOIN grade g ON g.notebook_id = n.id AND g.cell_id = c.id"
            " LEFT JOIN comment m ON m.notebook_id = n.id AND m.cell_id = c.id ORDER BY 1, 2, 3"
        )).mappings().all()  # fmt: skip
        told = connection.execute(text("SELECT * FROM course_verdict ORDER BY student")).mappings()
        found = [dict(row) for row in graded]
        found += [{key: x for key, x in row.items() if key != "written"} for row in told]
    engine.dispose()
    return found


# ---------------------------------------------------------------- what is written


def test_a_verdict_is_found_where_nbgrader_looks_for_it(writer: Writer, place: Settings) -> None:
    wrong = Score(CHECK, "1.2: norm", 0.5, 2.0, "the root is forgotten", "Exercise 1.2 norm: ...")
    scores = [wrong if score.cell == CHECK else score for score in a_verdict().scores]
    writer.write([a_verdict(scores=scores, unanswered=["norm"])])
    assert grades(place) == {
        "scale_check": (1.0, None, False),
        CHECK: (0.5, None, False),
        "layer_check": (3.0, None, False),
        ESSAY: (None, None, True),
    }
    with opened(place) as gradebook:
        submission = gradebook.find_submission(CHAPTER, "ada")
        assert (submission.score, submission.max_score) == (4.5, 10.0)
        assert submission.needs_manual_grade
        assert submission.notebooks[0].flagged is False
        found = gradebook.find_grade(CHECK, CHAPTER, CHAPTER, "ada")
        assert (found.score, found.max_score, found.failed_tests) == (0.5, 2.0, True)
        said = {c.name: c.auto_comment for c in submission.notebooks[0].comments}
        assert said == {"scale": None, "norm": "No response.", "layer": None, ESSAY: None}


def test_formgraders_lists_agree_with_the_verdicts(writer: Writer, place: Settings) -> None:
    written = list(verdicts(30, seed=4))
    writer.write(written)
    points = {verdict.student: verdict.points for verdict in written}
    by_hand = {v.student: any(s.points is None for s in v.scores) for v in written}
    with opened(place) as gradebook:
        of_students = gradebook.student_dicts()
        of_chapter = gradebook.submission_dicts(CHAPTER)
        of_notebook = gradebook.notebook_submission_dicts(CHAPTER, CHAPTER)
        average = gradebook.average_assignment_score(CHAPTER)
        whole = gradebook.find_assignment(CHAPTER)
        assert (whole.num_submissions, whole.max_score) == (30, 10.0)
    assert {each["id"]: each["score"] for each in of_students} == points
    assert {each["student"]: each["score"] for each in of_chapter} == points
    assert {each["student"]: each["score"] for each in of_notebook} == points
    assert {each["student"]: each["needs_manual_grade"] for each in of_chapter} == by_hand
    assert average == pytest.approx(sum(points.values()) / 30)


def test_a_verdict_written_twice_leaves_one_set_of_rows(writer: Writer, place: Settings) -> None:
    batch = list(verdicts(5))
    writer.write(batch)
    once, found = counts(place), rows(place)
    writer.write(batch)
    assert counts(place) == once
    assert rows(place) == found
    assert once["grade"] == 5 * 4 and once["comment"] == 5 * 4 and once["course_verdict"] == 5


def test_of_two_verdicts_on_a_submission_the_later_counts(writer: Writer, place: Settings) -> None:
    first = a_verdict(scores=[Score(CHECK, "", 0.0, 2.0)])
    writer.write([first, a_verdict(fingerprint="2")])
    assert counts(place)["course_verdict"] == 1
    assert writer.done(CHAPTER) == {"ada": "2"}
    assert grades(place)[CHECK][0] == 2.0


def test_a_grade_by_hand_is_kept_and_flagged_for_review(writer: Writer, place: Settings) -> None:
    writer.write([a_verdict()])
    with opened(place) as gradebook:
        for cell, points in ((ESSAY, 3.5), (CHECK, 1.0)):
            grade = gradebook.find_grade(cell, CHAPTER, CHAPTER, "ada")
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = points, 0.25, False
        comment = gradebook.find_comment(ESSAY, CHAPTER, CHAPTER, "ada")
        comment.manual_comment = "Well put."
        gradebook.db.commit()
    writer.write([a_verdict(scores=[Score("scale_check", "", 0.0, 1.0)], unanswered=[ESSAY])])
    assert grades(place) == {
        "scale_check": (0.0, None, False),
        CHECK: (0.0, 1.0, True),
        "layer_check": (0.0, None, False),
        ESSAY: (0.0, 3.5, True),
    }
    with opened(place) as gradebook:
        comment = gradebook.find_comment(ESSAY, CHAPTER, CHAPTER, "ada")
        assert (comment.auto_comment, comment.manual_comment) == ("No response.", "Well put.")
        assert gradebook.find_grade(CHECK, CHAPTER, CHAPTER, "ada").score == 1.25


def test_a_refused_submission_has_no_points_and_nothing_to_grade(
    writer: Writer, place: Settings
) -> None:
    writer.write([a_verdict(state="refused", reason="It is no notebook.", scores=[])])
    assert set(grades(place).values()) == {(0.0, None, False)}
    assert writer.not_graded(CHAPTER) == [("ada", "refused", "It is no notebook.")]


def test_what_is_no_character_or_no_number_stops_nobody(writer: Writer, place: Settings) -> None:
    scores = [Score(CHECK, "", float("nan"), 2.0, reason="lone \ud800 and \0")]
    odd = a_verdict(reason="zero \0", state="died", remarks=["\ud800"], scores=scores)
    writer.write([odd, a_verdict("bob")])
    assert writer.not_graded(CHAPTER) == [("ada", "died", "zero \N{REPLACEMENT CHARACTER}")]
    assert grades(place)[CHECK] == (0.0, None, False)
    assert writer.done(CHAPTER).keys() == {"ada", "bob"}


def test_a_time_that_cannot_be_read_is_remarked(writer: Writer, place: Settings) -> None:
    folder = place.folder("submitted") / "ada" / CHAPTER
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("yesterday")
    writer.write([a_verdict(remarks=["Cells were moved."])])
    told = "The time of the submission could not be read: timestamp.txt was left out."
    assert [row["remarks"] for row in rows(place) if "remarks" in row] in (
        [["Cells were moved.", told]],
        [f'["Cells were moved.", "{told}"]'],  # SQLite has no JSON
    )


def test_a_student_of_another_chapter_keeps_those_grades(writer: Writer, place: Settings) -> None:
    other = "02_other"
    there = place.folder("source") / other / f"{other}.ipynb"
    there.parent.mkdir()
    there.write_bytes(place.instructors(CHAPTER).read_bytes())
    writer.register(other)
    writer.write([a_verdict(), a_verdict(chapter=other, scores=[])])
    with opened(place) as gradebook:
        scores = {c: gradebook.find_submission(c, "ada").score for c in (CHAPTER, other)}
    assert scores == {CHAPTER: sum(POINTS.values()), other: 0.0}


def test_nothing_to_write_is_no_mistake(writer: Writer, place: Settings) -> None:
    writer.write([])
    assert set(counts(place).values()) == {0}


def test_a_batch_fails_as_a_whole(writer: Writer, place: Settings) -> None:
    with pytest.raises(GradingError) as error:
        writer.write([a_verdict(), a_verdict("bob", chapter="09_unknown")])
    assert str(error.value) == "The chapter 09_unknown is not in the gradebook: register it first."
    assert set(counts(place).values()) == {0}


def test_a_batch_reads_by_keys_alone(tmp_path: Path) -> None:
    """Does a batch take as long in a full gradebook as in an empty one?"""
    plans = []
    with a_writer(a_course(tmp_path)) as writer:

        @event.listens_for(writer.engine, "before_cursor_execute")
        def explain(connection: Any, cursor: Any, statement: str, values: Any, *rest: Any) -> None:
            if statement.startswith(("SELECT", "UPDATE", "INSERT")):
                first = values[0] if rest[-1] else values
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}", first)
                plans.extend(row[3] for row in cursor.fetchall())

        writer.write(list(verdicts(3)))
    assert any("SEARCH submitted_notebook USING" in plan for plan in plans)
    scanned = {plan for plan in plans if plan.startswith("SCAN")}
    grows = ("grade", "comment", "student", "submitted", "course_verdict")
    assert not [plan for plan in scanned if plan.split()[1].startswith(grows)]


# ---------------------------------------------------------------- resuming


def test_what_is_done_is_known_by_its_fingerprint(writer: Writer) -> None:
    assert writer.done(CHAPTER) == {}
    writer.write([a_verdict(), a_verdict("bob", fingerprint="other")])
    assert writer.done(CHAPTER) == {"ada": "ada-1", "bob": "other"}
    assert writer.done("02_other") == {}


def test_what_was_taken_away_by_hand_is_done_again(writer: Writer, place: Settings) -> None:
    writer.write([a_verdict(), a_verdict("bob"), a_verdict("cyd")])
    (place.folder("autograded") / "ada" / CHAPTER / f"{CHAPTER}.ipynb").unlink()
    with opened(place) as gradebook:
        gradebook.remove_submission(CHAPTER, "bob")
    assert writer.done(CHAPTER).keys() == {"cyd"}
    writer.write([a_verdict(), a_verdict("bob")])
    assert writer.done(CHAPTER).keys() == {"ada", "bob", "cyd"}


def a_run(place: Settings, batch: list[Verdict]) -> None:
    """What a grading does: what is not done yet, in small batches."""
    with Writer(place) as writer:
        writer.register(CHAPTER)
        done = writer.done(CHAPTER)
        left = [verdict for verdict in batch if done.get(verdict.student) != verdict.fingerprint]
        for start in range(0, len(left), 5):
            writer.write(left[start : start + 5])


def test_a_run_killed_five_times_leaves_what_an_undisturbed_one_leaves(tmp_path: Path) -> None:
    batch = list(verdicts(150))
    folders = [tmp_path / "killed", tmp_path / "undisturbed"]
    for folder in folders:
        folder.mkdir()
    killed, undisturbed = places = [a_course(folder) for folder in folders]
    for each in places:
        a_writer(each).engine.dispose()
    autograded = killed.folder("autograded")
    for kill in range(1, 6):
        run = multiprocessing.get_context("fork").Process(target=a_run, args=(killed, batch))
        run.start()
        while run.is_alive() and len(list(autograded.glob("*"))) < 25 * kill:
            time.sleep(0.001)
        assert run.pid is not None
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        assert run.exitcode == -signal.SIGKILL, "it was killed before it had ended"
        whole(killed)
    for each in places:
        a_run(each, batch)
    assert rows(killed) == rows(undisturbed)
    files = [sorted(p.relative_to(f) for p in f.rglob("autograded/**/*")) for f in folders]
    assert files[0] == files[1]


def whole(place: Settings) -> None:
    """Whether each student there has all rows, and a notebook."""
    found = counts(place)
    written = found["course_verdict"]
    assert found == {
        **dict.fromkeys(COUNTED, written),
        "grade": 4 * written,
        "comment": 4 * written,
    }
    with Writer(place) as writer:
        assert len(writer.done(CHAPTER)) == written
    with sqlite3.connect(place.db_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


# ---------------------------------------------------------------- a database in use


def test_a_locked_database_is_waited_for(small: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY", 0)
    with a_writer(small) as writer, locked(small) as other:
        waited = []

        def wait(seconds: float) -> None:
            waited.append(seconds)
            other.rollback()

        monkeypatch.setattr(time, "sleep", wait)
        writer.write([a_verdict()])
        assert waited == [database.PAUSE]
        assert writer.done(CHAPTER) == {"ada": "ada-1"}


def test_a_database_that_stays_locked_is_told_and_nothing_is_lost(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY", 0)
    monkeypatch.setattr(database, "TRIES", 1)
    with a_writer(small) as writer:
        writer.write([a_verdict("bob")])
        with locked(small), pytest.raises(GradingError) as error:
            writer.write([a_verdict()])
        assert str(error.value) == (
            f"The gradebook {small.db_url} cannot be used (database is locked): what was graded "
            "before is kept; see to the database, and run this again."
        )
        assert writer.done(CHAPTER).keys() == {"bob"}
        writer.write([a_verdict()])
        assert writer.done(CHAPTER).keys() == {"ada", "bob"}


def locked(place: Settings) -> sqlite3.Connection:
    """A connection of somebody else who is writing; leaving it gives the lock back."""
    connection = sqlite3.connect(
        place.db_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_formgrader_reads_while_grades_are_written(small: Settings) -> None:
    with a_writer(small) as writer:
        writer.write([a_verdict()])
        with locked(small):
            assert grades(small)[CHECK][0] == 2.0


def test_a_connection_that_was_cut_is_made_again(postgres: str, tmp_path: Path) -> None:
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
               " WHERE pid <> pg_backend_pid() AND datname = current_database()")  # fmt: skip
    place = a_course(tmp_path, postgres)
    engine = create_engine(postgres)
    with a_writer(place) as writer, pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "PAUSE", 0.01)
        for batch in ([a_verdict()], [a_verdict("bob")]):
            writer.write(batch)
            with engine.connect() as connection:
                connection.execute(cut)
        assert writer.done(CHAPTER).keys() == {"ada", "bob"}
    engine.dispose()


def test_two_that_write_at_once_lose_nothing(place: Settings) -> None:
    """Two graders, each with half of the class and with the same student in between."""
    batch = list(verdicts(40))
    with a_writer(place) as one, a_writer(place) as other:
        both = [
            threading.Thread(
                target=lambda w=w, v=v: [w.write(v[n : n + 3]) for n in range(0, 25, 3)]
            )
            for w, v in ((one, batch[:25]), (other, batch[15:]))
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert one.done(CHAPTER) == {v.student: v.fingerprint for v in batch}
    assert counts(place)["grade"] == 40 * 4


# ---------------------------------------------------------------- opening


def test_a_new_database_is_nbgraders_with_its_version(writer: Writer, place: Settings) -> None:
    assert set(Base.metadata.tables) < set(inspect(writer.engine).get_table_names())
    with writer.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


@pytest.mark.parametrize("table", [False, True])
def test_a_version_that_nbgrader_had_no_time_to_write_is_written(
    small: Settings, table: bool
) -> None:
    """It was killed between making its tables and writing down their version."""
    Path(small.db_url.removeprefix("sqlite:///")).parent.mkdir()
    engine = create_engine(small.db_url)
    Base.metadata.create_all(engine)
    if table:
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    engine.dispose()
    with a_writer(small) as writer, writer.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "The gradebook 'nonsense' cannot be opened (Could not parse SQLAlchemy URL "
         "from given URL string): see to db_url in nbgrader_config.py."),
        ("mysql://me:secret@host/db", "The gradebook mysql://me:***@host/db is neither SQLite nor "
         "PostgreSQL: set db_url in nbgrader_config.py to one of these."),
        ("postgresql+nothing://host/db", "The gradebook postgresql+nothing://host/db cannot be "
         "opened (Can't load plugin: sqlalchemy.dialects:postgresql.nothing): see to db_url in "
         "nbgrader_config.py."),
    ],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_told(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(GradingError) as error:
        Writer(a_course(tmp_path, url))
    assert str(error.value) == told


def test_a_file_that_is_no_database_is_told_and_left_alone(small: Settings) -> None:
    path = Path(small.db_url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    path.write_text("These are the grades of last year. " * 50)
    with pytest.raises(GradingError) as error:
        Writer(small)
    assert str(error.value) == (
        f"The gradebook {small.db_url} cannot be used (file is not a database): what was graded "
        "before is kept; see to the database, and run this again."
    )
    assert path.read_text().startswith("These are")


# ---------------------------------------------------------------- the chapter


def cells(place: Settings) -> dict[str, float]:
    with opened(place) as gradebook:
        notebook = gradebook.find_notebook(CHAPTER, CHAPTER)
        return {cell.name: cell.max_score for cell in notebook.grade_cells}


def edit(place: Settings, old: str, new: str) -> None:
    path = place.instructors(CHAPTER)
    changed = path.read_text("utf-8").replace(old, new)
    assert changed != path.read_text("utf-8")
    path.write_text(changed, encoding="utf-8")


def test_new_points_reach_the_gradebook_and_grades_stay(writer: Writer, place: Settings) -> None:
    assert cells(place) == {"scale_check": 1.0, CHECK: 2.0, "layer_check": 3.0, ESSAY: MOST}
    writer.write([a_verdict()])
    edit(place, '"points": 2.0', '"points": 5')
    writer.register(CHAPTER)
    assert cells(place)[CHECK] == 5.0
    assert grades(place)[CHECK] == (2.0, None, False)


def test_a_chapter_that_has_not_changed_is_left_alone(small: Settings) -> None:
    with a_writer(small) as writer:
        before = Path(small.db_url.removeprefix("sqlite:///")).read_bytes()
        writer.register(CHAPTER)
        assert Path(small.db_url.removeprefix("sqlite:///")).read_bytes() == before


def test_cells_come_and_go_while_nobody_has_handed_in(writer: Writer, place: Settings) -> None:
    edit(place, CHECK, "length_check")
    writer.register(CHAPTER)
    assert cells(place).keys() == {"scale_check", "length_check", "layer_check", ESSAY}


def test_cells_do_not_come_and_go_under_grades(writer: Writer, place: Settings) -> None:
    writer.write([a_verdict()])
    edit(place, CHECK, "length_check")
    with pytest.raises(GradingError) as error:
        writer.register(CHAPTER)
    assert str(error.value) == (
        f"The cells of {CHAPTER} are no longer those of the gradebook {name_of(place)} "
        f"(added: length_check; removed: {CHECK}), and it has grades for them: take the change "
        "back, or delete the chapter with all its grades by: "
        f"nbgrader db assignment remove {CHAPTER} --force"
    )
    assert grades(place)[CHECK] == (2.0, None, False)


def test_a_chapter_that_there_is_not_is_told(writer: Writer) -> None:
    with pytest.raises(GradingError, match="There is no chapter '09_unknown'; there are: 01_small"):
        writer.register("09_unknown")


def test_an_invented_class_is_the_same_each_time() -> None:
    first, second = list(verdicts(100, seed=3)), list(verdicts(100, seed=3))
    assert first == second
    assert {verdict.state for verdict in first} == set(STATES)
    assert replace(first[0], student="x") != first[0]
