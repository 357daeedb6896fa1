"""The one type of all data sets: fresh arrays, torch only when asked for, parts held out."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from helpers import data
from helpers.data.dataset import Dataset
from helpers.errors import DataError

EVERY_SET = [data.digits, data.fashion, data.names, data.signals, data.text]


def test_the_public_names_are_sorted_and_there() -> None:
    assert data.__all__ == ["digits", "fashion", "names", "openml", "signals", "text"]
    assert all(callable(getattr(data, name)) for name in data.__all__)


@pytest.mark.parametrize("load", EVERY_SET)
def test_tensors_and_arrays_hold_the_same(load) -> None:
    tensors, arrays = load(), load().numpy()
    for name in ("x_train", "y_train", "x_test", "y_test"):
        tensor, array = getattr(tensors, name), getattr(arrays, name)
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-6)
        assert array.dtype == (np.float64 if tensor.is_floating_point() else np.int64)
    assert tensors.name == arrays.name == load.__name__
    assert tensors.class_names == arrays.class_names
    assert tensors.alphabet == arrays.alphabet


@pytest.mark.parametrize("load", EVERY_SET)
def test_what_one_caller_changes_is_whole_for_the_next(load) -> None:
    before = load().numpy()
    spoilt = load()
    spoilt.x_train[:], spoilt.y_test[:] = 1, 0
    spoilt.numpy().x_train[:] = 1
    for again in (load().numpy(), spoilt.numpy()):
        assert (again.x_train == before.x_train).all()
        assert (again.y_test == before.y_test).all()


@pytest.mark.parametrize("load", EVERY_SET)
def test_each_call_gives_the_same_split(load) -> None:
    first, second = load().numpy(), load().numpy()
    assert (first.x_test == second.x_test).all()
    assert (first.y_train == second.y_train).all()


def test_arrays_load_no_torch() -> None:
    code = (
        "import sys; from helpers import data\n"
        "for load in (data.digits, data.fashion, data.names, data.signals, data.text):\n"
        "    load().numpy(); load().hold_out(); repr(load())\n"
        "print('torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (ran.stdout, ran.stderr) == ("False\n", "")


def test_flat_arrays_have_an_example_in_a_row() -> None:
    assert data.fashion().numpy(flat=True).x_test.shape == (1000, 784)
    assert data.names().numpy(flat=True).x_test.shape == data.names().x_test.shape


def test_train_and_test_are_pairs_for_training() -> None:
    digits = data.digits()
    x, y = digits.train
    assert x is digits.x_train and y is digits.y_train
    assert digits.test[1] is digits.y_test


def test_a_part_held_out_is_taken_from_training_alone_and_from_each_class() -> None:
    digits = data.digits()
    held = digits.hold_out(0.2, seed=3)
    assert len(held.y_train) + len(held.y_test) == len(digits.y_train)
    share = held.y_test.bincount() / digits.y_train.bincount()
    np.testing.assert_allclose(share, 0.2, atol=0.005)
    whole, kept = digits.numpy(flat=True), held.numpy(flat=True)
    together = np.concatenate([kept.x_train, kept.x_test])
    assert sorted(map(bytes, together)) == sorted(map(bytes, whole.x_train))


def test_the_seed_decides_what_is_held_out() -> None:
    digits = data.digits()
    same, other = digits.hold_out(seed=0), digits.hold_out(seed=1)
    assert (digits.hold_out().x_test == same.x_test).all()
    assert not (other.x_test == same.x_test).all()


def test_of_running_text_the_end_is_held_out() -> None:
    text = data.text()
    held = text.hold_out(0.25)
    assert (held.x_test == text.x_train[-len(held.x_test) :]).all()
    assert held.alphabet == text.alphabet


@pytest.mark.parametrize("share", [-1.0, 0.0, 1.0, 1.5])
def test_a_share_that_leaves_no_examples_is_refused(share: float) -> None:
    with pytest.raises(DataError) as caught:
        data.digits().hold_out(share)
    assert str(caught.value) == (
        f"hold_out takes a part of the 1437 training examples, and share={share} leaves none on "
        "one side: give a number between 0 and 1, such as 0.1."
    )


def test_text_is_encoded_and_decoded() -> None:
    text = data.text()
    assert text.decode(text.encode("def f(x):\n")) == "def f(x):\n"
    assert len(text.decode(text.x_train[0])) == 64


def test_padding_is_taken_off_a_name() -> None:
    names = data.names()
    row = [*names.encode("garcía"), 0, 0, 0]
    assert names.decode(np.array(row)) == "garcía"


def test_a_character_without_a_code_is_named() -> None:
    with pytest.raises(DataError) as caught:
        data.text().encode("naïve")
    assert str(caught.value) == (
        "text() has no code for 'ï': use only the characters of its `alphabet`."
    )


def test_pictures_hold_no_text() -> None:
    with pytest.raises(DataError) as caught:
        data.digits().decode([1, 2])
    assert str(caught.value) == (
        "digits() holds no text: encode and decode belong to names() and text()."
    )


def test_its_words_are_short_and_without_addresses() -> None:
    digits = data.digits()
    described = "'digits', 1437 for training, 360 for testing, 1 x 8 x 8)"
    assert repr(digits) == f"Dataset({described}"
    assert repr(digits.numpy()) == f"Arrays({described}"


def test_a_set_of_ones_own_is_made_from_arrays() -> None:
    x, y = np.zeros((4, 2)), np.array([0, 1, 0, 1])
    own = Dataset("own", (x, y), (x, y), ("no", "yes"))
    assert own.x_train.shape == (4, 2)
    assert str(own.x_train.dtype) == "torch.float32"
