"""Scripts in a submission do nothing on the pages that show it, seen by what they would do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import nbgrader
import pytest
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from playwright.sync_api import Browser, Page, expect
from traitlets.config import Config

from helpers.grading.showing.feedback_page import FeedbackPage
from helpers.grading.showing.inert import MakeInert, inert

from .script_attacks import PIXEL, attacks, notebook, reported

EXTENSION = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
FACTS = {"notebook": "x", "score": 1, "max_score": 2, "late_penalty": 0}
MATHJAX = re.compile(r"https://cdnjs\.cloudflare\.com/ajax/libs/mathjax/2\.7\.7/")
HIT = re.compile(r"/hit\.(\w+)/")
# Does what a person may do: clicks every link and button, points at and waits for everything.
TOUCH = """async () => {
  for (const element of document.querySelectorAll("*")) {
    if (element.closest("nav")) continue;
    for (const {name} of [...element.attributes])
      if (name.startsWith("on")) element.dispatchEvent(new Event(name.slice(2)));
    const target = element.getAttribute("href") || element.getAttribute("xlink:href") || "";
    if (/script:/i.test(target) || element.matches("form *")) {
      element.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
      await new Promise(done => setTimeout(done, 40));  // one way out ends another
    }
  }
}"""


def exporter(template: str, kind: type[HTMLExporter] = HTMLExporter, **traits: Any) -> HTMLExporter:
    """nbconvert as formgrader or feedback use it."""
    config = Config()
    config.Exporter.default_preprocessors = []
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [str(EXTENSION / "templates")]
    css = EXTENSION / "static" / "node_modules" / "bootstrap" / "dist" / "css"
    config.HTMLExporter.extra_template_paths = [str(css)]
    config.HTMLExporter.update(traits)
    return kind(config=config)


def made(by: HTMLExporter, submission: NotebookNode) -> str:
    """The page of a submission, as it would be without what nbconvert fetches from elsewhere."""
    resources = {"nbgrader": FACTS, "base_url": "", "index": 0, "total": 1, "notebook_id": "x"}
    return str(by.from_notebook_node(submission, resources)[0])


@cache
def stock() -> HTMLExporter:
    return exporter("feedback")


def feedback_of_inert(submission: NotebookNode) -> str:
    """nbgrader's own page, of a notebook that was made inert."""
    return made(stock(), inert(submission))


def our_feedback(submission: NotebookNode) -> str:
    """The page of `course feedback`, of a notebook that was not."""
    return made(exporter("feedback", FeedbackPage, preprocessors=[MakeInert]), submission)


def feedback_without_inert(submission: NotebookNode) -> str:
    """The page of `course feedback` if MakeInert did not exist: the browser's own lock holds."""
    return made(exporter("feedback", FeedbackPage), submission)


def formgrader(submission: NotebookNode) -> str:
    """Formgrader's page with this course's settings."""
    filters = {"markdown2html": "helpers.grading.showing.harmless.markdown2html"}
    by = exporter("formgrade", preprocessors=[MakeInert], filters=filters)
    return made(by, submission)


# Those that this browser, this nbconvert or its own second reading of a page already stop.
PAST = [
    "execution count", "language of a cell", "markdown: img with slashes",
    *(f"{where}: {name}" for where in ("html", "markdown") for name in (
        "math link", "noscript", "mutation by foreign elements", "mutation by a text area")),
]  # fmt: skip
TABLE = """<style scoped>.dataframe th { top: 0 }</style>
<table border="1" class="dataframe"><thead><tr style="text-align: right;">
<th></th><th>loss</th></tr></thead><tbody><tr><td>0.25</td></tr></tbody></table>"""
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="30"><script>'
    'console.log("/hit.svg/")</script><circle r="9"/></svg>'
)
ATTACHED = new_markdown_cell("![a](attachment:a.png)", attachments={"a.png": {"image/png": PIXEL}})
HONEST = notebook(
    new_markdown_cell("**bold**, and $a < b$"),
    *(
        new_code_cell("show()", outputs=[new_output("display_data", data)])
        for data in (
            {"text/html": TABLE},
            {"image/png": PIXEL},
            {"image/svg+xml": DRAWING},
        )
    ),
    ATTACHED,
)


