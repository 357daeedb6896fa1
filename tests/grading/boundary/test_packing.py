"""Values that cross come out as they went in; what an enemy writes is a value or a WireError."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from helpers.grading.boundary.frames import WireError
from helpers.grading.boundary.packing import KINDS, TENSORS, Packer, pack
from helpers.grading.boundary.unpacking import Unpacker, unpack

quick = settings(max_examples=150, derandomize=True)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.complex_numbers()
    | st.text()
    | st.binary()
)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)
dtypes = (
    hn.boolean_dtypes()
    | hn.integer_dtypes(endianness="?")
    | hn.unsigned_integer_dtypes(endianness="?")
    | hn.floating_dtypes(endianness="?")
    | hn.complex_number_dtypes(endianness="?")
    | hn.unicode_string_dtypes(endianness="?")
)


def crossed(value: Any, **more: Any) -> Any:
    """A value as it arrives: its tree has been text in between."""
    tree, buffers = pack(value)
    return unpack(json.loads(json.dumps(tree)), buffers, **more)


def alike(one: Any, other: Any) -> bool:
    """The same types and the same contents, not-a-number equal to itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, np.ndarray):
        same = one.dtype == other.dtype and one.shape == other.shape
        return same and (one.tobytes() == other.tobytes())
    if isinstance(one, float | complex):
        return str(one) == str(other)
    return bool(one == other)


@quick
@given(plain)
def test_a_plain_value_comes_out_as_it_went_in(value: Any) -> None:
    assert alike(value, crossed(value))


@quick
@given(hn.arrays(dtypes, hn.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)))
def test_an_array_of_any_kind_and_shape_comes_out_as_it_went_in(array: np.ndarray) -> None:
    out = crossed(array)
    assert alike(array, out)
    assert out.flags.writeable
    assert out.flags.c_contiguous == array.flags.c_contiguous


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4).T,
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(12)[::2],
        np.arange(12)[::-1],
        np.arange(24).reshape(2, 3, 4)[:, 1:, ::2],
        np.broadcast_to(np.arange(3), (2, 3)),
        np.zeros((0, 3)),
        np.array(2.5),
        np.array("text"),
        np.array(["", "ab"]),
        np.array([], dtype=str),
        np.array([math.nan, math.inf, -0.0]),
        np.ma.masked_array([1.0, 2.0], [True, False]),
        np.arange(2).reshape(1, 2).view(np.matrix),
    ],
    ids=str,
)
def test_an_array_stays_contiguous_or_not(array: np.ndarray) -> None:
    out = crossed(array)
    assert type(out) is np.ndarray and out.dtype == array.dtype and out.shape == array.shape
    assert out.tobytes() == np.asarray(array).tobytes()
    assert out.flags.c_contiguous == array.flags.c_contiguous
    assert out.flags.f_contiguous == array.flags.f_contiguous


def test_a_read_only_array_stays_so() -> None:
    array = np.arange(3)
    array.flags.writeable = False
    assert not crossed(array).flags.writeable


def test_an_array_of_objects_crosses_where_they_are_plain() -> None:
    out = crossed(np.array([1, "a", None, [2]], dtype=object).reshape(2, 2))
    assert out.dtype == object and out.tolist() == [[1, "a"], [None, [2]]]
    with pytest.raises(WireError, match="a value of type object cannot cross"):
        crossed(np.array([object()]))


@pytest.mark.parametrize("kind", [k for k in np.typecodes["All"] if np.dtype(k).kind in KINDS])
def test_numbers_keep_their_dtype(kind: str) -> None:
    number = np.zeros(1, dtype=kind)[0]
    out = crossed(number)
    assert isinstance(out, np.generic) and out.dtype == number.dtype and out == number
    assert crossed(np.dtype(kind)) == np.dtype(kind)


@pytest.mark.parametrize("name", TENSORS)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)], ids=str)
def test_a_tensor_of_any_kind_and_shape_comes_out_as_it_went_in(
    name: str, shape: tuple[int, ...]
) -> None:
    tensor = torch.arange(math.prod(shape)).reshape(shape).to(getattr(torch, name))
    out = crossed(tensor)
    assert out.dtype == tensor.dtype and torch.equal(out, tensor) and out.shape == tensor.shape
    assert crossed(tensor.dtype) is tensor.dtype


@pytest.mark.parametrize(
    "tensor",
    [
        torch.arange(6.0).reshape(2, 3).T,
        torch.arange(24).reshape(2, 3, 4).mT,
        torch.arange(12)[::2],
        torch.zeros(3).expand(2, 3),
        torch.zeros(2, 0).T,
        torch.tensor([1 + 2j]).conj(),
        torch.nn.Parameter(torch.ones(2)).data,
    ],
    ids=str,
)
def test_a_tensor_stays_contiguous_or_not(tensor: torch.Tensor) -> None:
    out = crossed(tensor)
    assert torch.equal(out, tensor) and out.is_contiguous() == tensor.is_contiguous()


def test_a_tensor_brings_its_gradient() -> None:
    leaf = torch.tensor([1.0, 2.0], requires_grad=True)
    (leaf**2).sum().backward()
    out = crossed(leaf)
    assert out.requires_grad and out.is_leaf and out.grad.tolist() == [2.0, 4.0]
    assert crossed(leaf * 2).requires_grad
    assert crossed(leaf.detach()).grad is None


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_a_generator_goes_on_where_it_was(name: str) -> None:
    rng = np.random.Generator(getattr(np.random, name)(3))
    rng.normal(size=3)
    assert crossed(rng).normal(size=4).tolist() == rng.normal(size=4).tolist()


