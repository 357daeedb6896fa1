"""A drill: questions with fresh numbers, judged at once and not graded."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets

from helpers.explore.base import HERE, Explorer, new_figure
from helpers.explore.drill_answer import AnswerError, read
from helpers.explore.drill_question import Question
from helpers.explore.drills import kinds_of, question

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drill", "DrillView"]

TRIES = 2  # wrong answers before the working is shown
HELP = "Type a whole number, or a calculation such as 3*3*8 + 1, and press Enter."


class DrillView(anywidget.AnyWidget):
    """The question in the page; what is pressed there comes as a message."""

    _esm = HERE / "drill.js"
    _css = HERE / "drill.css"
    shown = traitlets.Dict().tag(sync=True)


class Drill(Explorer):
    """A question, a field for the answer, and how many of those asked were right.

    `submit(typed)` judges an answer, `give_up()` shows the working, `go_on()` asks anew. A question
    counts as right if it was answered before its working was shown.
    """

    def __init__(self, name: str, seed: int | None = None) -> None:
        self.kinds, self.rng = kinds_of(name), np.random.default_rng(seed)
        self.right = self.asked = self.number = 0
        self.last = ""  # the kind asked last: no kind comes twice in a row
        self.view = DrillView()
        self.view.on_msg(self._on_message)
        look: dict[str, Any] = {"width": "auto", "margin": "0 0 0 12px"}
        self.ticks = {
            kind: widgets.Checkbox(value=True, description=kind, indent=False, layout=look)
            for kind in self.kinds
        }
        for tick in self.ticks.values():
            tick.observe(lambda change: self._choose(), "value")
        flow: dict[str, Any] = {"flex_flow": "row wrap", "margin": "0 0 0 8px"}
        choice = widgets.HBox([widgets.Label("Ask about"), *self.ticks.values()], layout=flow)
        example = question(self.kinds[0], np.random.default_rng(0))
        super().__init__(
            [self.view, choice] if len(self.kinds) > 1 else [self.view],
            title=f"Drill: {name}",
            alternative=f"Questions with fresh numbers about {', '.join(self.kinds)}. For "
            f"example: {example.text} {example.formula} = {example.working}.",
            draw=lambda: _still(name, example),
        )
        self._ask()

    def submit(self, typed: str) -> None:
        """Judge what was typed; the second wrong answer settles the question."""
        if self.settled:
            return
        try:
            given = read(typed)
        except AnswerError as error:
            self._say("", "", str(error))
            return
        if given == self.question.answer:
            self._settle(True)
            self._say("right", "Right.", f"{self.question.working}.", "Enter asks the next one.")
            return
        if given in self.given:
            self._say("wrong", "Not right.", "That was your answer before; try another one.")
            return
        self.given.append(given)
        advice = self.question.mistakes.get(given, "")
        if len(self.given) < TRIES:
            self._say("wrong", "Not right.", f"{advice} Try again.".strip())
        else:
            self._reveal("wrong", "Not right.", advice)

    def give_up(self) -> None:
        """Show formula and working; the question counts as not right."""
        if not self.settled:
            self._reveal("", "", "")

    def go_on(self) -> None:
        """Ask another question; one that was tried and left counts as not right."""
        if not self.settled and self.given:
            self._settle(False)
        self._ask()

    def _ask(self) -> None:
        ticked = [kind for kind, tick in self.ticks.items() if tick.value] or list(self.kinds)
        fresh = [kind for kind in ticked if kind != self.last] or ticked
        self.last = str(self.rng.choice(fresh))
        self.question = question(self.last, self.rng)
        self.number += 1
        self.given: list[int] = []  # wrong answers
        self.settled = False
        self._say("", "", HELP)

    def _choose(self) -> None:
        """A change of the ticked kinds: drop an untried question of a kind no longer ticked."""
        if not any(tick.value for tick in self.ticks.values()):
            self._say("", "", "No kind is ticked, so all of them are asked.")
        elif not self.ticks[self.question.kind].value and not self.given and not self.settled:
            self._ask()

    def _reveal(self, state: str, word: str, advice: str) -> None:
        self._settle(False)
        asked = self.question
        lines = [advice] if advice or word else []
        self._say(state, word, *lines, asked.formula, f"= {asked.working}")

    def _settle(self, right: bool) -> None:
        self.settled = True
        self.asked += 1
        self.right += right

    def _say(self, state: str, word: str, *lines: str) -> None:
        self.view.shown = {
            "number": self.number,
            "kind": f"{self.question.kind.capitalize()}.",
            "text": self.question.text,
            "state": state,
            "word": word,
            "lines": list(lines),
            "settled": self.settled,
            "score": f"{self.right} of {self.asked} right" if self.asked else "not graded",
        }

    def _on_message(self, widget: widgets.Widget, content: dict[str, Any], buffers: Any) -> None:
        """What was pressed; a second Enter on a question that is already gone is ignored."""
        if content["number"] != self.number:
            return
        if content["press"] == "show":
            self.give_up()
        elif content["press"] == "next" or (content["press"] == "enter" and self.settled):
            self.go_on()
        else:
            self.submit(content["answer"])


def _still(name: str, example: Question) -> Figure:
    """The picture for where no kernel runs: one question with its working."""
    figure = new_figure(7.6, 1.7)
    lines = [*textwrap.wrap(example.text, 92), "", example.formula, f"= {example.working}"]
    figure.text(0.02, 0.94, f"Drill: {name}. For example:", weight="bold", va="top", fontsize=10)
    figure.text(0.02, 0.78, "\n".join(lines), va="top", fontsize=10, linespacing=1.4)
    return figure
