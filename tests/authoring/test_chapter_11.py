"""Chapter 11 holds what its syllabus asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.authoring.lesson import Lesson, read

SOURCE = Path(__file__).parents[2] / "solutions" / "11_autoencoders.py"
FUNCTIONS = (
    "best_code", "classifier", "context_loss", "corrupt", "denoising_loss", "few_labels", "hide",
    "linear_autoencoder", "linear_denoiser", "linear_gradients", "make_autoencoder", "nearest",
    "paired_gain", "pca", "principal_angles", "round_trip", "sparse_loss", "split_brain_features",
    "split_brain_loss", "tied_gradient",
)  # fmt: skip
STATISTICAL = ("corrupt", "few_labels")


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return read(SOURCE)


def test_chapter_11_is_as_large_as_promised(lesson: Lesson) -> None:
    exercises = lesson.exercises.values()
    assert len([each for each in exercises if each.one("check")]) >= 10
    assert len([each for each in exercises if each.one("answer")]) >= 4


@pytest.mark.parametrize("name", FUNCTIONS)
def test_chapter_11_has_each_function_of_its_syllabus(lesson: Lesson, name: str) -> None:
    sources = [cell.source for cell in lesson.cells if cell.kind == "solve"]
    assert any(f"def {name}(" in source for source in sources)


@pytest.mark.parametrize("name", STATISTICAL)
def test_a_check_of_a_random_result_tells_how_often_it_errs(lesson: Lesson, name: str) -> None:
    check = lesson.exercises[name].one("check")
    assert check
    assert "a right answer fails" in check.source.lower()


def test_pre_training_is_measured_with_three_counts_of_labels_over_seeds(lesson: Lesson) -> None:
    code = "\n".join(cell.source for cell in lesson.cells if cell.kind == "code")
    assert "LABEL_COUNTS, SEEDS = (10, 50, 200), 8" in code
    assert 'paired_gain(found["scratch", count], shares)' in code
