"""A progress bar whose stored text is the same on every run."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, TypeVar

__all__ = ["bar", "in_notebook", "progress"]

Item = TypeVar("Item")
LOG_INTERVAL = 10.0  # seconds between two lines where stderr is a file


def progress(iterable: Iterable[Item], description: str = "") -> Iterable[Item]:
    """Return `iterable` with a bar that shows how far a loop over it has come.

    In a notebook the bar is a widget and its saved text has no times; in a terminal it is a
    line on stderr; where stderr is a file, a line is added every ten seconds.

    >>> [epoch for epoch in progress(range(3), "training")]
    [0, 1, 2]
    """
    return bar(iterable, description=description)  # type: ignore[no-any-return]


def bar(
    iterable: Iterable[Any] | None = None,
    *,
    total: int | None = None,
    initial: int = 0,
    description: str = "",
) -> Any:
    """Return a bar in the manner of tqdm for where this runs: over `iterable`, or by hand.

    By hand, `update(steps)` and `close()` move it; `set_postfix_str` adds words.
    """
    words: dict[str, Any] = {"desc": description or None, "total": total, "initial": initial}
    if in_notebook():
        return _notebook_bar(iterable, description, words)
    if not sys.stderr.isatty():
        return LogBar(iterable, total=total, initial=initial, description=description)
    from tqdm import tqdm

    return tqdm(iterable, **words)


def in_notebook() -> bool:
    """Whether a kernel runs this; asked at each call, for a test may import a kernel's parts."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _notebook_bar(iterable: Any, description: str, words: dict[str, Any]) -> Any:
    """tqdm's own widget, shown by us: its saved text would hold the time and "0%" for ever."""
    from IPython.display import display
    from tqdm.notebook import tqdm_notebook

    made: Any = tqdm_notebook(iterable, display=False, **words)
    display(_Stored(made.container, _stored_text(description, made.total)))  # type: ignore[no-untyped-call]
    made.displayed = True
    return made


def _stored_text(description: str, total: int | None) -> str:
    steps = "" if total is None else f" ({total} steps)"
    return f"progress bar: {description or 'a loop'}{steps}"


class _Stored:
    """A widget for the page, with a constant text for the file."""

    def __init__(self, widget: Any, text: str) -> None:
        self.widget, self.text = widget, text

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return {**(self.widget._repr_mimebundle_() or {}), "text/plain": self.text}


class LogBar:
    """A bar for a log: whole lines in tqdm's format, one every ten seconds and one at the end.

    A loop that takes less than ten seconds writes nothing.
    """

    def __init__(
        self, iterable: Iterable[Any] | None = None, *, total: int | None = None,
        initial: int = 0, description: str = "",
    ) -> None:  # fmt: skip
        if total is None and iterable is not None and isinstance(iterable, Sized):
            total = len(iterable)
        self.iterable, self.total, self.done = iterable, total, initial
        self.initial, self.description, self.postfix = initial, description, ""
        self.start = self.written = time.perf_counter()

    def __iter__(self) -> Iterator[Any]:
        try:
            for item in self.iterable or ():
                yield item
                self.update(1)
        finally:
            self.close()

    def set_postfix_str(self, words: str, refresh: bool = True) -> None:
        """Set the words at the end of the next line."""
        self.postfix = words

    def update(self, steps: int) -> None:
        """Count `steps` more, and write a line if the last one is ten seconds old."""
        self.done += steps
        if time.perf_counter() - self.written >= LOG_INTERVAL:
            self._write()

    def close(self) -> None:
        """Write how it ended, if anything was written before."""
        if self.written > self.start:
            self._write()

    def _write(self) -> None:
        from tqdm import tqdm

        self.written = time.perf_counter()
        line = tqdm.format_meter(
            self.done, self.total, self.written - self.start, prefix=self.description,
            ascii=True, ncols=100, initial=self.initial, postfix=self.postfix or None,
        )  # fmt: skip
        print(line, file=sys.stderr, flush=True)