def groups() -> list[list[str]]:
    """The names of the attacks that work, so many on a page that none hides another."""
    alone = "html: script after a broken tag"
    names = [name for name in attacks() if name not in (*PAST, alone)]
    return [[alone], *(names[start::12] for start in range(12))]


class Watched:
    """A page of a browser, and what its programs do."""

    def __init__(self, chromium: Browser, folder: Path) -> None:
        self.folder, self.seen = folder, set[str]()
        self.context = chromium.new_context()
        self.context.route(re.compile("^https?:"), self._answer)
        self.context.add_init_script("window.$ = () => ({})")  # jQuery, as formgrader has it
        self.page: Page = self.context.new_page()
        self.page.on("console", lambda said: self._listen(said.text))
        self.page.on("dialog", lambda dialog: dialog.dismiss())

    def _listen(self, said: str) -> None:
        if hit := HIT.fullmatch(said):  # the browser's own complaints repeat the programs
            self.seen.add(hit[1])

    def _answer(self, route: Any) -> None:
        if not MATHJAX.match(route.request.url):
            self.seen.add(route.request.url.rpartition("/")[2].rstrip("?"))
        route.fulfill(status=204)  # and the browser stays where it is

    def show(self, html: str) -> set[str]:
        """What happens when a person opens a page and touches everything on it."""
        self.seen.clear()
        file = self.folder / "page.html"
        file.write_text(html, encoding="utf-8")
        self.page.goto(file.as_uri())
        for frame in self.page.frames:
            frame.evaluate(TOUCH)
        self.page.wait_for_timeout(150)
        assert self.page.url == file.as_uri(), "the page was left"
        return set(self.seen)


@pytest.fixture(scope="module")
def watched(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """A browser that writes down what pages do."""
    watched = Watched(chromium, tmp_path_factory.mktemp("pages"))
    yield watched
    watched.context.close()


@pytest.mark.parametrize("together", groups(), ids=lambda names: names[0])
def test_the_attacks_work_on_nbgraders_own_page(watched: Watched, together: list[str]) -> None:
    """The probe would see them, so that seeing nothing below means something."""
    cells = attacks()
    seen = watched.show(made(stock(), notebook(*(cells[name] for name in together))))
    assert {reported(name) for name in together} - seen == set()


PAGES = [feedback_of_inert, our_feedback, formgrader]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_no_attack_does_anything(watched: Watched, page: Callable[[NotebookNode], str]) -> None:
    cells = attacks()
    assert watched.show(page(notebook(*cells.values()))) == set()
    shown = watched.page.locator("#notebook-container > .cell")
    assert shown.count() == len(cells), "a cell was swallowed by another one"


def test_the_browser_itself_stops_all_but_one_should_a_script_get_into_feedback(
    watched: Watched,
) -> None:
    """The page's policy has no word against being led elsewhere by the page itself."""
    cells = [cell for name, cell in attacks().items() if name not in PAST]
    seen = watched.show(feedback_without_inert(notebook(*cells)))
    assert seen == {reported("html: refresh")}


def test_honest_work_is_shown(watched: Watched) -> None:
    watched.show(feedback_of_inert(HONEST))
    page = watched.page
    expect(page.locator("strong")).to_have_text("bold")
    expect(page.locator("th")).to_have_text(["", "loss"])
    expect(page.locator("td")).to_have_text(["0.25"])
    expect(page.locator("main #notebook-container")).to_contain_text("$a < b$")
    sizes = page.locator("img").evaluate_all("all => all.map(img => img.naturalWidth)")
    assert sizes == [1, 30, 1], "a figure, a drawing and an attachment"
