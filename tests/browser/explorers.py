"""What a person does to an explorer, and what must come of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

from .lab_server import wait_until

HANDLE = ".noUi-handle"
# not a screenshot, which also changes when the page scrolls
PIXELS = """async (image) => {
  await image.decode().catch(() => image.decode()); // a new picture may come meanwhile
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL();
}"""


def pixels(image: Locator) -> str:
    """What a picture on the page shows, whatever its place and size."""
    return str(image.evaluate(PIXELS))


@contextmanager
def picture_changes(image: Locator) -> Iterator[None]:
    """What is done inside must change a picture on the page."""
    before = pixels(image)
    yield
    wait_until(lambda: pixels(image) != before, "the picture to change")


@contextmanager
def figure_follows(explorer: Locator, slider: int = 0) -> Iterator[Locator]:
    """Gives the handle of a slider to move; then its number and the figure must have changed."""
    row = explorer.locator(".widget-slider").nth(slider)
    readout = row.locator(".widget-readout")
    number = readout.inner_text()
    with picture_changes(explorer.locator("img").first):
        yield row.locator(HANDLE)
        expect(readout).not_to_have_text(number)


def drag(handle: Locator, pixels: int) -> None:
    """Pull a slider's handle to the right with the mouse."""
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = handle.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + pixels, y, steps=8)
    mouse.up()


def press_slider(slider: Locator, share: float) -> None:
    """Click on a browser's own slider, at a share of its width from the left."""
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box
    slider.page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)


def numbers(text: str) -> list[int]:
    """The whole numbers in a text, in order.

    >>> numbers("cell 2 of 16")
    [2, 16]
    """
    return [int(digits) for digits in re.findall(r"\d+", text)]
