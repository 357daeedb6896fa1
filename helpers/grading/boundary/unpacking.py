"""Values from trees that may come from an enemy: each of exactly the type that its tree names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from helpers.grading.boundary.frames import WireError
from helpers.grading.boundary.packing import DEEPEST, GENERATORS, KINDS, TENSORS

__all__ = ["Unpacker", "unpack"]

_MAKE = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


def unpack(tree: Any, buffers: Sequence[bytes], find: Callable[[Any], Any] | None = None) -> Any:
    """The value that pack made into a tree and buffers."""
    return Unpacker(memoryview(b"".join(buffers)), find).value(tree)


class Unpacker:
    """Makes values of trees, each of exactly the type that its tree names.

    Whatever is off with a tree is a WireError: it may come from an enemy.
    """

    def __init__(self, data: memoryview, find: Callable[[Any], Any] | None = None) -> None:
        self.data, self.find = data, find
        self.seen: list[Any] = []

    def value(self, tree: Any) -> Any:
        """The value of a tree."""
        try:
            return self._value(tree, 0)
        except WireError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"[:200]
            raise WireError(f"a message that cannot be read ({what})") from None

    def _value(self, tree: Any, depth: int) -> Any:
        if not isinstance(tree, list):
            if isinstance(tree, dict):
                raise WireError("a message with an object where a value is due")
            return tree
        if depth > DEEPEST + 2:
            raise WireError("a message with too many containers in one another")
        name, *parts = tree
        if name in _MAKE:
            return _MAKE[name](self._value(item, depth + 1) for item in parts[0])
        if name == "dict":
            return {self._value(k, depth + 1): self._value(v, depth + 1) for k, v in parts[0]}
        if name in _READ:
            return _READ[name](self, *parts)
        if name == "handle" and self.find is not None:
            return self.find(parts[0])
        raise WireError(f"a message with a value of an unknown kind {str(name)[:40]!r}")

    def again(self, number: int) -> Any:
        """A thing that stood earlier in this message."""
        if not isinstance(number, int) or number < 0:
            raise WireError("a message that repeats what it has not said")
        return self.seen[number]

    def array(
        self, kind: str, shape: list[int], order: str, frozen: bool, place: list[int]
    ) -> np.ndarray:
        """An array with the strides of the kind that the original had."""
        at = self._reserve()
        dtype = np.dtype(kind)
        if dtype.kind not in KINDS or dtype.fields or dtype.subdtype:
            raise WireError(f"a message with an array of dtype {kind[:40]!r}")
        flat = np.frombuffer(self._bytes(place), dtype=dtype)
        array = flat.reshape(shape, order="F" if order == "F" else "C").copy(order="K")
        if order == "S" and array.ndim:
            spaced = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=dtype)
            spaced[..., ::2] = array
            array = spaced[..., ::2]
        array.flags.writeable = not frozen
        self.seen[at] = array
        return array

    def objects(self, shape: list[int], items: list[Any]) -> np.ndarray:
        """An array of plain values of any kind."""
        at = self._reserve()
        array = np.empty(len(items), dtype=object)
        for place, item in enumerate(items):
            array[place] = self._value(item, 1)
        self.seen[at] = array = array.reshape(shape)
        return array

    def tensor(
        self, name: str, shape: list[int], order: str, wants: bool, place: list[int], grad: Any
    ) -> Any:
        """A tensor on the CPU, a leaf of any graph, with its gradient where it has one."""
        import torch

        at = self._reserve()
        if name not in TENSORS:
            raise WireError(f"a message with a tensor of dtype {str(name)[:40]!r}")
        flat = torch.zeros(0, dtype=getattr(torch, name))
        if place[1]:
            raw = torch.from_numpy(np.frombuffer(self._bytes(place), dtype=np.uint8).copy())
            flat = raw.view(getattr(torch, name))
        if order == "T":
            tensor = flat.view(*shape[:-2], shape[-1], shape[-2]).mT
        else:
            tensor = flat.view(shape)
        if order == "S" and tensor.dim():
            tensor = torch.stack([tensor, torch.zeros_like(tensor)], dim=-1)[..., 0]
        tensor.requires_grad_(bool(wants))
        self.seen[at] = tensor
        if grad is not None:
            tensor.grad = self._value(grad, 0)
        return tensor

    def scalar(self, tree: Any) -> Any:
        """A NumPy number."""
        if not isinstance(tree, list) or tree[:1] != ["array"]:
            raise WireError("a message with a number that is none")
        seen, self.seen = self.seen, []
        number = self.array(*tree[1:])[()]
        self.seen = seen
        return number

    def generator(self, state: Any) -> np.random.Generator:
        """A random generator in the state that the original had."""
        at = self._reserve()
        state = self._value(state, 0)
        name = state["bit_generator"]
        if name not in GENERATORS:
            raise WireError(f"a message with a generator {str(name)[:40]!r}")
        made = np.random.Generator(getattr(np.random, name)(0))
        made.bit_generator.state = state
        self.seen[at] = made
        return made

    def chance(self, state: Any) -> Any:
        """A random generator of torch."""
        import torch

        at = self._reserve()
        made = torch.Generator()
        made.set_state(self._value(state, 0))
        self.seen[at] = made
        return made

    def kind(self, name: str) -> np.dtype:
        """A dtype of NumPy."""
        made = np.dtype(name)
        if type(name) is not str or made.kind not in KINDS:
            raise WireError(f"a message with the dtype {str(name)[:40]!r}")
        return made

    def dtype(self, name: str) -> Any:
        """A dtype of torch."""
        import torch

        if name not in TENSORS:
            raise WireError(f"a message with the dtype {str(name)[:40]!r}")
        return getattr(torch, name)

    def device(self, name: str) -> Any:
        """A device of torch."""
        import torch

        return torch.device(name)

    def _reserve(self) -> int:
        self.seen.append(None)
        return len(self.seen) - 1

    def _bytes(self, place: list[int]) -> memoryview:
        start, size = place
        if not (min(start, size) >= 0 and start + size <= len(self.data)):
            raise WireError("a message that points outside itself")
        return self.data[start : start + size]


_READ: dict[str, Callable[..., Any]] = {
    "again": Unpacker.again,
    "array": Unpacker.array,
    "tensor": Unpacker.tensor,
    "scalar": Unpacker.scalar,
    "generator": Unpacker.generator,
    "objects": Unpacker.objects,
    "chance": Unpacker.chance,
    "kind": Unpacker.kind,
    "dtype": Unpacker.dtype,
    "device": Unpacker.device,
    "int": lambda _, text: int(text, 16),
    "complex": lambda _, real, imaginary: complex(real, imaginary),
    "bytes": lambda _, text: bytes.fromhex(text),
    "slice": lambda _, start, stop, step: slice(start, stop, step),
    "range": lambda _, start, stop, step: range(start, stop, step),
    "...": lambda _: ...,
    "NotImplemented": lambda _: NotImplemented,
}
