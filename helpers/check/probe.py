"""The vocabulary of a check: each method asks the student's code one thing and notes the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.check import fingerprint as prints
from helpers.check.answers import RECORDED, Answer
from helpers.check.arrays import changed, is_tensor, restore, snapshot, to_array
from helpers.check.outcomes import BrokenCheck
from helpers.check.show import show_call


class Probe:
    """Collects answers; nothing is judged before the check's block ends.

    Where ``expected`` is left out, the answer is compared with the recorded one, which the
    reference solution gave when the notebook was built.
    """

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.functions: list[Callable[..., Any]] = []  # the student's, as they were called

    def call(
        self,
        label: str,
        function: Callable[..., Any],
        *arguments: Any,
        expected: Any = RECORDED,
        tolerance: float | None = None,
        same_dtype: bool = False,
        **named: Any,
    ) -> Any:
        """Calls the student's function, whose arguments must stay unchanged; returns its value."""
        self.functions.append(function)
        answer = Answer(label, "value", expected=expected)
        answer.options = {"tolerance": tolerance, "same_dtype": same_dtype}
        everything = {**{f"argument {i}": a for i, a in enumerate(arguments, 1)}, **named}
        answer.asked = prints.fingerprint(everything)
        before = snapshot(everything)
        answer.shown = lambda: show_call(function, before, named)
        try:
            answer.got = snapshot(function(*arguments, **named))
        except (NotImplementedError, BrokenCheck):
            raise
        except (Exception, SystemExit) as error:  # sys.exit() would end the check unjudged
            answer.error = error
        answer.changed = next(
            (key for key in everything if changed(before[key], everything[key])), ""
        )
        restore(before, everything)
        self._note(answer)
        return answer.got

    def values(
        self,
        label: str,
        got: Any,
        expected: Any = RECORDED,
        *,
        tolerance: float | None = None,
        same_dtype: bool = False,
    ) -> None:
        """A value at hand: numbers, arrays, tensors, text, or containers of them."""
        options = {"tolerance": tolerance, "same_dtype": same_dtype}
        self._note(Answer(label, "value", snapshot(got), expected, options=options))

    def shape(self, label: str, got: Any, expected: tuple[int, ...]) -> None:
        """The shape alone."""
        shape = tuple(got.shape) if is_tensor(got) else np.shape(got)
        self._note(Answer(label, "value", shape, tuple(expected)))

    def gradient(
        self,
        label: str,
        got: Any,
        function: Callable[[Any], Any],
        at: Any,
        *,
        step: float = 1e-5,
        tolerance: float = 1e-5,
    ) -> None:
        """got against central differences of a scalar function at a float64 array or tensor."""
        options = {"tolerance": tolerance, "same_dtype": False}
        expected = central_differences(function, at, step)
        self._note(Answer(label, "value", snapshot(got), expected, options=options))

    def number(self, label: str, got: Any, decimals: int = 3) -> None:
        """A number that the student found; the right one is kept only as a salted hash."""
        got = str(got) if np.iscomplexobj(got) else got  # no number on a line
        self._note(Answer(label, "number", got, options={"decimals": decimals}))

    def choice(self, label: str, got: Any) -> None:
        """A letter that the student chose; the right one is kept only as a salted hash."""
        self._note(Answer(label, "choice", got))

    def true(self, label: str, condition: Any, try_this: str) -> None:
        """Any other fact, with the sentence that tells what to do where it does not hold."""
        self._note(Answer(label, "fact", bool(condition), True, options={"try_this": try_this}))

    def _note(self, answer: Answer) -> None:
        if any(answer.label == other.label for other in self.answers):
            raise BrokenCheck(f"two probes of one check are called {answer.label!r}.")
        self.answers.append(answer)


def central_differences(function: Callable[[Any], Any], at: Any, step: float = 1e-5) -> Any:
    """The gradient of a scalar function at an array or tensor: (f(+h) - f(-h)) / 2h by entry.

    >>> central_differences(lambda w: (w**2).sum(), np.array([3.0])).round(6)
    array([6.])
    """
    point = snapshot(at) if is_tensor(at) else np.array(at, dtype=float)
    gradient = np.zeros(tuple(point.shape))
    for index in np.ndindex(gradient.shape):
        kept = point[index].item()
        ends = []
        for moved in (kept + step, kept - step):
            point[index] = moved
            ends.append(float(to_array(function(point))))
        point[index] = kept
        gradient[index] = (ends[0] - ends[1]) / (2 * step)
    return at.new_tensor(gradient) if is_tensor(at) else gradient
