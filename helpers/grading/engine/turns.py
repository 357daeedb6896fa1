"""Whether several do something at once, or one alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Turns"]


class Turns:
    """Many may share a turn; who wants one alone waits for these, and is not overtaken."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.sharing = self.waiting = 0
        self.taken = False

    @contextmanager
    def shared(self) -> Iterator[None]:
        """A turn beside others."""
        with self.changed:
            self.changed.wait_for(lambda: not self.taken and not self.waiting)
            self.sharing += 1
        try:
            yield
        finally:
            with self.changed:
                self.sharing -= 1
                self.changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """A turn with nobody beside."""
        with self.changed:
            self.waiting += 1
            self.changed.wait_for(lambda: not self.taken and not self.sharing)
            self.waiting -= 1
            self.taken = True
        try:
            yield
        finally:
            with self.changed:
                self.taken = False
                self.changed.notify_all()
