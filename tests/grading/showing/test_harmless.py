"""Is text from students harmless to show, and honest text as it was?

What a browser makes of it is tried in tests/browser/test_inert.py.
"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.grading.showing.harmless import (
    BREAK,
    harmless_html,
    harmless_latex,
    harmless_markdown,
    markdown2html,
)

PICTURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<b>bold</b> and <i>slant</i>", "<b>bold</b> and <i>slant</i>"),
        ('<td style="color: red; position: fixed">', "<td>"),
        ('<p style="color: red; position: fixed">x</p>', '<p style="color:red">x</p>'),
        ('<p id="x" onclick="y()">x</p>', "<p>x</p>"),
        ("a<script>x()</script>b", "ab"),
        ("<style>td { color: red }</style>a", "a"),
        (f'<img src="{PICTURE}" width="3">', f'<img src="{PICTURE}" width="3">'),
        ('<img src="https://elsewhere.test/x.png" alt="a">', '<img alt="a">'),
        ('<img src="/logout" width="1 onload=x()">', "<img>"),
        ('<a href="data:text/html,x">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<span class="k navbar-fixed-top full-credit">x</span>', '<span class="k">x</span>'),
    ],
)
def test_html_is_cut_down_to_what_is_known(given: str, kept: str) -> None:
    if given.startswith("<td"):
        given, kept = f"<table><tr>{given}1</td></tr></table>", ""
    now = harmless_html(given)
    assert now == kept if kept else "position" not in now


def test_a_table_of_pandas_stays() -> None:
    table = (
        '<table class="dataframe"><thead><tr style="text-align:right"><th>loss</th></tr></thead>'
    )
    table += "<tbody><tr><td>0.25</td></tr></tbody></table>"
    assert harmless_html(f"<style scoped>.x{{}}</style>{table}") == table


@pytest.mark.parametrize(
    "source",
    [
        "**bold**, `code`, $a < b$ and $x_i^2$",
        "# Heading\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        "<details>\n<summary>Hint 1</summary>\n\nThink.\n\n</details>",
        "x<sub>1</sub><br/>y<br />z",
        "<https://example.org> and [a](https://example.org)",
        "![a](attachment:image.png)",
        f"![a]({PICTURE})",
        "$$\\begin{aligned} a &= b \\\\ c &< d \\end{aligned}$$",
        "JavaScript, a language. The data: none.",
    ],
)
def test_honest_markdown_is_left_alone(source: str) -> None:
    assert harmless_markdown(source) == source


def test_a_comparison_reads_the_same() -> None:
    assert harmless_markdown("$i<n$, `a<b`") == "$i< n$, `a< b`"


@pytest.mark.parametrize(
    "source", ["<img src=x>", "<b onclick=x>", "</ script>", "<!-- -->", "<?x", "<a href=x>"]
)
def test_markup_with_attributes_is_shown_as_text(source: str) -> None:
    assert harmless_markdown(source) == source.replace("<", "<" + BREAK)


@pytest.mark.parametrize(
    "source",
    [
        "[a](javascript:x)",
        "[a](JAVAscript:x)",
        "[a](java&#115;cript:x)",
        "[a](java&amp;#115;cript:x)",
        "[a](java\\script:x)",
        "[a]: java\tscript:x\n\n[a]",
        "Java script: a program, or so it may be read",
    ],
)
def test_a_cell_with_a_program_for_an_address_is_shown_as_it_was_typed(source: str) -> None:
    shown = f"~~~\n{source}\n~~~"
    assert harmless_markdown(source) == shown == harmless_markdown(shown)


def test_a_cell_that_is_shown_as_typed_cannot_end_its_block() -> None:
    source = "~~~~\n[a](javascript:x)"
    assert harmless_markdown(source) == f"~~~~~\n{source}\n~~~~~"


def test_a_picture_elsewhere_becomes_a_link() -> None:
    source = "![a](https://elsewhere.test/x.png) and ![b][c]"
    assert harmless_markdown(source) == source.replace("!", "!" + BREAK)


@pytest.mark.parametrize("macro", ["href", "class", "style", "cssId", "require", "unicode", "bbox"])
def test_formulas_lose_the_commands_that_reach_beyond_them(macro: str) -> None:
    assert harmless_latex(rf"\{macro}{{x}}") == f"\\{BREAK}{macro}{{x}}"
    assert harmless_latex(rf"\{macro}x") == rf"\{macro}x", "another command"


def test_a_formula_stays() -> None:
    formula = r"$\frac{\partial E}{\partial w} = \delta \, \text{x}_{i} \textstyle$"
    assert harmless_latex(formula) == formula


@given(st.text(alphabet=st.sampled_from("<>!?/ab\"'= \n`*[]()&#;:\\$"), max_size=60))
def test_once_is_enough(source: str) -> None:
    now = harmless_markdown(source)
    assert harmless_markdown(now) == now
    html = harmless_html(source)
    assert harmless_html(html) == html


def rendered(source: str, attachments: Any = None) -> str:
    return markdown2html({"cell": {"attachments": attachments or {}}}, source)


def test_markdown_is_rendered_with_its_formulas_and_code() -> None:
    html = rendered("**a** $x < y$\n\n```python\nfor\n```")
    assert "<strong>a</strong> $x &lt; y$" in html
    assert '<span class="k">for</span>' in html


def test_an_attachment_is_shown_and_a_missing_one_stops_nothing() -> None:
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}}
    assert f'<img src="{PICTURE}"' in rendered("![a](attachment:a.png)", picture)
    assert "<pre>![a](attachment:b.png)</pre>" in rendered("![a](attachment:b.png)")


@pytest.mark.parametrize(
    "part", ["[", ">", "*a", "`", "<", "![", "|a", "- ", "<div>", "[a](b", "$"]
)
def test_text_made_to_be_slow_is_not(part: str) -> None:
    """No time is measured here but a hundred times what it takes."""
    start = time.perf_counter()
    rendered(harmless_markdown(part * 5_000))
    assert time.perf_counter() - start < 20


def test_nothing_known_is_left_of_a_script() -> None:
    html = rendered("a <script>x()</script> <img src=x onerror=x()> [b](javascript:x)")
    assert not re.search(r"<script|onerror=|javascript", html.replace("&lt;", ""))
