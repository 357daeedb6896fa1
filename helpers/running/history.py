"""What a training run leaves behind: its losses by step and by epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["History", "Table"]


class History(Mapping[str, list[float]]):
    """A mapping from a name to one number an epoch: the mean loss, and what was evaluated.

    - `steps`: from a loss's name to an array with one number a step
    - `seconds`: of training, evaluation left out; `examples_per_second`
    - `stopped`: why it ended before its last epoch, in a sentence, or None
    """

    def __init__(self) -> None:
        self.by_step: dict[str, list[float]] = {}
        self.by_epoch: dict[str, list[float]] = {}
        self.sizes: list[int] = []  # examples of each step
        self.ends: list[int] = []  # steps before the end of each epoch
        self.seconds = 0.0
        self.stopped: str | None = None

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.by_epoch:
            raise KeyError(f"{name!r} is not in this history; it has {sorted(self.by_epoch)}")
        return self.by_epoch[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_epoch)

    def __len__(self) -> int:
        return len(self.by_epoch)

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.items() if values)
        words = f"{self.epochs} epochs, {len(self.sizes)} steps"
        return f"History({words}{': ' + last if last else ''})"

    @property
    def epochs(self) -> int:
        """How many epochs are complete."""
        return len(self.ends)

    @property
    def steps(self) -> dict[str, NDArray[np.float64]]:
        """From a loss's name to an array with one number a step."""
        return {name: np.array(values) for name, values in self.by_step.items()}

    @property
    def examples_per_second(self) -> float:
        """Training examples seen in a second of training."""
        return sum(self.sizes) / self.seconds if self.seconds else 0.0

    def arrays(self) -> dict[str, NDArray[np.float64]]:
        """Return from each name an array with one number an epoch."""
        return {name: np.array(values) for name, values in self.items()}

    def table(self) -> Table:
        """Return a table with one row an epoch, for a notebook or for `print`."""
        rows = list(zip(range(1, self.epochs + 1), *self.values(), strict=True))
        return Table(["epoch", *self], rows)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with a line for each name: by epoch, or by step if no second epoch ended."""
        from helpers.plots import learning_curves

        if self.epochs >= 2:
            return learning_curves(self, ax)
        return learning_curves(self.by_step, ax, x_label="step")

    # What follows is for the loop that fills it.

    def close_epoch(self, evaluated: Mapping[str, float]) -> None:
        """Write down an epoch that is complete: the means of its steps' losses, and `evaluated`."""
        since = self.ends[-1] if self.ends else 0
        sizes = self.sizes[since:]
        for name, losses in self.by_step.items():
            mean = float(np.average(losses[since:], weights=sizes))
            self.by_epoch.setdefault(name, []).append(mean)
        for name, value in evaluated.items():
            self.by_epoch.setdefault(name, []).append(float(value))
        self.ends.append(len(self.sizes))

    def cut(self, steps: int) -> None:
        """Forget all steps after the first `steps`."""
        for losses in self.by_step.values():
            del losses[steps:]
        del self.sizes[steps:]

    def state_dict(self) -> dict[str, Any]:
        """Return its contents as plain numbers."""
        return {**vars(self), "stopped": None}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over the contents of another history."""
        vars(self).update(state)


class Table:
    """Rows of numbers under names; long ones are shown by their ends."""

    MOST = 24  # rows that are shown

    def __init__(self, names: list[str], rows: list[tuple[float, ...]]) -> None:
        self.names, self.rows = names, rows

    def __repr__(self) -> str:
        cells = [self.names, *self._shown()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
            for row in cells
        )

    def _repr_html_(self) -> str:
        def line(cells: list[str], tag: str) -> str:
            return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

        body = "".join(line(row, "td") for row in self._shown())
        return f"<table><thead>{line(self.names, 'th')}</thead><tbody>{body}</tbody></table>"

    def _shown(self) -> list[list[str]]:
        rows = [[f"{number:.4g}" for number in row] for row in self.rows]
        if len(rows) <= self.MOST:
            return rows
        half = self.MOST // 2
        return [*rows[:half], ["…"] * len(self.names), *rows[-half:]]
