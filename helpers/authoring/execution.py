"""Runs the instructor's notebook and keeps only outputs that are the same on every run."""

from __future__ import annotations

from pathlib import Path

import nbclient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from helpers.errors import LessonError

SECONDS = 600  # for one cell
WIDGET = "application/vnd.jupyter.widget-view+json"


def execute(notebook: NotebookNode, folder: Path, name: str) -> NotebookNode:
    """Runs all cells in a fresh kernel started in folder; raises LessonError where a cell fails."""
    client = nbclient.NotebookClient(
        notebook,
        timeout=SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        store_widget_state=False,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise LessonError(f"{name}: a cell fails when run from the top:\n{error}") from None
    except CellTimeoutError:
        raise LessonError(f"{name}: a cell ran longer than {SECONDS} seconds") from None
    except DeadKernelError:
        raise LessonError(f"{name}: the kernel died; is there enough memory?") from None
    strip(notebook)
    return notebook


def strip(notebook: NotebookNode) -> None:
    """Takes out what a reader without a kernel cannot use: live widgets and their state."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata.language_info = {"file_extension": ".py", "name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if len(data) > 1:
                data.pop(WIDGET, None)
