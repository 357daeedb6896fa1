"""The digits: their split never changes, and nobody can spoil it for the next reader."""

import hashlib

import numpy as np

from helpers import data


def test_the_split_has_the_promised_shapes_and_types() -> None:
    digits = data.digits()
    assert digits.x_train.shape == (1437, 64)
    assert digits.x_test.shape == (360, 64)
    assert digits.x_train.dtype == digits.x_test.dtype == np.float64
    assert digits.y_train.dtype == digits.y_test.dtype == np.int64
    assert digits.class_names == tuple("0123456789")


def test_pixels_lie_between_paper_and_ink() -> None:
    digits = data.digits()
    for part in (digits.x_train, digits.x_test):
        assert part.min() == 0.0
        assert part.max() == 1.0


def test_no_picture_is_lost_or_in_both_parts_of_the_split() -> None:
    from sklearn.datasets import load_digits

    digits = data.digits()
    together = np.concatenate([digits.x_train, digits.x_test])
    original = load_digits().data / 16
    assert sorted(map(bytes, together)) == sorted(map(bytes, original))


def test_each_class_has_a_fifth_of_its_pictures_in_the_test_part() -> None:
    digits = data.digits()
    train, test = np.bincount(digits.y_train), np.bincount(digits.y_test)
    np.testing.assert_allclose(test / (train + test), 0.2, atol=0.01)


def test_the_split_is_the_one_that_the_stored_results_were_made_with() -> None:
    labels = data.digits().y_test.astype("<i8").tobytes()
    assert hashlib.sha256(labels).hexdigest()[:16] == "4493b2052e7b4258"


def test_an_array_changed_by_one_caller_is_whole_for_the_next() -> None:
    data.digits().x_train[:] = -1.0
    assert data.digits().x_train.min() == 0.0


def test_its_words_are_short_and_without_addresses() -> None:
    assert repr(data.digits()) == "Digits(1437 for training, 360 for testing, 8 x 8)"
