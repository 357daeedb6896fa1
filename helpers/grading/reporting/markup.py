"""HTML from Python calls: whatever is not markup already is escaped, so no text can be a script."""

from __future__ import annotations

import html

__all__ = ["Html", "join", "tag"]

EMPTY = frozenset({"br", "meta"})  # elements without an end


class Html(str):
    """Text that is markup, made by `tag` or written in this program; never a student's."""

    __slots__ = ()


def tag(element: str, /, *children: str | Html, **attributes: str | float) -> Html:
    """An element; children that are no Html, and all attributes, are escaped.

    >>> tag("p", "1 < 2 ", tag("b", "yes"), class_="note")
    '<p class="note">1 &lt; 2 <b>yes</b></p>'
    """
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
    )
    if element in EMPTY:
        return Html(f"<{element}{words}>")
    return Html(f"<{element}{words}>{join(*children)}</{element}>")


def join(*parts: str | Html) -> Html:
    """The parts one after the other, escaped where they are no Html.

    >>> join("<script>", Html("<br>"))
    '&lt;script&gt;<br>'
    """
    return Html("".join(part if isinstance(part, Html) else html.escape(part) for part in parts))