def test_a_generator_of_torch_goes_on_where_it_was() -> None:
    rng = torch.Generator().manual_seed(3)
    torch.rand(2, generator=rng)
    out = crossed(rng)
    assert torch.equal(torch.rand(4, generator=out), torch.rand(4, generator=rng))


def test_what_is_one_thing_stays_one() -> None:
    array, tensor, rng = np.zeros(2), torch.zeros(2), np.random.default_rng(0)
    out = crossed([array, tensor, rng, np.float64(1), {"a": array}, (tensor, rng)])
    assert out[0] is out[4]["a"] and out[1] is out[5][0] and out[2] is out[5][1]
    assert out[0] is not out[3]


@pytest.mark.parametrize(
    "value",
    [
        10**5000, -(10**5000), True, 1.5, 1j, "a\x00b", b"\x00", range(1, 9, 2),
        slice(None, 2), ..., NotImplemented, {1, 2}, frozenset({"a"}), {(1, 2): [3]},
        torch.device("cpu"),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_simple_values_cross(value: Any) -> None:
    out = crossed(value)
    assert type(out) is type(value) and out == value


def test_subclasses_of_plain_kinds_count_as_these() -> None:
    class Count(int):
        pass

    class Row(list):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            return iter("never asked")

    class Table(dict):  # type: ignore[type-arg]
        pass

    class Words(str):
        pass

    out = crossed([Count(3), Row([1]), Table(a=1), Words("a")])
    assert alike(out, [3, [1], {"a": 1}, "a"])


def test_what_is_no_value_is_kept_or_refused() -> None:
    thing = object()
    tree, buffers = pack([thing], lambda value: ["handle", 7])
    assert unpack(tree, buffers, lambda handle: thing if handle == 7 else None) == [thing]
    with pytest.raises(WireError, match="a value of type object cannot cross"):
        pack(thing)
    with pytest.raises(WireError, match="more than 100 containers in one another"):
        deep: list[Any] = []
        deep.append(deep)
        pack(deep)


def test_a_packer_tells_how_large_its_buffers_are() -> None:
    packer = Packer()
    packer.tree([np.zeros(3), np.zeros(2)])
    assert packer.at == sum(map(len, packer.buffers)) == 40


words = st.sampled_from(
    [
        "list", "tuple", "set", "frozenset", "dict", "array", "tensor", "scalar", "generator",
        "objects", "chance", "kind", "dtype", "device", "int", "complex", "bytes", "slice", "range",
        "...", "NotImplemented", "again", "handle", "<f8", "float32", "C", "F", "S", "T", "PCG64",
        "bit_generator", "state", "cpu", "cuda:0", "O", "U9", "V9", "<U0", "f4,f4", "M8[s]",
    ]
)  # fmt: skip
hostile = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 99) | st.floats() | words | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=7)
        | st.builds(lambda word, rest: [word, *rest], words, st.lists(inner, max_size=6))
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=25,
)


@settings(quick, max_examples=400)
@given(hostile, st.binary(max_size=40))
def test_whatever_tree_arrives_is_a_plain_value_or_a_wire_error(tree: Any, data: bytes) -> None:
    try:
        value = Unpacker(memoryview(data)).value(tree)
    except WireError:
        return
    assert is_plain(value)


def is_plain(value: Any) -> bool:
    """Whether a value is of exactly a type that may cross."""
    if type(value) in (list, tuple, set, frozenset):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(is_plain(key) and is_plain(item) for key, item in value.items())
    simple = (
        type(None), bool, int, float, complex, str, bytes, slice, range, np.ndarray, torch.Tensor,
        np.random.Generator, torch.Generator, torch.dtype, torch.device, type(...),
        type(NotImplemented),
    )  # fmt: skip
    return type(value) in simple or isinstance(value, np.generic | np.dtype)


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        ({}, "a message with an object where a value is due"),
        (["no such"], "a message with a value of an unknown kind 'no such'"),
        (["handle", 1], "a message with a value of an unknown kind 'handle'"),
        (["again", 0], r"a message that cannot be read \(IndexError: list index out of range\)"),
        (["again", -1], "a message that repeats what it has not said"),
        (["array", "|O", [1], "C", False, [0, 8]], "a message with an array of dtype '|O'"),
        (["array", "<f8", [1], "C", False, [8, 8]], "a message that points outside itself"),
        (["array", "<f8", [1], "C", False, [-8, 8]], "a message that points outside itself"),
        (["tensor", "qint8", [], "C", False, [0, 0], None], "a tensor of dtype 'qint8'"),
        (["generator", ["dict", [["bit_generator", "os"]]]], "a generator 'os'"),
        (["dtype", "load"], "the dtype 'load'"),
        (["kind", "O"], "the dtype 'O'"),
        (["scalar", 3], "a number that is none"),
    ],
)
def test_a_tree_that_is_off_is_refused_in_words(tree: Any, says: str) -> None:
    with pytest.raises(WireError, match=says):
        Unpacker(memoryview(bytes(8))).value(tree)


def test_a_tree_that_is_too_deep_is_refused() -> None:
    tree: list[Any] = ["list", []]
    for _ in range(200):
        tree = ["list", [tree]]
    with pytest.raises(WireError, match="too many containers"):
        unpack(tree, [])
