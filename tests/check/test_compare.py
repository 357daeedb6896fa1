"""Are right answers of every kind accepted, and wrong ones of every kind refused?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from helpers.check.answers import decode, encode
from helpers.check.compare import difference
from helpers.check.fingerprint import fingerprint, same

DEVICES = [
    "cpu",
    *(["cuda"] if torch.cuda.is_available() else []),
    *(["mps"] if torch.backends.mps.is_available() else []),
]
floats = st.floats(-1e6, 1e6, width=64)
tables = arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=floats)


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (1.0, 1.0),
        (1.0, 1),
        (1.0, np.float64(1)),
        (1.0, np.float32(1)),
        (1.0, np.array(1.0)),
        (1.0, torch.tensor(1.0)),
        (np.array([1.0, 2.0]), np.array([1, 2])),
        (1e-3, 1e-3 + 1e-11),
        (np.float32(0.1), 0.1),
        (float("nan"), float("nan")),
        (float("inf"), np.inf),
        ((1.0, [2.0]), (1.0, [2.0])),
        ([1.0], (1.0,)),
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ((np.zeros(3), np.ones(3)), np.stack([np.zeros(3), np.ones(3)])),
        ((torch.zeros(3), torch.ones(3)), torch.stack([torch.zeros(3), torch.ones(3)])),
        ({"a": 1.0}, {"a": 1.0}),
        (None, None),
        ("c", "c"),
        (True, np.True_),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (torch.tensor([1.0, 2]), torch.tensor([1.0, 2])),
        (torch.tensor([1.5]).bfloat16(), torch.tensor([1.5]).bfloat16()),
    ],
)
def test_agree(expected: Any, got: Any) -> None:
    assert difference(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "says"),
    [
        (1.0, 1.00001, "1.00001"),
        (1.0, -1.0, "-1"),
        (1.0, None, "None"),
        (1.0, "1", "'1'"),
        (1.0, np.array([1.0]), "shape (1,)"),
        (1.0, float("nan"), "nan"),
        (np.inf, -np.inf, "-inf"),
        (1, 2, "2"),
        (3, 3.4, "3.4"),
        (True, 1.0, "1"),
        (1.0, True, "True"),
        (np.zeros(3), np.zeros((3, 1)), "shape (3, 1)"),
        (np.zeros(2), [0.0, 0.0], "a list of 2 items"),
        (np.zeros(2), torch.zeros(2), "a torch tensor of shape (2,)"),
        (torch.zeros(2), np.zeros(2), "an array"),
        ([1.0], [1.0, 2.0], "2 items"),
        ((1.0, 2.0), (1.0, 3.0), "[1]: 3"),
        ((np.zeros(2), np.ones(2)), np.zeros((3, 2)), "3 items"),
        ((np.zeros(2), np.ones(2)), np.zeros((2, 2)), "[1]: "),
        ((np.zeros(2), np.zeros(2)), torch.zeros((2, 2)), "[0]: a torch tensor"),
        ((np.zeros(2), np.zeros(2)), np.zeros(2), "an array of shape (2,)"),
        ((), 1.0, "the number 1"),
        ({"a": 1.0}, {"b": 1.0}, "the keys 'b'"),
        ({"a": 1.0}, {}, "(none)"),
        ({"a": 1.0}, 3.0, "the number 3"),
        ({"a": [1.0, 2.0]}, {"a": [1.0, 5.0]}, "['a'][1]: 5"),
        ("c", "d", "'d'"),
        (None, 0.0, "the number 0"),
        (np.zeros(2), np.array(["a", "b"]), "an array"),
    ],
)
def test_differ(expected: Any, got: Any, says: str) -> None:
    found = difference(expected, got)
    assert found and says in found.got, found


def test_dtype_is_compared_where_asked_for() -> None:
    half = np.float32([0.5])
    assert difference(half, np.float64([0.5])) is None
    found = difference(half, np.float64([0.5]), same_dtype=True)
    assert found == (
        "dtype float32",
        "dtype float64",
        "Keep the dtype of the input: make new arrays like the input's.",
    )
    assert difference(torch.zeros(1), torch.zeros(1).double(), same_dtype=True)
    assert difference(half, half.copy(), same_dtype=True) is None


def test_device_is_compared_where_asked_for() -> None:
    for device in DEVICES:
        one = torch.ones(2, device=device)
        assert difference(one, one.clone(), same_dtype=True) is None
        assert difference(torch.ones(2), one) is None
        moved = difference(torch.ones(2), one, same_dtype=True)
        assert (moved is None) == (device == "cpu")


def test_tensors_with_gradients_and_views_are_read() -> None:
    leaf = torch.ones(2, 3, requires_grad=True)
    assert difference(torch.full((3, 2), 2.0), (leaf * 2).T) is None
    assert difference(torch.tensor([1 - 1j]), torch.tensor([1 + 1j]).conj()) is None


def test_float32_is_compared_more_coarsely_than_float64() -> None:
    assert difference(1.0, np.float32(1.00001)) is None
    assert difference(1.0, np.float64(1.00001)) is not None
    assert difference(1.0, np.float64(1.00001), tolerance=1e-4) is None


@pytest.mark.parametrize(
    ("got", "advice"),
    [
        (-np.eye(2) - 1, "Only the sign is wrong."),
        (np.array([[1.0, 3], [2, 4]]), "Your matrix is the transposed one."),
        (np.array([[2.0, 4], [6, 8]]), "Every value is 2 times the expected one."),
        (np.array([[np.nan, 2], [3, 4]]), "A value is nan: look for"),
        (np.array([[np.inf, 2], [3, 4]]), "A value is infinite: look for"),
        (np.array([[9.0, 1], [0, 0]]), ""),
    ],
)
def test_the_pattern_behind_wrong_numbers(got: Any, advice: str) -> None:
    expected = np.eye(2) + 1 if "sign" in advice else np.array([[1.0, 2], [3, 4]])
    found = difference(expected, got)
    assert found and found.try_this.startswith(advice) and bool(found.try_this) == bool(advice)


def test_numbers_that_print_alike_are_told_apart() -> None:
    advice = "Nearly right: is a small number added, one rounded, or all done in float32?"
    assert difference(-1.136094, -1.1360919) == ("-1.136094", "-1.1360919", advice)
    near = np.linspace(0, 1, 9) + 3e-6 * (np.arange(9) == 4)
    assert difference(np.linspace(0, 1, 9), near) == (
        "0.5 at [4]",
        "0.500003 at [4] (1 of 9 values differ; this is the first)",
        "",
    )


@given(tables)
def test_an_array_agrees_with_itself_and_its_record(table: np.ndarray) -> None:
    assert difference(table, table.copy()) is None
    assert difference(decode(encode(table)), table) is None
    assert same(fingerprint(table), fingerprint(table * (1 + 1e-9)))


@given(tables, st.data())
def test_one_changed_number_is_seen(table: np.ndarray, data: st.DataObject) -> None:
    index = data.draw(st.tuples(*(st.integers(0, n - 1) for n in table.shape)))
    other = table.copy()
    other[index] += 1e-3 * (1 + np.abs(table).max())
    assert difference(table, other) is not None
    assert not same(fingerprint(table), fingerprint(other))


@given(
    st.recursive(
        st.none() | st.booleans() | floats | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.tuples(inner, inner)
            | st.dictionaries(st.text(max_size=2), inner, max_size=2)
        ),
    )
)
def test_what_is_written_down_is_read_back(value: Any) -> None:
    assert difference(value, decode(encode(value))) is None


def test_fingerprints_tell_structure_apart() -> None:
    for one, other in [
        (1.0, [1.0]),
        (np.zeros(4), np.zeros((2, 2))),
        (None, 0.0),
        ({"a": 1}, {"b": 1}),
        (np.nan, 0.0),
    ]:
        assert not same(fingerprint(one), fingerprint(other))


def test_wrong_booleans_have_no_pattern_of_numbers() -> None:
    found = difference(np.array([True, False]), np.array([True, True]))
    assert found is not None
    assert found.try_this == ""


def test_truth_is_no_number_in_an_array_either() -> None:
    truth, numbers = np.array([True, False]), np.array([1.0, 0.0])
    assert difference(numbers, truth) is not None
    assert difference(truth, numbers) is not None
