"""What a student's code answered to one probe, and how such an answer is written down."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from helpers.check import fingerprint as prints
from helpers.check.arrays import dtype_name, is_number, is_tensor, to_array
from helpers.check.outcomes import BrokenCheck

Kind = Literal["value", "number", "choice", "fact"]
RECORDED: Any = type(
    "Recorded", (), {"__repr__": lambda self: "RECORDED"}
)()  # expected: from the record


@dataclass
class Answer:
    """One probe's outcome: a value, or what was raised, or an argument that was changed."""

    label: str
    kind: Kind
    got: Any = None
    expected: Any = RECORDED
    shown: Callable[[], str] = str  # the call, to read
    asked: prints.Fingerprint = field(default_factory=list)
    error: BaseException | None = None
    changed: str = ""  # the argument changed in place
    options: dict[str, Any] = field(default_factory=dict)

    def print(self, salt: str) -> prints.Fingerprint:
        """The fingerprint that tells this answer from other answers to the same probe."""
        if self.error is not None:
            return prints.of_error(self.error)
        if self.changed:
            return [f"changed {self.changed}", 0.0, 0.0]
        if self.kind in ("number", "choice"):
            keys = candidates(self)
            return [prints.salted(salt + self.label, keys[0]) if keys else "none", 0.0, 0.0]
        return prints.fingerprint(self.got)


def candidates(answer: Answer) -> list[str]:
    """The texts that an answer to a salted question may stand for, the nearest first.

    A number is rounded to the decimals asked for; one unit of the last place either way is let
    pass, since 0.33 and 0.34 are both fair roundings of 0.335.
    """
    if answer.kind == "choice":
        letter = re.sub(r"\W", "", answer.got).lower() if isinstance(answer.got, str) else ""
        return [letter] if len(letter) == 1 else []
    if not is_number(answer.got) or to_array(answer.got).size != 1 or is_truth(answer.got):
        return []
    number = float(to_array(answer.got).item())
    if not math.isfinite(number):
        return []
    scaled = number * 10 ** answer.options["decimals"]
    nearest = round(scaled)
    if abs(scaled - nearest) < 1e-6:
        return [str(nearest)]
    return [str(nearest), str(math.floor(scaled) if nearest > scaled else math.ceil(scaled))]


def is_truth(value: Any) -> bool:
    """Whether value is True or False rather than a number."""
    return isinstance(value, bool | np.bool_)


def encode(value: Any) -> Any:
    """A plain value as JSON; arrays keep dtype, tuples stay tuples.

    >>> decode(encode((1.5, [2])))
    (1.5, [2])
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dict):
        return {"dict": {str(key): encode(item) for key, item in value.items()}}
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if not is_number(value):
        raise BrokenCheck(
            f"a probe's answer is {type(value).__name__}; it must be numbers, arrays, text or "
            "containers of them."
        )
    if isinstance(value, float | np.floating):
        number = _digits(float(value))
        return {"float": number} if isinstance(number, str) else number
    array = to_array(value)
    name = "tensor" if is_tensor(value) else "array"
    flat = [_digits(item) for item in array.ravel().tolist()]
    return {name: flat, "shape": list(array.shape), "dtype": dtype_name(value)}


def decode(data: Any) -> Any:
    """The value that encode wrote down."""
    if isinstance(data, list):
        return [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "float" in data:
        return float(data["float"])
    if "dict" in data:
        return {key: decode(item) for key, item in data["dict"].items()}
    if "tuple" in data:
        return tuple(decode(item) for item in data["tuple"])
    numbers = data["array"] if "array" in data else data["tensor"]
    flat = [float(item) if isinstance(item, str) else item for item in numbers]
    if "array" in data:
        return np.array(flat, dtype=data["dtype"]).reshape(data["shape"])
    import torch

    return torch.tensor(flat, dtype=getattr(torch, data["dtype"])).reshape(data["shape"])


def _digits(number: Any) -> Any:
    """Ten digits: more than a check compares, fewer than differ between machines."""
    if not isinstance(number, float):
        return number
    return float(f"{number:.10g}") + 0.0 if math.isfinite(number) else str(number)
