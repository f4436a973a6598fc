"""Debian's Chromium by Playwright: no `playwright install`, no network, every request and message written down."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from xbench.records import Board
from xbench_report import Html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")  # a container's root, without a screen


@dataclass(slots=True)
class Opened:
    """A page and what it did: requests beside its own file, dialogs, messages and errors."""

    page: Page
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        return not (self.requests or self.dialogs or self.messages)


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the extra `browser`")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield launched
        launched.close()


@contextmanager
def opening(browser: Browser, folder: Path) -> Iterator[Open]:
    """Opens a board's page from disk: `open_board(board, hash="", **context options)`."""
    contexts = []

    def opened(board: Board, hash: str = "", **options: Any) -> Opened:
        path = folder / "board.html"
        path.write_bytes(Html().render(board))
        context = browser.new_context(**{"locale": "en-US", "viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        found = Opened(context.new_page())

        def only_itself(route: Route) -> None:
            if route.request.url.partition("#")[0] == path.as_uri():
                route.continue_()
            else:
                found.requests.append(route.request.url)
                route.abort()

        def dismiss(dialog: Any) -> None:
            found.dialogs.append(dialog.message)
            dialog.dismiss()

        context.route("**/*", only_itself)
        found.page.on("dialog", dismiss)
        found.page.on("console", lambda message: found.messages.append(message.text))
        found.page.on("pageerror", lambda error: found.messages.append(str(error)))
        found.page.goto(path.as_uri() + hash)
        return found

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def open_board(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    with opening(browser, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def open_once(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """Pages that the tests of a file share."""
    with opening(browser, tmp_path_factory.mktemp("shared")) as opened:
        yield opened
