"""Tells of several chapters in one call, and in one archive: it may be meant, or be a mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from helpers.grading.collecting.names import shown
from helpers.grading.collecting.outcome import Outcome, State

__all__ = ["by_chapter", "mixed"]

PLACED = ("filed", "replaced")
NAMED = 3  # students whose notebook is of another chapter than most


def by_chapter(outcomes: Sequence[Outcome], state: State) -> str:
    """How many were filed, or replaced another, for each of several chapters; else empty."""
    if len({outcome.chapter for outcome in outcomes if outcome.state in PLACED}) < 2:
        return ""
    counts = Counter(outcome.chapter for outcome in outcomes if outcome.state == state)
    told = [f"{count:,} for {chapter}" for chapter, count in counts.most_common()]
    return f": {', '.join(told)}" if state in PLACED and told else ""


def mixed(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A sentence for each archive that holds several chapters; also of those that are refused."""
    for archive in dict.fromkeys(outcome.archive for outcome in outcomes):
        inside = [each for each in outcomes if each.archive == archive and each.chapter]
        counts = Counter(outcome.chapter for outcome in inside)
        if len(counts) > 1:
            most, count = counts.most_common(1)[0]
            others = [_who(outcome) for outcome in inside if outcome.chapter != most]
            if len(others) > NAMED:
                others[NAMED:] = [f"{len(others) - NAMED:,} more"]
            yield (
                f"{shown(archive.name)}: it holds several chapters, {count:,} of {most} and also "
                f"{', '.join(others)}: --chapter {most} refuses the others"
            )


def _who(outcome: Outcome) -> str:
    return f"{shown(f'{outcome.person} {outcome.student}'.strip())} ({outcome.chapter})"
