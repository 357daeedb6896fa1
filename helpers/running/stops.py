"""Reasons to end a training run early: Ctrl-C, and no progress any more."""

from __future__ import annotations

import copy
import signal
import threading
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any

from helpers.errors import TrainingError

__all__ = ["Interrupts", "Patience"]


class Interrupts:
    """Inside `with`, the first Ctrl-C only sets `came`, so that the step at hand is finished.

    A second one raises `KeyboardInterrupt`, as ever.  Outside the main thread, where Python
    handles no signals, nothing is changed.
    """

    came = False

    def __enter__(self) -> Interrupts:
        self.before: Any = None
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            raise KeyboardInterrupt
        self.came = True


class Patience:
    """Keeps the best states seen so far, and says when none was better for `epochs` epochs.

    Better is lower, but for a name with "accuracy" in it, where it is higher.
    """

    def __init__(self, epochs: int, watch: str | None, keep: Iterable[Any]) -> None:
        if epochs < 1:
            raise TrainingError(f"patience is {epochs}: give a number of epochs, at least 1.")
        self.epochs, self.watch, self.keep = epochs, watch, tuple(keep)
        self.best: float | None = None
        self.best_epoch = 0
        self.name = ""
        self.states: list[Any] = []

    def see(self, series: dict[str, list[float]]) -> str | None:
        """Look at the epoch that just ended; return why to stop, or None."""
        name = self.watch or _default(series)
        if name not in series:
            raise TrainingError(f"watch is {name!r}, but there are only {', '.join(series)}.")
        self.name, epoch, value = name, len(series[name]), series[name][-1]
        sign = -1.0 if "accuracy" in name else 1.0
        if self.best is None or sign * value < sign * self.best:
            self.best, self.best_epoch = value, epoch
            self.states = [copy.deepcopy(each.state_dict()) for each in self.keep]
        return self.over(epoch)

    def over(self, epoch: int) -> str | None:
        """Return why to stop after `epoch`, or None."""
        if epoch - self.best_epoch < self.epochs:
            return None
        return f"{self.name} has not improved since epoch {self.best_epoch}"

    def restore(self) -> None:
        """Bring back what was kept at the best epoch."""
        for each, state in zip(self.keep, self.states, strict=False):
            each.load_state_dict(state)

    def state_dict(self) -> dict[str, Any]:
        """Return the best so far."""
        return {name: vars(self)[name] for name in ("best", "best_epoch", "name", "states")}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from an earlier best."""
        vars(self).update(state)


def _default(series: dict[str, list[float]]) -> str:
    """What to watch: the first loss that was not trained on, else the first series."""
    return next((name for name in series if name.endswith(" loss")), next(iter(series)))
