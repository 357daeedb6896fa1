"""Points of classes in the plane, told apart by colour and by shape."""

from typing import Any

import numpy as np
import pytest
import torch

from helpers import plots

CODES = np.random.default_rng(0).normal(size=(40, 2))
LABELS = np.arange(40) % 10


def look(points: Any) -> tuple[Any, ...]:
    """What tells a class from others: shape, face and edge."""
    shape = points.get_paths()[0].vertices.round(4).tobytes()
    return shape, points.get_facecolor().tobytes(), points.get_edgecolor().tobytes()


def test_each_class_has_its_own_points() -> None:
    ax = plots.latent_space(torch.tensor(CODES, requires_grad=True), torch.tensor(LABELS))
    assert len(ax.collections) == 10
    for number, points in enumerate(ax.collections):
        np.testing.assert_allclose(points.get_offsets(), CODES[number == LABELS])


def test_ten_classes_differ_in_shape_and_in_look() -> None:
    points = plots.latent_space(CODES, LABELS).collections
    assert len({look(each)[0] for each in points}) == 10
    assert len({look(each)[1:] for each in points}) == 10


def test_a_class_looks_the_same_whichever_others_are_there() -> None:
    every = plots.latent_space(CODES, LABELS).collections[7]
    alone = plots.latent_space(CODES[LABELS == 7], LABELS[LABELS == 7]).collections[0]
    assert look(every) == look(alone)


def test_the_legend_names_the_classes() -> None:
    ax = plots.latent_space(CODES[:2], [0, 1], ["cat", "dog"])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cat", "dog"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("code 1", "code 2")


def test_codes_without_labels_need_no_legend() -> None:
    ax = plots.latent_space(CODES)
    assert ax.get_legend() is None
    assert len(ax.collections[0].get_offsets()) == 40


@pytest.mark.parametrize(
    ("codes", "labels", "names", "words"),
    [
        (np.zeros((4, 3)), None, None, r"codes must have shape \(n, 2\), got \(4, 3\)"),
        (np.zeros((4, 2)), [0, 1], None, r"4 codes but labels of shape \(2,\)"),
        (np.zeros((1, 2)), [10], None, "labels must be class numbers from 0 to 9"),
        (np.zeros((1, 2)), [0.5], None, "labels must be class numbers from 0 to 9"),
        (np.zeros((1, 2)), [2], ["cat", "dog"], "label 2 but 2 class names"),
        (np.zeros((0, 2)), None, None, "there is no code; give at least one"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    codes: Any, labels: Any, names: list[str] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=f"^latent_space: {words}"):
        plots.latent_space(codes, labels, names)
