"""Several notebooks of one student for one chapter: none of them wins silently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from helpers.grading.collecting.names import folded, shown
from helpers.grading.collecting.outcome import Found

__all__ = ["rivals"]


def rivals(found: Iterable[Found]) -> dict[Path, str]:
    """Why some cannot be taken, by the folder in which they are.

    Of several that differ none is taken; but one that says itself of which chapter it is goes
    before those that only lie in the right place.  The same bytes twice are no harm.
    """
    groups: dict[tuple[str, str], list[Found]] = defaultdict(list)
    for each in found:
        groups[folded(each.outcome.student), each.outcome.chapter].append(each)
    reasons = {}
    for group in groups.values():
        serious = [each for each in group if each.evident] or group
        for each in group:
            if reason := _reason(each, serious):
                reasons[each.made] = reason
    return reasons


def _reason(found: Found, serious: list[Found]) -> str:
    outcome = found.outcome
    for other in serious:
        if other.outcome.student != outcome.student:
            names = f"{outcome.student} and {other.outcome.student}"
            return f"{names} differ only in their capitals or accents: rename one of them"
    differing = [other for other in serious if other.fingerprint != found.fingerprint]
    if not differing:
        return ""
    rival = differing[0].outcome
    where = f"{shown(rival.entry)} in {shown(rival.archive.name)}"
    if not found.evident and differing[0].evident:
        return f"nothing in it says {outcome.chapter}, and of the same student there is {where}"
    return (
        f"{outcome.student} handed in another one for {outcome.chapter}, {where}, "
        "so neither was filed: remove the one that does not count, and collect again"
    )
