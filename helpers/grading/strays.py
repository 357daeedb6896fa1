"""Cells that claim to be graded and are not: copies, and cells with a name of the student's."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor

__all__ = ["ForgetStrays"]


class ForgetStrays(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """Takes nbgrader's marks off cells that it found to be strays.

    nbgrader itself takes off the name only. What is left looks like a notebook of an old version,
    and stops the grading of this student and of everybody after. Runs after OverwriteCells.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """Clean one cell; a cell with a name, or without marks, stays as it is."""
        if "grade_id" not in cell.metadata.get("nbgrader", {}):
            cell.metadata.pop("nbgrader", None)
        return cell, resources
