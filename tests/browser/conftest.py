"""Chromium for the tests of this folder, and a picture of the page where one fails."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from .coursework import Chapter, copy_of_course
from .lab_server import LabServer, course_lab
from .notebook_page import SLOW, NotebookPage, run_solved

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-proxy-server",
]
NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 30_000  # milliseconds, on a machine that does other things too
ELSEWHERE = re.compile(r"^(https?|wss?)://(?!127\.0\.0\.1[:/])")


# playwright keeps an event loop running in this thread, so it must end with its module:
# tests of other folders start loops of their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's chromium; where there is none the test is skipped, or fails if CI asks for it."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        absent = "no chromium on this machine: install it to run the browser's tests"
        required = os.environ.get("COURSE_REQUIRE_BROWSER") == "1"
        pytest.fail(absent) if required else pytest.skip(absent)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A person's browser; it reaches nothing but this machine."""
    context = chromium.new_context(viewport={"width": 1280, "height": 1000}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(SLOW)
    expect.set_options(timeout=PATIENCE)
    context.route(ELSEWHERE, lambda route: route.abort())
    yield context
    context.close()


@pytest.fixture(scope="module")
def requests(context: BrowserContext) -> list[str]:
    """The addresses that the browser's pages ask for, as they come."""
    seen: list[str] = []
    context.on("request", lambda request: seen.append(request.url))
    context.on("page", lambda page: page.on("websocket", lambda socket: seen.append(socket.url)))
    return seen


@pytest.fixture(scope="module")
def errors(context: BrowserContext) -> list[str]:
    """What pages' programs raise and nobody catches, and what they report as errors."""
    seen: list[str] = []

    def report(said: ConsoleMessage) -> None:
        if said.type == "error":
            seen.append(f"{said.text} [{said.location['url']}]")

    context.on("console", report)
    context.on("weberror", lambda error: seen.append(str(error.error)))
    return seen


@pytest.fixture(autouse=True)
def picture(
    request: pytest.FixtureRequest, context: BrowserContext, tmp_path: Path
) -> Iterator[None]:
    """Keep a picture of every open page when a test fails."""
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed > failed:
        for number, page in enumerate(context.pages):
            path = tmp_path / f"page-{number}.png"
            page.screenshot(path=path)
            print(f"the page as it was: {path}")


@pytest.fixture(scope="module")
def page(context: BrowserContext, requests: list[str], errors: list[str]) -> Page:
    """One page, kept for all tests of the module."""
    return context.new_page()


@pytest.fixture(scope="module")
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LabServer]:
    """`course lab` on what a student has, with the module's CHAPTER solved beside it."""
    chapter: Chapter = request.module.CHAPTER
    root = copy_of_course(tmp_path_factory.mktemp("student"), "course", "nbgrader_config.py")
    nbformat.write(chapter.solved(), root / "course" / chapter.solved_notebook)
    with course_lab(root, tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="module")
def chapter(request: pytest.FixtureRequest, server: LabServer, page: Page) -> NotebookPage:
    """The module's CHAPTER, solved, open and run from its first cell to its last."""
    return run_solved(request.module.CHAPTER, server, page)
