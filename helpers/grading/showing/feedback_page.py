"""nbgrader's feedback page, on which no script runs but MathJax, made in a tenth of the time."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

from helpers.grading.showing.harmless import markdown2html

__all__ = ["FeedbackPage"]

MATHJAX = re.compile(r"<!-- Load mathjax -->.*?<!-- End of mathjax configuration -->", re.DOTALL)
# What nbconvert tells MathJax in a script that the policy below would not let run.
SETTINGS = (
    "window.MathJax = {tex2jax: {inlineMath: [['$', '$'], ['\\\\(', '\\\\)']], "
    "displayMath: [['$$', '$$'], ['\\\\[', '\\\\]']], processEscapes: true}, "
    "TeX: {equationNumbers: {autoNumber: 'AMS', useLabelIds: true}}, messageStyle: 'none', "
    "CommonHTML: {linebreaks: {automatic: true}}};"
)
SETTINGS_HASH = base64.b64encode(hashlib.sha256(SETTINGS.encode()).digest()).decode()
# The browser's own lock, should anything in a page ever get past helpers.grading.showing.inert.
POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src {mathjax}; "
    "script-src 'sha256-{settings}' {mathjax}; base-uri 'none'; form-action 'none'"
)
UNTOLD = re.compile(r"<img (?![^>]*\balt=)")  # a picture without alternative text


class FeedbackPage(HTMLExporter):
    """The exporter that nbgrader_config.py names for feedback.

    nbconvert reads each finished page again to complete its pictures, which takes half of the
    time, and colours the chapter's own cells anew for each student: here neither is done.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)  # type: ignore[no-untyped-call]
        self.register_filter("highlight_code", _highlighted)  # type: ignore[no-untyped-call]
        self.register_filter("markdown2html", markdown2html)  # type: ignore[no-untyped-call]

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[Any, Any]:
        """The page of a notebook, with what goes with it."""
        resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
        fitting = WidgetsDataTypeFilter(notebook_metadata={}, parent=self, resources=resources)
        self.register_filter("filter_data_type", fitting)  # type: ignore[no-untyped-call]
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kwargs)
        return self._locked(page), resources

    def _locked(self, page: str) -> str:
        """The page with a policy for the browser, under which MathJax runs and nothing else."""
        url = self.mathjax_url.replace("/latest.js", "/MathJax.js")  # that one asks elsewhere first
        policy = POLICY.format(mathjax=url.rpartition("/")[0] + "/", settings=SETTINGS_HASH)
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}" />'
        scripts = f'<script>{SETTINGS}</script>\n<script src="{url}" async></script>'
        page = MATHJAX.sub(lambda _: scripts, page, count=1)
        page = page.replace("<head>", f"<head>\n{meta}", 1)
        return UNTOLD.sub('<img alt="A picture without a description" ', page)


@lru_cache(maxsize=2048)  # most cells are the chapter's own, the same in every submission
def _coloured(source: str) -> str:
    return str(Highlight2HTML(pygments_lexer="ipython3")(source))


def _highlighted(source: str, metadata: Any = None, language: Any = None) -> str:
    """Python code in colours, whatever a cell says of its language."""
    return _coloured(source)
