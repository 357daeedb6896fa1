"""A notebook open in JupyterLab, worked with the mouse and the keyboard."""

from __future__ import annotations

import re

from nbformat import NotebookNode
from playwright.sync_api import Locator, Page, expect

from .coursework import Chapter
from .lab_server import LabServer, wait_until

IDLE = ".jp-Notebook-ExecutionIndicator[data-status=idle]"
CONNECTED = re.compile(r"\| Idle$")  # in the status bar: 'Python 3 (ipykernel) | Idle'
SLOW = 120_000  # milliseconds for what opens or grades a chapter
CHAPTER = 300_000  # milliseconds for what runs one from end to end
NAMED = ("checked", "expected", "got", "try this")  # the lines of a check that failed
LATER = "visible checks passed; hidden checks run after you submit"


class NotebookPage:
    """The notebook in front; `notebook` is the same one as read from its file."""

    def __init__(self, page: Page, notebook: NotebookNode) -> None:
        self.page = page
        self.places = {cell.id: place for place, cell in enumerate(notebook.cells)}
        self.sources = {cell.id: cell.source for cell in notebook.cells}
        self.code = [cell.id for cell in notebook.cells if cell.cell_type == "code"]
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.cells = self.panel.locator(".jp-Notebook .jp-Cell")
        self.waiting = self.panel.locator(".jp-InputPrompt", has_text="[*]")
        expect(self.cells).to_have_count(len(notebook.cells), timeout=SLOW)
        # the notebook's own mark says idle before it has a kernel, when cells do not run
        expect(page.get_by_role("button", name=CONNECTED)).to_be_visible(timeout=SLOW)
        self.panel.locator(IDLE).wait_for(timeout=SLOW)

    def cell(self, name: str) -> Locator:
        """The cell with this id."""
        return self.cells.nth(self.places[name])

    def explorer(self, call: str) -> Locator:
        """The explorer that the first code cell with this call shows."""
        name = next(name for name in self.code if call in self.sources[name])
        explorer = self.cell(name).locator(".course-explorer")
        explorer.scroll_into_view_if_needed()
        return explorer

    def output(self, name: str) -> str:
        """The text below a cell."""
        area = self.cell(name).locator(".jp-Cell-outputArea")
        area.scroll_into_view_if_needed()
        return area.inner_text()

    def errors(self) -> list[str]:
        """What cells raised or wrote to stderr."""
        kinds = ("error", "stderr")
        found = ", ".join(f"[data-mime-type='application/vnd.jupyter.{kind}']" for kind in kinds)
        return self.cells.locator(found).all_text_contents()

    def prompt(self, name: str) -> str:
        """What stands before a code cell: '[ ]:', '[*]:' or '[3]:'."""
        # not inner_text: JupyterLab lays out only the cells in view, and that of others is empty
        return self.cell(name).locator(".jp-InputPrompt").text_content() or ""

    def begin_all(self) -> None:
        """Menu Run, Run All Cells."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.locator("li[data-command='runmenu:run-all']").click()

    def run_all(self) -> None:
        """Menu Run, Run All Cells; waits until the kernel has nothing more to do."""
        self.begin_all()
        self.wait_for_all()

    def wait_for_all(self) -> None:
        """Returns when the kernel has nothing more to do."""
        first = self.cell(self.code[0]).locator(".jp-InputPrompt")
        expect(first).to_have_text(re.compile(r"\[\d+\]"), timeout=SLOW)
        expect(self.waiting).to_have_count(0, timeout=CHAPTER)
        self.panel.locator(IDLE).wait_for(timeout=SLOW)

    def write(self, name: str, source: str) -> None:
        """Replace a cell's text, as one who pastes over it."""
        self._edit(name)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(source)

    def run(self, name: str) -> str:
        """Shift+Enter in a cell; what it prints or raises."""
        before = self.prompt(name)
        self._edit(name)
        self.page.keyboard.press("Shift+Enter")
        wait_until(
            lambda: re.search(r"\d", now := self.prompt(name)) and now != before, f"{name} to run"
        )
        return self.output(name)

    def never_run(self) -> list[str]:
        """The code cells that have no number."""
        prompts = self.cells.locator(".jp-InputPrompt").all_text_contents()
        shown = [prompts[self.places[name]] for name in self.code]
        return [
            name for name, text in zip(self.code, shown, strict=True) if not re.search(r"\d", text)
        ]

    def check_names_mistake(self, exercise: str, mistake: tuple[str, str], answer: str) -> None:
        """A wrong answer is named by the check, in its four lines; then the right one passes."""
        name, wrong = mistake
        self.write(f"{exercise}-solve", wrong)
        self.run(f"{exercise}-solve")
        said = self.run(f"{exercise}-check")
        assert name in said
        for line in NAMED:
            assert re.search(rf"^\s*{line}  ", said, re.MULTILINE), said
        assert "Traceback" not in said
        self.write(f"{exercise}-solve", answer)
        self.run(f"{exercise}-solve")
        assert LATER in self.run(f"{exercise}-check")

    def validate(self) -> str:
        """Press nbgrader's Validate; the text of the dialog, which is then closed."""
        self.panel.locator(".validate-button").click()
        dialog = self.page.locator(".jp-Dialog", has_text="Validation")
        dialog.wait_for(timeout=SLOW)
        text = dialog.inner_text()
        dialog.get_by_role("button", name="OK").click()
        expect(dialog).to_have_count(0)
        return text

    def _edit(self, name: str) -> None:
        editor = self.cell(name).locator(".cm-content")
        editor.scroll_into_view_if_needed()
        editor.click()


def run_solved(chapter: Chapter, server: LabServer, page: Page) -> NotebookPage:
    """The solved `chapter` of the server's course, open by itself and run to its end.

    JupyterLab opens again what was open, each notebook with a kernel, so each chapter is opened in
    a workspace of its own; and no page is left that asks for a kernel that ends.
    """
    page.goto("about:blank")
    server.stop_kernels()
    page.goto(server.url(f"/lab/workspaces/{chapter.name}/tree/{chapter.solved_notebook}"))
    notebook = NotebookPage(page, chapter.solved())
    notebook.run_all()
    return notebook
