"""nbgrader's ClearSolutions with stubs that name their exercise."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import ClearSolutions


class NamedStubs(ClearSolutions):  # type: ignore[misc]  # nbgrader has no types
    """Replaces a solution region by `raise NotImplementedError("Exercise 1.4: local_gradient")`.

    The name comes from the cell's metadata, where the builder puts it. Used by the builder and,
    through nbgrader_config.py, by `nbgrader generate_assignment`.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> Any:
        """One cell, with its own stub."""
        title = cell.metadata.get("exercise", "")
        self.code_stub = {"python": f'raise NotImplementedError("Exercise {title}")'}
        self.text_stub = "*Your answer here.*"
        return super().preprocess_cell(cell, resources, cell_index)
