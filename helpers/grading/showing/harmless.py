"""Text from students made harmless to show: HTML, Markdown and formulas that cannot run a script.

A page of the grader is opened by an instructor who may do everything, so whatever a submission
displays is cut down to text, tables, formulas and pictures that lie in the page itself.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Any

import nh3
from nbconvert.exporters.html import contextfilter  # type: ignore[attr-defined]
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["harmless_html", "harmless_latex", "harmless_markdown", "markdown2html"]

BREAK = " "  # put after a sign, it takes the meaning from it: "< b" is no element
TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del",
    "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5",
    "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
# These go with all that is in them.
DROPPED = {
    "applet", "audio", "embed", "frame", "frameset", "head", "iframe", "math", "noembed",
    "noframes", "noscript", "object", "script", "select", "style", "svg", "template",
    "textarea", "title", "video", "xmp",
}  # fmt: skip
ATTRIBUTES = {
    "*": {"align", "class", "dir", "lang", "style", "title"},
    "a": {"href"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "table": {"border"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
# None of these loads something, or moves a part over another one.
STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-color",
    "border-left", "border-right", "border-style", "border-top", "border-width", "color",
    "font-family", "font-size", "font-style", "font-variant", "font-weight", "list-style-type",
    "padding", "text-align", "text-decoration", "text-indent", "vertical-align", "white-space",
}  # fmt: skip
# Those of pygments and pandas; formgrader's scripts look for some others.
CLASSES = re.compile(r"[a-z]{1,2}[0-9]?|err|highlight|dataframe")
PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*\Z")
# Bare elements, and addresses in angle brackets: all else that begins like markup is text.
MARKUP = re.compile(
    r"<(?=[A-Za-z/!?])(?!/?(?:{})(?: ?/)?>|https?://[^\s<>\"']+>)".format(
        "|".join(sorted(TAGS - {"a", "img"}))
    )
)
OWN_PICTURE = re.compile(r"!\[[^\]\[\\`<>!]*\]\((?:attachment:|data:image/)")
SCRIPT = re.compile(r"(?i)(java|vb|live)script:")
MACROS = re.compile(r"\\(?=(?:href|class|style|cssId|require|unicode|bbox)(?![A-Za-z]))")


def harmless_html(text: str) -> str:
    """HTML with no element, attribute, address or style but those that are known to be harmless.

    >>> harmless_html('<b onclick="x()">bold</b><script>x()</script>')
    '<b>bold</b>'
    """
    cleaned = nh3.clean(
        text,
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=STYLES,
    )
    return harmless_latex(cleaned)


def harmless_latex(text: str) -> str:
    r"""The text without the commands by which MathJax makes links, styles and classes.

    >>> harmless_latex(r"\href{javascript:x()}{y}") == "\\" + BREAK + "href{javascript:x()}{y}"
    True
    """
    return MACROS.sub(lambda found: "\\" + BREAK, text)


def harmless_markdown(source: str) -> str:
    """Markdown in which markup beyond bare elements is text, and no picture is fetched.

    >>> harmless_markdown("**1** < 2 <sub>3</sub>")
    '**1** < 2 <sub>3</sub>'
    >>> harmless_markdown("<img src=x>") == "<" + BREAK + "img src=x>"
    True
    """
    if SCRIPT.search(_decoded(source)):
        return source if _is_verbatim(source) else _verbatim(source)
    source = MARKUP.sub("<" + BREAK, source)
    source = re.sub(
        r"!(?=\[)",
        lambda at: "!" if OWN_PICTURE.match(source, at.start()) else "!" + BREAK,
        source,
    )
    return harmless_latex(source)


@contextfilter  # type: ignore[untyped-decorator]
def markdown2html(context: Any, source: str) -> str:
    """nbconvert's filter of this name, with harmless results; named in nbgrader_config.py."""
    attachments = context.get("cell", {}).get("attachments")
    return _rendered(source, attachments) if attachments else _remembered(source)


@lru_cache(maxsize=2048)  # most cells are the chapter's own, the same in every submission
def _remembered(source: str) -> str:
    return _rendered(source, {})


def _rendered(source: str, attachments: Any) -> str:
    renderer = IPythonRenderer(escape=False, attachments=attachments, exclude_anchor_links=True)
    try:
        rendered = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a missing attachment, or text made to break the renderer
        rendered = f"<pre>{html.escape(source)}</pre>"
    return harmless_html(rendered)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return " ".join(filter(CLASSES.fullmatch, value.split())) or None
    if name == "src":
        return value if PICTURE.match(value) else None
    if name == "href":
        return None if value.lower().startswith("data:") else value
    if name in ("width", "height", "border", "colspan", "rowspan", "start"):
        return value if value.isdecimal() else None
    return value


def _decoded(source: str) -> str:
    """The text as a browser may come to read an address in it."""
    return re.sub(r"[\x00-\x20\\]", "", html.unescape(html.unescape(source)))


def _verbatim(source: str) -> str:
    """The source as it was typed, in a block of code."""
    fence = "~" * max(3, _longest(source) + 1)
    return f"{fence}\n{source}\n{fence}"


def _is_verbatim(source: str) -> bool:
    block = re.fullmatch(r"(~{3,})\n(.*)\n\1", source, re.DOTALL)
    return block is not None and _longest(block[2]) < len(block[1])


def _longest(source: str) -> int:
    """How many tildes stand in a row."""
    return max(map(len, re.findall("~+", source)), default=0)
