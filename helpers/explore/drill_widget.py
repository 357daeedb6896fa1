"""A drill: questions with fresh numbers, judged at once and not graded."""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from helpers.explore.base import Explorer, new_figure
from helpers.explore.drill_answer import AnswerError, read
from helpers.explore.drill_question import Question
from helpers.explore.drills import kinds_of, question

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Drill"]

TRIES = 2  # wrong answers before the working is shown
HELP = "Type a whole number, or a calculation such as 3*3*8 + 1, and press Enter."
# The edge of the verdict: its pattern tells right from wrong as its colour does.
EDGES = {"right": "solid var(--jp-success-color1, #2e7d32)",
         "wrong": "dashed var(--jp-error-color1, #d32f2f)",
         "": "dotted var(--jp-border-color1, #999)"}  # fmt: skip


class Drill(Explorer):
    """A question, a field for the answer, and what was right of what was asked.

    `submit()` does what Enter does: it judges the answer, or goes on once that is settled.
    A question counts as right if it was answered before its working was shown.
    """

    def __init__(self, name: str, seed: int | None = None) -> None:
        self.kinds, self.rng = kinds_of(name), np.random.default_rng(seed)
        self.right = self.asked = 0
        self.last = ""  # the kind asked last: no kind comes twice in a row
        self._controls()
        row = widgets.HBox(
            [self.answer, self.check, self.show, self.next, self.score],
            layout={"flex_flow": "row wrap", "align_items": "center"},
        )
        choice = widgets.HBox([widgets.Label("Ask about"), *self.ticks.values()],
                              layout={"flex_flow": "row wrap"})  # fmt: skip
        children = [self.text, row, self.verdict, *([choice] if len(self.kinds) > 1 else [])]
        example = question(self.kinds[0], np.random.default_rng(0))
        super().__init__(
            children,
            title=f"Drill: {name}",
            alternative=f"Questions with fresh numbers about {', '.join(self.kinds)}. For "
            f"example: {example.text} {example.formula} = {example.working}.",
            draw=lambda: _still(name, example),
        )
        self._ask()

    def _controls(self) -> None:
        self.text = widgets.HTML(layout={"max_width": "720px"})
        self.answer = widgets.Text(
            description="answer", layout={"width": "260px"}, style={"description_width": "56px"}
        )
        button: dict[str, Any] = {"width": "110px"}
        self.check = widgets.Button(description="Check", icon="check", layout=button)
        self.show = widgets.Button(description="Show working", layout=button)
        self.next = widgets.Button(description="Next", icon="step-forward", layout=button)
        self.score = widgets.HTML(layout={"margin": "0 0 0 12px"})
        self.verdict = widgets.HTML(layout={"max_width": "720px", "min_height": "64px"})
        look: dict[str, Any] = {"width": "auto", "margin": "0 0 0 12px"}
        self.ticks = {
            kind: widgets.Checkbox(value=True, description=kind, indent=False, layout=look)
            for kind in self.kinds
        }
        self.answer.on_msg(self._on_message)
        for control, act in (
            (self.check, self.submit), (self.show, self.give_up), (self.next, self.go_on),
        ):  # fmt: skip
            control.on_click(lambda button, act=act: (act(), self.answer.focus()))
        for tick in self.ticks.values():
            tick.observe(lambda change: self._choose(), "value")

    def submit(self) -> None:
        """Judge what was typed; once the question is settled, go on to the next."""
        if self.settled:
            self.go_on()
            return
        try:
            given = read(self.answer.value)
        except AnswerError as error:
            self._say("", "", str(error))
            return
        self.tries += 1
        if given == self.question.answer:
            self._settle(True)
            self._say("right", "Right.", f"{self.question.working}. Enter asks the next one.")
            return
        advice = self.question.mistakes.get(given, "")
        if self.tries < TRIES:
            self._say("wrong", "Not right.", f"{advice} Try again.")
            return
        self._reveal("wrong", "Not right.", advice)

    def give_up(self) -> None:
        """Show formula and working; the question counts as not right."""
        if not self.settled:
            self._reveal("", "", "")

    def go_on(self) -> None:
        """Ask another question; one that was tried and left counts as not right."""
        if not self.settled and self.tries:
            self._settle(False)
        self._ask()

    def _ask(self) -> None:
        ticked = [kind for kind, tick in self.ticks.items() if tick.value] or list(self.kinds)
        fresh = [kind for kind in ticked if kind != self.last] or ticked
        self.last = str(self.rng.choice(fresh))
        self.question = question(self.last, self.rng)
        self.tries, self.settled = 0, False
        self.answer.value = ""
        self.check.disabled = self.show.disabled = False
        kind, text = html.escape(self.question.kind.capitalize()), html.escape(self.question.text)
        self.text.value = f'<p role="status" style="line-height:1.4"><b>{kind}.</b> {text}</p>'
        self._count()
        self._say("", "", HELP)

    def _choose(self) -> None:
        """A change of the ticked kinds: drop an untried question of a kind no longer ticked."""
        if not any(tick.value for tick in self.ticks.values()):
            self._say("", "", "Tick at least one kind; until then all of them are asked.")
        elif not self.ticks[self.question.kind].value and not self.tries:
            self._ask()

    def _reveal(self, state: str, word: str, advice: str) -> None:
        self._settle(False)
        asked = self.question
        self._say(state, word, advice, f"{asked.formula} = {asked.working}.")

    def _settle(self, right: bool) -> None:
        self.settled = True
        self.asked += 1
        self.right += right
        self.check.disabled = self.show.disabled = True
        self._count()

    def _count(self) -> None:
        said = f"{self.right} of {self.asked} right" if self.asked else "not graded"
        self.score.value = f'<span style="white-space:nowrap">{said}</span>'

    def _say(self, state: str, word: str, *lines: str) -> None:
        body = "<br>".join(html.escape(line.strip()) for line in lines if line.strip())
        self.verdict.value = (
            f'<div role="status" style="line-height:1.4;padding-left:10px;'
            f'border-left:4px {EDGES[state]}"><b>{word}</b> {body}</div>'
        )

    def _on_message(self, widget: widgets.Widget, content: dict[str, Any], buffers: Any) -> None:
        if content.get("event") == "submit":  # Enter in the field
            self.submit()


def _still(name: str, example: Question) -> Figure:
    """The picture for where no kernel runs: one question with its working."""
    figure = new_figure(7.6, 1.7)
    lines = [*textwrap.wrap(example.text, 92), "", example.formula, f"= {example.working}"]
    figure.text(0.02, 0.94, f"Drill: {name}. For example:", weight="bold", va="top", fontsize=10)
    figure.text(0.02, 0.78, "\n".join(lines), va="top", fontsize=10, linespacing=1.4)
    return figure
