"""A chapter of one exercise whose record is made from a reference and named mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from helpers.check import record as records
from helpers.check.answers import encode
from helpers.check.checks import Checks
from helpers.check.probe import Probe
from helpers.check.record import Exercise, Mistake

Asks = Callable[[Probe, Any], None]
Named = dict[str, tuple[str, Any]]  # name of the mistake: advice, wrong answer


class Desk:
    """Judges an answer by a check that was recorded with a reference and mistakes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def open(
        self, asks: Asks, reference: Any, mistakes: Named | None = None, *, hidden: bool = False
    ) -> Callable[[Any], None]:
        """A function that runs the visible check on a student's answer."""
        right = self._answers(asks, reference)
        probes = {
            a.label: {
                "asked": a.asked,
                "expected": a.print("delta") if a.kind in ("number", "choice") else encode(a.got),
            }
            for a in right
        }
        named = [
            Mistake(name, advice, {a.label: a.print("delta") for a in self._answers(asks, wrong)})
            for name, (advice, wrong) in (mistakes or {}).items()
        ]
        exercise = Exercise("delta", "1.4", hidden, probes, named)
        self.monkeypatch.setattr("helpers.check.checks.load", lambda chapter: {"delta": exercise})
        check = Checks("01_any")

        def run(answer: Any) -> None:
            with check("delta") as probe:
                asks(probe, answer)

        run.checks = check  # type: ignore[attr-defined]
        return run

    @staticmethod
    def _answers(asks: Asks, answer: Any) -> Any:
        probe = Probe()
        asks(probe, answer)
        return probe.answers


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    records.load.cache_clear()
    return Desk(monkeypatch)
