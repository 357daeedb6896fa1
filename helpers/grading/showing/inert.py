"""A student's notebook that can be shown: nothing in it runs, whichever page it stands on.

nbconvert and the templates of formgrader and feedback put many parts of a notebook into a page as
they are: HTML and JavaScript output, widths of pictures, the names of cells and of the language.
Here each part is built anew from what it may be; the rest is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from helpers.grading.showing.harmless import harmless_html, harmless_latex, harmless_markdown

__all__ = ["MakeInert", "inert"]

PICTURES = ("image/png", "image/jpeg", "image/gif")
# nbconvert escapes plain text, and shows SVG as a picture, in which no script runs.
AS_THEY_ARE = ("text/plain", "image/svg+xml")
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+\Z")
NAMES = ("name", "display_name", "language", "pygments_lexer", "file_extension")
NAME = re.compile(r"[\w .:()+-]{1,100}\Z")  # of cells, kernels, languages
LONGEST = 50_000  # characters of one HTML output; the browser would show longer ones slowly
ALL_HTML = 200_000  # characters of a notebook's HTML outputs together
MARKS = {
    "grade", "grade_id", "locked", "points", "solution", "task", "schema_version", "cell_type",
    "checksum", "comment", "score", "max_score", "remove",
}  # fmt: skip


class MakeInert(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no types
    """The same for nbgrader's feedback and for formgrader's pages."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Make the whole notebook inert."""
        return inert(nb), resources


def inert(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook that shows the same and runs nothing; done twice, it stays the same.

    Text, formulas, tables, static pictures and error messages stay; scripts, widgets, frames, forms
    and whatever is fetched from elsewhere go.

    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> page = new_notebook(cells=[new_markdown_cell("**bold** <script>x()</script>")])
    >>> "<script>" in inert(page).cells[0].source
    False
    """
    left = [ALL_HTML]
    return nbformat.from_dict(  # type: ignore[no-any-return]
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": _notebook_metadata(notebook.get("metadata", {})),
            "cells": [_cell(cell, left) for cell in notebook.cells],
        }
    )


def _cell(cell: Any, left: list[int]) -> dict[str, Any]:
    kind = cell.get("cell_type")
    made: dict[str, Any] = {
        "cell_type": kind if kind in ("code", "markdown") else "raw",
        "metadata": _cell_metadata(cell.get("metadata", {})),
        "source": _text(cell.get("source", "")),
    }
    if "id" in cell:
        made["id"] = cell["id"]
    if kind == "code":
        made["execution_count"] = _count(cell.get("execution_count"))
        made["outputs"] = [_output(output, left) for output in cell.get("outputs", [])]
        return made
    made["source"] = harmless_markdown(made["source"])
    if attachments := _attachments(cell.get("attachments")):
        made["attachments"] = attachments
    return made


def _cell_metadata(metadata: Any) -> dict[str, Any]:
    kept = {key: metadata[key] for key in ("deletable", "editable") if metadata.get(key) is False}
    if _is_name(exercise := metadata.get("exercise")):
        kept["exercise"] = exercise
    marks = metadata.get("nbgrader")
    if isinstance(marks, Mapping) and _is_name(marks.get("grade_id")):
        kept["nbgrader"] = {
            key: value
            for key, value in marks.items()
            if key in MARKS and isinstance(value, str | bool | int | float | None)
        }
    return kept


def _output(output: Any, left: list[int]) -> dict[str, Any]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": _text(output.get("text", ""))}
    if kind == "error":
        lines = output.get("traceback", [])
        return {
            "output_type": kind,
            "ename": _text(output.get("ename", "")),
            "evalue": _text(output.get("evalue", "")),
            "traceback": [_text(line) for line in lines] if isinstance(lines, list) else [],
        }
    data = output.get("data", {})
    shown: dict[str, Any] = {
        "output_type": "display_data",
        "data": _data(data, left),
        "metadata": _sizes(output.get("metadata", {})),
    }
    if kind == "execute_result":
        count = _count(output.get("execution_count"))
        shown |= {"output_type": kind, "execution_count": count}
    return shown


def _data(data: Any, left: list[int]) -> dict[str, str]:
    """What is shown, by MIME type; if nothing may be shown, a sentence that says so."""
    made: dict[str, str] = {}
    for kind, value in data.items():
        text = _text(value)
        if kind in AS_THEY_ARE or (kind in PICTURES and BASE64.match(text)):
            made[kind] = text
        elif kind == "text/latex":
            made[kind] = harmless_latex(text)
        elif kind == "text/markdown":
            made[kind] = harmless_markdown(text)
        elif kind == "text/html" and len(text) <= min(LONGEST, left[0]):
            left[0] -= len(text)
            made[kind] = harmless_html(text)
    if not made:
        kinds = ", ".join(sorted(str(kind)[:100] for kind in data)) or "no content"
        made["text/plain"] = f"[not shown here: {kinds}]"
    return made


def _sizes(metadata: Any) -> dict[str, Any]:
    """Of an output's metadata only the sizes and descriptions of pictures."""
    made: dict[str, Any] = {}
    for kind in PICTURES:
        given = metadata.get(kind)
        if not isinstance(given, Mapping):
            continue
        sizes = {key: given[key] for key in ("width", "height") if type(given.get(key)) is int}
        if isinstance(alternative := given.get("alt"), str):
            sizes["alt"] = alternative
        if sizes:
            made[kind] = sizes
    return made


def _attachments(attachments: Any) -> dict[str, dict[str, str]]:
    if not isinstance(attachments, Mapping):
        return {}
    made = {}
    for name, bundle in attachments.items():
        if isinstance(bundle, Mapping):
            made[str(name)] = {
                kind: text
                for kind in (*PICTURES, "image/svg+xml")
                if isinstance(text := bundle.get(kind), str) and BASE64.match(text)
            }
    return {name: bundle for name, bundle in made.items() if bundle}


def _notebook_metadata(metadata: Any) -> dict[str, dict[str, str]]:
    """The names of the kernel and of the language, and how the language's files are called."""
    made: dict[str, dict[str, str]] = {}
    for part in ("kernelspec", "language_info"):
        facts = metadata.get(part)
        if isinstance(facts, Mapping):
            names = {key: facts[key] for key in NAMES if _is_name(facts.get(key))}
            made |= {part: names} if "name" in names else {}
    return made


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and NAME.match(value) is not None


def _count(value: Any) -> int | None:
    return value if type(value) is int else None


def _text(value: Any) -> str:
    """Text that nbformat may have as a list of lines; JSON of another kind as Python writes it."""
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else str(value)
