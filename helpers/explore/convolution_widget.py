"""The convolution explorer: Python computes and words it, the browser draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import anywidget
import traitlets

from helpers.explore.base import HERE, Explorer
from helpers.explore.convolution_figure import draw_convolution
from helpers.explore.convolution_model import KERNELS, RANGES, Settings
from helpers.explore.convolution_words import describe

__all__ = ["ConvolutionExplorer", "ConvolutionView"]

TITLE = "Convolution"
LABELS: Mapping[str, str] = {
    "size": "input size N",
    "kernel_size": "kernel size F",
    "stride": "stride S",
    "padding": "padding P",
    "dilation": "dilation D",
}


class ConvolutionView(anywidget.AnyWidget):
    """The drawing in the page: `settings` comes from its sliders, `sweep` goes to it.

    `cell` is the output cell that is computed last, counted row by row.
    """

    _esm = HERE / "convolution.js"
    _css = HERE / "convolution.css"
    plan = traitlets.Dict().tag(sync=True)
    settings = traitlets.Dict().tag(sync=True)
    sweep = traitlets.Dict().tag(sync=True)
    cell = traitlets.Int(0).tag(sync=True)

    def __init__(self) -> None:
        sliders = [
            {"name": name, "label": LABELS[name], "low": low, "high": high}
            for name, (low, high) in RANGES.items()
        ]
        start = Settings()
        super().__init__(
            plan={"title": TITLE, "sliders": sliders, "kernels": list(KERNELS)},
            settings=asdict(start),
            sweep=describe(start),
        )

    @traitlets.observe("settings")
    def _compute(self, change: Mapping[str, Any]) -> None:
        settings = Settings(**change["new"])
        self.cell = min(self.cell, max(0, settings.output_size**2 - 1))
        self.sweep = describe(settings)


class ConvolutionExplorer(Explorer):
    """A kernel that sweeps over a picture, with sliders for all that its output size depends on.

    `set(stride=3)` moves a slider from code.
    """

    def __init__(self) -> None:
        self.view = ConvolutionView()
        start = Settings()
        super().__init__(
            [self.view],
            title=TITLE,
            alternative=_alternative(start),
            draw=lambda: draw_convolution(Settings(**self.view.settings)),
        )

    def set(self, **values: Any) -> None:
        """Set sliders and kernel by name: size, kernel_size, stride, padding, dilation, kernel.

        Raises CourseError for an unknown name, or for a value that the slider does not have.
        """
        self.view.settings = asdict(Settings(**self.view.settings).changed(**values))


def _alternative(settings: Settings) -> str:
    sweep = describe(settings)
    titles = sweep["titles"]
    return (
        f"A window moves over the {titles['input']}, with stride {settings.stride}; each place "
        f"gives one cell of the {titles['output']}. {sweep['symbols']} {sweep['formula']}. "
        f"{' '.join(sweep['remarks'])}"
    )
