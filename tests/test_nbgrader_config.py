"""nbgrader's settings as nbgrader reads them: folders, database, the course's own steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbgrader.apps import NbGrader
from traitlets.config import Config

ROOT = Path(__file__).parents[1]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """What nbgrader reads in a folder that holds a copy of the file."""
    text = (ROOT / "nbgrader_config.py").read_text(encoding="utf-8")
    (tmp_path / "nbgrader_config.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    app = NbGrader()
    app.load_config_file()
    return app.config


def test_solutions_are_the_source_and_course_is_the_release(settings: Config) -> None:
    folders = settings.CourseDirectory
    assert (folders.source_directory, folders.release_directory) == ("solutions", "course")


def test_all_that_is_about_submissions_lies_in_grading(settings: Config, tmp_path: Path) -> None:
    folders = settings.CourseDirectory
    assert folders.root == str(tmp_path.resolve())
    for step in ("submitted", "autograded", "feedback"):
        assert folders[f"{step}_directory"] == f"grading/{step}"
    assert folders.db_url == f"sqlite:///{(tmp_path / 'grading/gradebook.db').resolve().as_posix()}"
    assert (tmp_path / "grading").is_dir()


def test_git_ignores_grading() -> None:
    assert "/grading/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_a_release_has_stubs_that_name_their_exercise(settings: Config) -> None:
    names = [step.__name__ for step in settings.GenerateAssignment.preprocessors]
    assert "ClearSolutions" not in names
    assert names.index("LockCells") + 1 == names.index("NamedStubs")
    assert names.index("SaveCells") < names.index("ClearHiddenTests")


def test_feedback_reads_the_grades_before_it_hides_the_hidden_checks(settings: Config) -> None:
    names = [step.__name__ for step in settings.GenerateFeedback.preprocessors]
    assert names[:2] == ["GetGrades", "HideHiddenTests"]


def test_what_students_display_runs_neither_in_formgrader_nor_in_feedback(settings: Config) -> None:
    assert [step.__name__ for step in settings.HTMLExporter.preprocessors] == ["MakeInert"]
    filters = settings.HTMLExporter.filters
    assert filters["markdown2html"].__module__ == "helpers.grading.showing.harmless"
    assert settings.GenerateFeedback.exporter_class.__name__ == "FeedbackPage"
