"""Feedback that shows the student's work and the reason of each verdict, and no hidden check."""

from __future__ import annotations

import re
from typing import Any

from nbgrader.preprocessors import ClearHiddenTests

__all__ = ["HideHiddenTests"]

# What the checks print where their parts end (helpers.check.checks).
VISIBLE_PASSED = "visible checks passed; hidden checks run after you submit"
HIDDEN_PASSED = "hidden checks passed"
COLOURS = re.compile(r"\x1b\[[0-9;]*m")  # what a terminal reads as a change of colour


class HideHiddenTests(ClearHiddenTests):  # type: ignore[misc]  # nbgrader has no types
    """Removes hidden regions from check cells, and whatever in their output repeats a line of them.

    nbgrader puts the instructor's whole check cell into the autograded notebook, and its feedback
    shows it.  An unforeseen error is shown there with the lines of code around it: of such an
    error only the last line is kept.  What a student's code prints while hidden checks call it
    would show their arguments, and goes.  What a check says of a wrong answer stays.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """Clean one cell; a cell without a hidden region stays as it is."""
        hidden = self._hidden_lines(cell.source)
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        for output in cell.get("outputs", []) if hidden else []:
            if output.output_type == "stream":
                output.text = _without_hidden_prints(output.text)
            if output.output_type != "error":
                continue
            shown = COLOURS.sub("", "\n".join(output.traceback))
            if output.ename != "StudentMistake" or any(line in shown for line in hidden):
                output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources

    def _hidden_lines(self, source: str) -> list[str]:
        """The lines of the hidden region, stripped; none where there is no region."""
        _, begun, rest = source.partition(self.begin_test_delimeter)
        region = rest.partition(self.end_test_delimeter)[0] if begun else ""
        return [line.strip() for line in region.splitlines() if line.strip(" #")]


def _without_hidden_prints(text: str) -> str:
    """What was printed up to where the visible checks passed, then only the checks' words."""
    before, passed, after = text.partition(VISIBLE_PASSED)
    if not passed:
        return text
    own = (line for line in after.splitlines() if HIDDEN_PASSED in line)
    return "\n".join([f"{before}{passed}", *own]) + "\n"
