"""The playground: a network on the student's own engine, trained while one watches."""

from __future__ import annotations

import asyncio
import time
import weakref
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from helpers.explore.base import Explorer, Message, Picture
from helpers.explore.playground_figure import PlaygroundFigure
from helpers.explore.playground_model import EngineError, Network, Plan
from helpers.explore.toys import SETS, points

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Playground"]

TITLE = "Playground"
ALTERNATIVE = (
    "Left: the network, a line for each weight, dashed where it is negative. Middle: the points of "
    "two classes and the network's answer everywhere in the plane. Right: training and test loss."
)
RATES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)
BATCHES = (1, 5, 10, 20, 50, 100)
TURN = 0.12  # seconds of training between two pictures
KEPT = 2000  # losses in the curve; older ones are thinned
STILL = 60  # epochs of training in the picture for where no kernel runs
Style = dict[str, Any]
WIDE: Style = {"description_width": "92px"}


class Playground(Explorer):
    """Controls above, three pictures below.

    `step(n)` trains n epochs from code; `reset()` starts anew. Errors of the student's class are
    told in the line under the pictures, and stop the run.
    """

    _running: weakref.ref[Playground] | None = None  # one at a time trains

    def __init__(self, value_class: type[Any]) -> None:
        self.value_class = value_class
        self._controls()
        self.losses: list[tuple[int, float, float]] = []
        self.drawing = PlaygroundFigure()
        self.picture, self.message = Picture(self.drawing.figure), Message()
        self.task: asyncio.Task[None] | None = None
        columns = [
            widgets.VBox([self.data, self.noise, self.batch]),
            widgets.VBox([self.layers, self.units, self.activation]),
            widgets.VBox([self.rate, widgets.HBox([self.run, self.one, self.again])]),
        ]
        super().__init__(
            [widgets.HBox(columns, layout={"flex_flow": "row wrap"}), self.picture, self.message],
            title=TITLE, alternative=ALTERNATIVE, draw=self._still,
        )  # fmt: skip
        self.reset()

    def _controls(self) -> None:
        width: Style = {"width": "255px"}
        self.data = widgets.Dropdown(
            options=list(SETS), description="data", style=WIDE, layout=width
        )
        self.noise = widgets.FloatSlider(
            value=0.2, max=1.5, step=0.1, description="noise", style=WIDE, layout=width,
            continuous_update=False,
        )  # fmt: skip
        self.batch = widgets.SelectionSlider(
            options=BATCHES, value=20, description="batch", style=WIDE, layout=width
        )
        self.layers = widgets.IntSlider(
            value=1, max=3, description="hidden layers", style=WIDE, layout=width
        )
        self.units = widgets.IntSlider(
            value=4, min=1, max=8, description="units", style=WIDE, layout=width
        )
        self.activation = widgets.Dropdown(
            options=["tanh", "relu"], description="activation", style=WIDE, layout=width
        )
        self.rate = widgets.SelectionSlider(
            options=RATES, value=0.1, description="learning rate", style=WIDE, layout=width
        )
        button: Style = {"width": "80px"}
        self.run = widgets.ToggleButton(description="Run", icon="play", layout=button)
        self.one = widgets.Button(description="Step", icon="step-forward", layout=button)
        self.again = widgets.Button(description="Reset", icon="undo", layout=button)
        for control in (
            self.data, self.noise, self.layers, self.units, self.activation,
        ):  # fmt: skip
            control.observe(lambda change: self.reset(), "value")
        for control in (self.rate, self.batch):
            control.observe(lambda change: self._replan(), "value")
        self.run.observe(lambda change: self._toggle(change["new"]), "value")
        self.one.on_click(lambda button: self.step())
        self.again.on_click(lambda button: self.reset())

    @property
    def plan(self) -> Plan:
        """What the controls say."""
        return Plan(
            self.layers.value, self.units.value, self.activation.value, self.rate.value,
            self.batch.value,
        )  # fmt: skip

    def reset(self) -> None:
        """New weights, and the points that the controls ask for."""
        self.units.disabled = self.activation.disabled = self.layers.value == 0
        self.train = points(self.data.value, self.noise.value, 200, seed=1)
        self.test = points(self.data.value, self.noise.value, 100, seed=2)
        self.rng, self.epochs, self.losses = np.random.default_rng(0), 0, []
        plan = self.plan
        self.drawing.points(*self.train)
        self.drawing.network([2, *[plan.units] * plan.layers, 1])
        self._guarded(self._begin)

    def _begin(self) -> None:
        self.network = Network(self.value_class, self.plan)
        self._measure()
        self._redraw()

    def step(self, epochs: int = 1) -> None:
        """Train for some epochs, then redraw."""
        self._guarded(lambda: self._epochs(epochs))

    def _epochs(self, epochs: int) -> None:
        for _ in range(epochs):
            self._epoch()
        self._redraw()

    def _epoch(self) -> None:
        self.network.epoch(*self.train, self.rng)
        self.epochs += 1
        self._measure()

    def _measure(self) -> None:
        network = self.network
        self.losses.append((self.epochs, network.measure(*self.train), network.measure(*self.test)))
        if len(self.losses) > KEPT:
            self.losses = self.losses[::2]

    def _redraw(self) -> None:
        self.drawing.update(self.network, self.losses)
        self.drawing.figure.canvas.draw()
        self.picture.push()
        epoch, train, test = self.losses[-1]
        self.message.say(f"epoch {epoch}: training loss {train:.3f}, test loss {test:.3f}")

    def _replan(self) -> None:
        self.network.plan = self.plan

    def _toggle(self, on: bool) -> None:
        self.run.description, self.run.icon = ("Pause", "pause") if on else ("Run", "play")
        if not on:
            return
        other = Playground._running() if Playground._running else None
        if other is not None and other is not self:
            other.run.value = False
        Playground._running = weakref.ref(self)
        try:
            self.task = asyncio.get_running_loop().create_task(self._train())
        except RuntimeError:  # no loop runs, so nothing could stop the training
            self.run.value = False
            self.message.complain("Run needs a notebook; use step(epochs).")

    async def _train(self) -> None:
        """Train until paused; between two pictures the kernel is free for what was clicked."""
        while self.run.value and self._guarded(self._turn):
            await asyncio.sleep(0.03)

    def _turn(self) -> None:
        end = time.monotonic() + TURN
        self._epoch()
        while time.monotonic() < end:
            self._epoch()
        self._redraw()

    def _guarded(self, action: Any) -> bool:
        """Runs an action; tells an error of the student's class and stops. True if all is well."""
        try:
            action()
        except EngineError as error:
            self.run.value = False
            self.message.complain(f"Your engine stopped at epoch {self.epochs}: {error}")
            return False
        except NotImplementedError:
            self.run.value = False
            raise
        return True

    def _still(self) -> Figure:
        """The picture for where no kernel runs: the default network after some training."""
        drawing, network = PlaygroundFigure(), Network(self.value_class, Plan())
        train, test = points("circle", 0.2, 200, seed=1), points("circle", 0.2, 100, seed=2)
        drawing.points(*train)
        drawing.network([2, network.plan.units, 1])
        rng, losses = np.random.default_rng(0), []
        try:
            for epoch in range(STILL + 1):
                losses.append((epoch, network.measure(*train), network.measure(*test)))
                network.epoch(*train, rng)
            drawing.update(network, losses)
        except EngineError:
            pass  # the live widget says what is wrong; the still picture shows the points
        return drawing.figure
