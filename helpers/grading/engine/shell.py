"""The IPython in which a student's cells run, without Jupyter: outputs are collected as they come.

The outputs are those that a notebook would hold: streams, what is displayed, the last value, an
error with its traceback.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from helpers.grading.boundary.outputs import OUTPUTS
from helpers.grading.boundary.raised import told

__all__ = ["Shell", "make_shell", "run"]

FRAMES = 40  # of a traceback that are shown


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr of the student's code."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> int:
        """Into the outputs, whatever is printed."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        OUTPUTS.write(self.name, text)
        return len(text)

    def writable(self) -> bool:
        """Always."""
        return True


class Publisher(DisplayPublisher):
    """Takes what `display` shows."""

    def publish(
        self, data: Any, metadata: Any = None, source: Any = None, *,
        transient: Any = None, update: bool = False, **more: Any,
    ) -> None:  # fmt: skip
        """Add it to the outputs, or put it where it was shown before."""
        place = (transient or {}).get("display_id")
        if update:
            OUTPUTS.update(place, data)
        else:
            OUTPUTS.show("display_data", data, metadata, place)

    def clear_output(self, wait: bool = False) -> None:
        """Forget the cell's outputs so far."""
        OUTPUTS.clear(wait)


class LastValue(DisplayHook):
    """Takes the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """A notebook has none."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Add it to the outputs."""
        count = self.prompt_count
        OUTPUTS.show("execute_result", format_dict, md_dict, execution_count=count)

    def finish_displayhook(self) -> None:
        """Nothing is left to print."""


class Shell(InteractiveShell):
    """IPython, with the outputs above."""

    display_pub_class = Type(Publisher)
    displayhook_class = Type(LastValue)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        try:
            value = str(evalue)
        except BaseException:  # a student's exception may do anything
            value = ""
        OUTPUTS.error(etype.__name__, value, [str(line) for line in stb])

    def _get_exc_info(self, exc_tuple: Any = None) -> Any:
        kind, error, trace = super()._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
        _shorten(trace)
        return kind, error, trace

    def system(self, cmd: str) -> None:
        """Run a command of the system, what it says among the cell's outputs."""
        command = self.var_expand(cmd, depth=1)  # type: ignore[no-untyped-call]
        with subprocess.Popen(
            command, shell=True, text=True, errors="replace", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ) as process:  # fmt: skip
            try:
                for line in process.stdout or ():
                    sys.stdout.write(line)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                raise
        self.user_ns["_exit_code"] = process.returncode

    def _tee(self, channel: str) -> Any:
        """IPython would keep all that is printed for its history, however much it is."""
        return nullcontext()

    def enable_gui(self, gui: Any = None) -> None:
        """There is no screen."""

    def ask_exit(self) -> None:
        """A notebook goes on after exit()."""


def make_shell() -> Shell:
    """The one shell of this process, its figures drawn into the notebook."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "Linux"
    shell: Shell = Shell.instance(config=config)
    _inline_figures(shell)
    sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")
    sys.stdin = io.StringIO()  # nobody is there to answer input()
    _warm_up(shell)
    return shell


def _warm_up(shell: Shell) -> None:
    """Do once what the first error, value and figure of every fork would take half a second for."""
    from matplotlib.figure import Figure

    place = shell.compile.cache("1 / 0", 0)
    try:
        exec(compile("1 / 0", place, "exec"), {})
    except ZeroDivisionError:
        shell.InteractiveTB.structured_traceback(*sys.exc_info())
    figure = Figure()
    figure.add_subplot().plot([0.0, 1.0], label="x")
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")
    formatter: Any = shell.display_formatter
    formatter.format((1, "x"))
    OUTPUTS.begin()


def _inline_figures(shell: Shell) -> None:
    from matplotlib_inline.backend_inline import configure_inline_support, flush_figures

    configure: Any = configure_inline_support
    configure(shell, "module://matplotlib_inline.backend_inline")
    if flush_figures not in shell.events.callbacks["post_execute"]:
        shell.events.register("post_execute", flush_figures)
    # Before pyplot's own: what is shown is closed, and not drawn another time.
    callbacks = shell.events.callbacks["post_execute"]
    callbacks.insert(0, callbacks.pop(callbacks.index(flush_figures)))


def _shorten(trace: TracebackType | None) -> None:
    """Leave out the middle of a long traceback, which would take seconds to write."""
    whole = []
    while trace:
        whole.append(trace)
        trace = trace.tb_next
    if len(whole) > FRAMES:
        whole[FRAMES // 2].tb_next = whole[-FRAMES // 2]


def run(shell: Any, source: str) -> tuple[list[dict[str, Any]], int]:
    """Run a cell: its outputs, and its number."""
    OUTPUTS.begin()
    for name in ("stdout", "stderr"):
        if not callable(getattr(getattr(sys, name, None), "write", None)):
            setattr(sys, name, Stream(name))  # a cell has taken it away
    number = shell.execution_count
    try:
        shell.run_cell(source, store_history=True)
    except BaseException as error:  # in IPython itself
        what = told(error)
        OUTPUTS.error(what["type"], what["text"], [f"{what['type']}: {what['text']}"])
    return OUTPUTS.done(), number
