"""One training run: what `helpers.training.loop` keeps track of around the student's steps."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sized
from pathlib import Path
from types import TracebackType
from typing import Any

from helpers.errors import TrainingError
from helpers.running.batches import examples
from helpers.running.checkpoint import Checkpoint, chance, set_chance
from helpers.running.display import Display
from helpers.running.history import History
from helpers.running.recorder import Recorder
from helpers.running.stops import Interrupts, Patience

__all__ = ["Run"]

LOOK = 0.1  # seconds between two looks at the losses
SAVE = 30.0  # seconds between two checkpoints


class Run:
    """Counts epochs and steps, and ends them early where there is a reason.

    `record` only puts a step's losses aside.  Ten times a second `_look` reads them in bulk,
    moves the bar, and asks whether to stop or to save.
    """

    def __init__(
        self, batches: Iterable[Any], epochs: int, *, keep: Iterable[Any],
        checkpoint: str | Path | None, patience: int | None, watch: str | None,
        seconds: float | None, live: bool, description: str,
    ) -> None:  # fmt: skip
        if epochs < 0:
            raise TrainingError(f"epochs is {epochs}: give 0 or more.")
        self.source, self.epochs_wanted = batches, epochs
        self.history = History()
        keep = tuple(keep)
        self.patience = Patience(patience, watch, keep) if patience is not None else None
        self.checkpoint = Checkpoint(checkpoint, keep) if checkpoint is not None else None
        self.interrupts = Interrupts()
        self.seconds, self.live, self.description = seconds, live, description
        self.start_of_epoch: dict[str, Any] = {}
        self.skip = 0  # steps of the first epoch that a checkpoint has done already
        self.chance_after_skip: dict[str, Any] | None = None
        self.whole = False  # whether the last epoch came to its end
        self.diverged = False

    def __enter__(self) -> Run:
        self._resume()
        self.recorder = Recorder(self.history)
        length = self._length()
        total = None if length is None else length * self.epochs_wanted
        done = len(self.history.sizes)
        self.display = Display(self.description, total, done, live=self.live)
        self.began = self.clock = self.saved = time.perf_counter()
        self.next_look = self.began
        self.interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:  # fmt: skip
        self.interrupts.__exit__(kind, error, trace)
        half_a_step = kind is not None
        interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        try:
            if interrupted or kind is None:
                self._finish(save=not half_a_step)
        finally:
            self.display.close()
        return interrupted and not self.interrupts.came  # a second Ctrl-C is passed on

    def epochs(self) -> Iterator[int]:
        """The epochs from 1 that are still to be done."""
        while self.history.epochs < self.epochs_wanted and self.history.stopped is None:
            yield self.history.epochs + 1

    def batches(self) -> Iterator[Any]:
        """The batches of one epoch, until there is a reason to stop."""
        if self.checkpoint is not None and not self.skip:
            self.start_of_epoch = self._here()
        self.whole = False
        self.clock = time.perf_counter()
        for batch in self._from_where_it_was():
            yield batch
            if self.history.stopped is not None:
                return
        self._look(time.perf_counter())
        self.whole = self.history.stopped is None
        if not self._steps_since_epoch():
            raise TrainingError("An epoch had no batches: batches is empty, or used up.")

    def record(self, losses: Any, batch: Any) -> None:
        """Put aside what a step over `batch` returned."""
        self.recorder.add(losses, examples(batch))
        now = time.perf_counter()
        if now >= self.next_look or self.interrupts.came:
            self._look(now)

    def end_epoch(self, evaluated: Mapping[str, float]) -> None:
        """Close an epoch that is complete."""
        clash = set(evaluated) & set(self.history.by_step)
        if clash:
            raise TrainingError(f"evaluate and step both return {clash.pop()!r}: rename one.")
        self.history.close_epoch(evaluated)
        if self.patience is not None and self.history.stopped is None:
            self.history.stopped = self.patience.see(self.history.by_epoch)

    def _from_where_it_was(self) -> Iterator[Any]:
        iterator = iter(self.source)
        for _ in range(self.skip):
            next(iterator, None)
        if self.chance_after_skip is not None:
            set_chance(self.chance_after_skip)
        self.skip, self.chance_after_skip = 0, None
        return iterator

    def _look(self, now: float) -> None:
        """Read the losses; then the reasons to stop, the bar, the checkpoint."""
        wrong = self.recorder.read()
        now = time.perf_counter()  # the GPU has caught up
        self.history.seconds += now - self.clock
        self.clock = now
        self.next_look = now + LOOK
        if self.seconds is not None:
            self.next_look = min(self.next_look, max(now, self.began + self.seconds))
        if self.history.stopped is None:
            self.history.stopped = self._reason(wrong, now)
        self.display.show(self.history, self._words())
        if self.checkpoint is not None and not wrong and now - self.saved >= SAVE:
            self._save()

    def _reason(self, wrong: str | None, now: float) -> str | None:
        epoch, step = self.history.epochs + 1, len(self.history.sizes)
        if wrong:
            self.diverged = True
            return f"{wrong} (epoch {epoch}). Try a smaller learning rate, or clip the gradients"
        if self.interrupts.came:
            return f"interrupted after step {step} (epoch {epoch})"
        if self.seconds is not None and now - self.began >= self.seconds:
            return f"the {self.seconds:g} seconds are over, after step {step} (epoch {epoch})"
        return None

    def _words(self) -> str:
        losses = self.history.by_step.items()
        last = [f"{name} {values[-1]:.3g}" for name, values in losses if values]
        return ", ".join([*last, f"{self.history.examples_per_second:,.0f} examples/s"])

    def _finish(self, *, save: bool) -> None:
        self.recorder.read()
        if not save:
            step = len(self.history.sizes)
            self.history.stopped = f"interrupted during step {step + 1}"
        if save and not self.diverged and self.checkpoint is not None and self.history.sizes:
            self._save()
        self.display.show(self.history, self._words(), last=True)
        if self.patience is not None:
            self.patience.restore()
        if self.history.stopped is not None:
            print(f"Stopped: {self.history.stopped}.")

    def _steps_since_epoch(self) -> int:
        return len(self.history.sizes) - (self.history.ends[-1] if self.history.ends else 0)

    def _length(self) -> int | None:
        """Batches an epoch, if they can be counted beforehand."""
        return len(self.source) if isinstance(self.source, Sized) else None

    def _here(self) -> dict[str, Any]:
        source = self.source.state_dict() if hasattr(self.source, "state_dict") else None
        return {"chance": chance(), "source": source}

    def _save(self) -> None:
        assert self.checkpoint is not None
        if not self._steps_since_epoch():
            self.start_of_epoch = self._here()
        self.checkpoint.save(
            {
                "history": self.history.state_dict(),
                "patience": self.patience.state_dict() if self.patience else None,
                "start_of_epoch": self.start_of_epoch,
                "batches": self._length(),
                "chance": chance(),
            }
        )
        self.saved = time.perf_counter()

    def _resume(self) -> None:
        if self.checkpoint is None or (saved := self.checkpoint.load()) is None:
            return
        if saved["batches"] != self._length():
            raise TrainingError(
                f"The checkpoint {self.checkpoint.path} was written with {saved['batches']} "
                f"batches an epoch, and now there are {self._length()}: use the same data and "
                "batch_size, or delete it to begin anew."
            )
        self.history.load_state_dict(saved["history"])
        if self.patience is not None and saved["patience"] is not None:
            self.patience.load_state_dict(saved["patience"])
            self.history.stopped = self.patience.over(self.history.epochs)
        self.start_of_epoch = saved["start_of_epoch"]
        set_chance(self.start_of_epoch["chance"])
        if hasattr(self.source, "load_state_dict"):
            self.source.load_state_dict(self.start_of_epoch["source"])
        self.skip = self._steps_since_epoch()
        if self.skip:
            self.chance_after_skip = saved["chance"]
