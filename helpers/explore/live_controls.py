"""Controls from short words: (0.1, 3.0, 0.1) is a slider, a list a choice, True a box to tick."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from numbers import Real
from typing import Any

import ipywidgets
import traitlets

__all__ = ["make_controls", "set_value"]

WIDTH = {"width": "400px", "max_width": "100%"}
STYLE = {"description_width": "120px"}


def make_controls(draw: Callable[..., Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """Return a widget for each control, by name.

    `words` has (low, high) or (low, high, step) for a slider, a list of numbers for a slider
    with these stops, a list of anything else or a dict for a choice, a bool, a number, a text,
    or a widget.  A control begins at the default of `draw`'s argument, if it has one.  Raises
    ValueError for what no control can be made of, and for names that `draw` does not take.
    """
    defaults = _defaults(draw, words)
    return {name: _control(name, word, defaults.get(name)) for name, word in words.items()}


def set_value(name: str, control: Any, value: Any) -> None:
    """Set a control from code; raises ValueError where it cannot have this value."""
    with suppress(traitlets.TraitError):  # told below
        control.value = value
    if control.value != value:  # a slider stops at its ends
        ends = f" it goes from {control.min} to {control.max}" if hasattr(control, "min") else ""
        choices = f" it has {list(control.options)}" if hasattr(control, "options") else ""
        known = f";{ends or choices}" if ends or choices else ""
        raise ValueError(f"live: the control {name} cannot be set to {value!r}{known}.")


def _defaults(draw: Callable[..., Any], words: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults of `draw`'s arguments, once it is sure that `draw` takes what it will get."""
    signature = inspect.signature(draw)
    try:
        signature.bind(None, **words)
    except TypeError as error:
        names = ", ".join(["figure", *words])
        raise ValueError(
            f"live: draw must take ({names}), the figure and each control: {error}."
        ) from error
    found = signature.parameters.items()
    return {name: each.default for name, each in found if each.default is not each.empty}


def _control(name: str, word: Any, default: Any) -> Any:
    if isinstance(word, ipywidgets.ValueWidget):
        control = word
    else:
        try:
            control = _from_word(word, default)
        except (TypeError, ValueError, traitlets.TraitError):
            control = None
        if control is None:
            raise ValueError(
                f"live: no control can be made of {name}={word!r}; give (low, high), "
                "(low, high, step), a list of choices, a bool, a number or a widget."
            )
        control.layout, control.style = WIDTH, STYLE
    if not getattr(control, "description", ""):
        control.description = name.replace("_", " ")
    return control


def _from_word(word: Any, default: Any) -> Any:
    if isinstance(word, list | dict) and not word:
        return None
    if isinstance(word, list) and len(word) > 2 and all(_is_number(each) for each in word):
        first = word[len(word) // 2] if default is None else default
        return ipywidgets.SelectionSlider(options=word, value=first)
    empty = inspect.Parameter.empty if default is None else default
    control = ipywidgets.interactive.widget_from_abbrev(word, empty)
    if isinstance(control, ipywidgets.FloatSlider):
        places = -int(Decimal(str(control.step)).normalize().as_tuple().exponent)
        control.readout_format = f".{max(places, 0)}f"
    return control


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
