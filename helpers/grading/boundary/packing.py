"""Values as trees of JSON and buffers, for messages between the checker and a student's process.

Only plain values cross: numbers, text, containers, arrays and tensors of a fixed list of dtypes,
and the states of NumPy's random generators; nothing is ever pickled. What is none of these stays
where it is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.grading.boundary.frames import WireError

__all__ = ["DEEPEST", "GENERATORS", "KINDS", "TENSORS", "Packer", "pack"]

DEEPEST = 100  # containers in containers
LONGEST = 10_000  # bits of a whole number in JSON; Python refuses to read more than 4,300 digits
KINDS = "biufcU"  # of NumPy's dtypes: truth, whole, real and complex numbers, text
TENSORS = (
    "bool", "uint8", "int8", "int16", "int32", "int64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def pack(value: Any, keep: Callable[[Any], Any] | None = None) -> tuple[Any, list[bytes]]:
    """A value as a JSON tree and buffers; see Packer.

    >>> pack({"a": (1, [2.5])})
    (['dict', [['a', ['tuple', [1, ['list', [2.5]]]]]]], [])
    """
    packer = Packer(keep)
    return packer.tree(value), packer.buffers


class Packer:
    """Makes trees of values; `keep` says what to send for a thing that may not cross."""

    def __init__(self, keep: Callable[[Any], Any] | None = None) -> None:
        self.keep, self.buffers = keep, list[bytes]()
        self.at = 0
        self.seen: dict[int, tuple[int, Any]] = {}  # arrays met before, kept alive meanwhile

    def tree(self, value: Any, depth: int = 0) -> Any:
        """The JSON tree of a value; each kind but the simplest is a list with its name first."""
        if value is None or value is True or value is False:
            return value
        kind = type(value)
        if kind in (float, str) or (kind is int and value.bit_length() <= LONGEST):
            return value
        if depth > DEEPEST:
            raise WireError(f"a value with more than {DEEPEST} containers in one another")
        if kind in _CONTAINERS:
            return [_CONTAINERS[kind], [self.tree(item, depth + 1) for item in value]]
        if kind is dict:
            inside = depth + 1
            pairs = [[self.tree(k, inside), self.tree(v, inside)] for k, v in value.items()]
            return ["dict", pairs]
        return self._data(value) or self._other(value, depth)

    def _data(self, value: Any) -> Any:
        """Arrays, tensors, and the other simple kinds; None for anything else."""
        if isinstance(value, np.ndarray) and value.dtype.kind in KINDS:
            return self._once(value, lambda: self._array(value))
        if isinstance(value, np.ndarray) and value.dtype.kind == "O":
            return self._once(value, lambda: self._objects(value))
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            name = str(value.dtype).removeprefix("torch.")
            plain = value.layout == torch.strided and not value.is_quantized
            if name in TENSORS and plain and value.device.type != "meta":
                return self._once(value, lambda: self._tensor(value, name))
            return None
        if isinstance(value, np.generic) and value.dtype.kind in KINDS:
            return ["scalar", self._array(np.asarray(value))]
        if isinstance(value, np.random.Generator):
            state = value.bit_generator.state
            if state.get("bit_generator") in GENERATORS:
                return self._once(value, lambda: ["generator", self.tree(state)])
        if torch is not None and type(value) is torch.Generator and value.device.type == "cpu":
            return self._once(value, lambda: ["chance", self.tree(value.get_state())])
        if isinstance(value, np.dtype) and value.kind in KINDS:
            return ["kind", value.str]
        if torch is not None and isinstance(value, torch.dtype):
            return ["dtype", str(value).removeprefix("torch.")]
        if torch is not None and isinstance(value, torch.device):
            return ["device", str(value)]
        if type(value) in _SIMPLE:
            return _SIMPLE[type(value)](value)
        return None

    def _other(self, value: Any, depth: int) -> Any:
        """Subclasses of plain kinds count as these; the rest is kept where it is."""
        for kind in _NUMBERS:
            if isinstance(value, kind):
                return self.tree(kind.__new__(kind, value), depth)
        for kind in _ROWS:
            if isinstance(value, kind):
                return self.tree(kind(kind.__iter__(value)), depth)
        if isinstance(value, dict):
            return self.tree(dict(dict.items(value)), depth)
        if self.keep is None:
            raise WireError(f"a value of type {type(value).__name__} cannot cross")
        return self.keep(value)

    def _once(self, value: Any, make: Callable[[], Any]) -> Any:
        """A thing met twice in one message is one thing on the other side too."""
        if id(value) in self.seen:
            return ["again", self.seen[id(value)][0]]
        self.seen[id(value)] = (len(self.seen), value)
        return make()

    def _array(self, array: np.ndarray) -> Any:
        array = np.asarray(array)
        order = "C" if array.flags.c_contiguous else "F" if array.flags.f_contiguous else "S"
        data = array.tobytes("F" if order == "F" else "C")
        frozen = not array.flags.writeable
        return ["array", str(array.dtype.str), list(array.shape), order, frozen, self._put(data)]

    def _objects(self, array: np.ndarray) -> Any:
        items = [self.tree(item, 1) for item in array.ravel().tolist()]
        return ["objects", list(array.shape), items]

    def _tensor(self, tensor: Any, name: str) -> Any:
        import torch

        data = tensor.detach().cpu().resolve_conj().resolve_neg()
        turned = not data.is_contiguous() and data.dim() > 1 and data.mT.is_contiguous()
        order = "C" if data.is_contiguous() else "T" if turned else "S"
        flat = (data.mT if turned else data).contiguous().view(-1)
        raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
        grad = tensor.grad if tensor.is_leaf else None
        return [
            "tensor", name, list(data.shape), order, bool(tensor.requires_grad),
            self._put(raw), None if grad is None else self.tree(grad),
        ]  # fmt: skip

    def _put(self, data: bytes) -> list[int]:
        self.buffers.append(data)
        start, self.at = self.at, self.at + len(data)
        return [start, len(data)]


_NUMBERS: tuple[Any, ...] = (int, float, complex, str, bytes)
_ROWS: tuple[Any, ...] = (list, tuple, set, frozenset)
_CONTAINERS: dict[type, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset"}
_SIMPLE: dict[type, Callable[[Any], Any]] = {
    int: lambda value: ["int", f"{value:x}"],
    complex: lambda value: ["complex", value.real, value.imag],
    bytes: lambda value: ["bytes", value.hex()],
    bytearray: lambda value: ["bytes", value.hex()],
    slice: lambda value: ["slice", value.start, value.stop, value.step],
    range: lambda value: ["range", value.start, value.stop, value.step],
    type(...): lambda value: ["..."],
    type(NotImplemented): lambda value: ["NotImplemented"],
}
