"""What a notebook shows and stores of a training: a bar, a figure on request, sentences."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = (
    "import torch\nfrom helpers import data, training\ndigits = data.digits()",
    "training.seed(0)\nmodel = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))",
    "history = training.fit(model, digits, epochs=2)",
    "history = training.fit(model, digits, epochs=2, live=True)",
    "training.loop(lambda batch: None, digits.x_train)",
    "history.table()",
)


@pytest.fixture(scope="module")
def outputs() -> list[list[nbformat.NotebookNode]]:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, kernel_name="python3", timeout=120, allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_training_shows_its_device_and_one_bar(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    device, shown = outputs[2]
    assert device.text.startswith("Device: ")
    assert shown.data["text/plain"] == "progress bar: training (24 steps)"
    assert "application/vnd.jupyter.widget-view+json" in shown.data


def test_a_live_training_leaves_its_last_figure(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    bar, figure = outputs[3]
    assert bar.data["text/plain"].startswith("progress bar")
    assert figure.data["text/plain"] == "The losses of this training so far."
    assert len(figure.data["image/png"]) > 5000  # not the empty one that it began with


def test_a_mistake_is_told_in_a_sentence_without_a_traceback(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    error = outputs[4][-1]
    assert error.traceback == [
        "step returned None: return the loss, or a dict from names to losses."
    ]


def test_a_table_is_a_table(outputs: list[list[nbformat.NotebookNode]]) -> None:
    assert outputs[5][0].data["text/html"].startswith("<table><thead><tr><th>epoch</th>")
