"""Figures that the chapters draw: functions that take numbers and return axes, in one style.

The colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart; lines
differ in their dashes and points in their shapes as well.  The background is opaque white, so
that a figure reads the same in a light and in a dark notebook.  Numbers may be lists, NumPy
arrays or torch tensors, on any device.
"""

from __future__ import annotations

from helpers.plots.confusion import confusion_matrix
from helpers.plots.curves import learning_curves
from helpers.plots.latent import latent_space
from helpers.plots.layers import activations
from helpers.plots.pictures import filters, images
from helpers.plots.showing import show
from helpers.plots.steps import gradients
from helpers.plots.style import COLOURS as COLOURS  # for the house, not for chapters
from helpers.plots.surface import loss_surface

__all__ = [
    "activations",
    "confusion_matrix",
    "filters",
    "gradients",
    "images",
    "latent_space",
    "learning_curves",
    "loss_surface",
    "show",
]
