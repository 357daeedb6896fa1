"""A progress bar whose stored text is the same on every run."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any, TypeVar

__all__ = ["progress"]

Item = TypeVar("Item")


def progress(iterable: Iterable[Item], description: str = "") -> Iterable[Item]:
    """Return `iterable` with a bar that shows how far a loop over it has come.

    In a notebook the bar is a widget and its saved text has no times; in a terminal it is a
    line on stderr; where stderr is a file there is none.

    >>> [epoch for epoch in progress(range(3), "training")]
    [0, 1, 2]
    """
    if _in_notebook():
        return _notebook_bar(iterable, description)
    from tqdm import tqdm

    bar: Iterable[Item] = tqdm(iterable, desc=description or None, disable=None)
    return bar


def _in_notebook() -> bool:
    """Whether a kernel runs this; asked at each call, for a test may import a kernel's parts."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _notebook_bar(iterable: Iterable[Item], description: str) -> Iterable[Item]:
    """tqdm's own widget, shown by us: its saved text would hold the time and "0%" for ever."""
    from IPython.display import display
    from tqdm.notebook import tqdm_notebook

    bar: Any = tqdm_notebook(iterable, desc=description or None, display=False)
    display(_Stored(bar.container, _stored_text(description, bar.total)))  # type: ignore[no-untyped-call]
    bar.displayed = True
    return bar  # type: ignore[no-any-return]


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
