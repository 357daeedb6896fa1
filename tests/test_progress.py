"""The progress bar: it hands on what it is given, and stores nothing that changes."""

import os
import subprocess
import sys
import time

import nbformat
import pytest
from nbclient import NotebookClient

from helpers.progress import bar, progress

module = sys.modules["helpers.progress"]  # `helpers.progress` itself is the function


def run(*cells: str) -> list[list[nbformat.NotebookNode]]:
    """The outputs of each cell, run in a kernel without a page."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    return [cell.outputs for cell in notebook.cells]


def test_every_item_arrives_in_order() -> None:
    assert list(progress("abc", "letters")) == ["a", "b", "c"]


def test_an_iterator_without_a_length_is_followed_too() -> None:
    assert sum(progress(iter(range(4)))) == 6


def test_an_exception_of_the_loop_is_not_swallowed() -> None:
    def loop() -> None:
        for _ in progress(range(3), "training"):
            raise KeyError

    with pytest.raises(KeyError):
        loop()


def test_a_short_loop_writes_nothing_where_stderr_is_a_file(
    capfd: pytest.CaptureFixture[str],
) -> None:
    list(progress(range(3), "training"))
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def outputs() -> list[list[nbformat.NotebookNode]]:
    return run(
        "import time\nfrom helpers import progress",
        "for _ in progress(range(3), 'training'): time.sleep(0.2)",
        "for _ in progress(iter([1, 2])): pass",
        "bar = progress(range(3), 'half')\nfor item in bar:\n    if item: break",
    )


def test_a_notebook_stores_the_same_text_on_each_run(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    texts = [[output.data["text/plain"] for output in cell] for cell in outputs[1:]]
    assert texts == [
        ["progress bar: training (3 steps)"],
        ["progress bar: a loop"],
        ["progress bar: half (3 steps)"],
    ]


def test_a_notebook_shows_a_widget_and_nothing_on_stderr(
    outputs: list[list[nbformat.NotebookNode]],
) -> None:
    for output in (output for cell in outputs for output in cell):
        assert output.output_type == "display_data"
        assert "application/vnd.jupyter.widget-view+json" in output.data


def test_a_log_gets_whole_lines_now_and_then_and_one_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "LOG_INTERVAL", 0.0)
    for _ in progress(range(2), "training"):
        time.sleep(0.002)
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("training: ") for line in lines)
    assert "\r" not in "".join(lines)
    assert "1/2" in lines[0]
    assert "2/2" in lines[2]


def test_a_bar_moved_by_hand_counts_on_and_shows_words(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "LOG_INTERVAL", 0.0)
    made = bar(total=10, initial=4, description="training")
    made.set_postfix_str("loss 0.5", refresh=False)
    made.update(3)
    line = capfd.readouterr().err
    assert "7/10" in line
    assert "loss 0.5" in line


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are for Unix")
def test_a_terminal_shows_one_line_that_moves() -> None:
    import pty
    import termios

    code = "from helpers import progress\nfor _ in progress(range(3), 'training'): pass"
    main, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 80))
    process = subprocess.Popen([sys.executable, "-c", code], stderr=end)
    os.close(end)
    assert process.wait(60) == 0
    text = os.read(main, 100_000).decode()
    os.close(main)
    assert "training: 100%" in text
    assert text.count("\n") == 1
