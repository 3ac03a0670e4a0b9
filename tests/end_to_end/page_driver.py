"""The page as a person uses it: places are image pixels, keys are keys."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MS = 20_000
# Chromium draws these in a process of their own for each page, though nobody types an address. The option replaces
# Playwright's list, of which only PaintHolding concerns our page.
WITHOUT = "--disable-features=PaintHolding,WebUIOmniboxPopup,WebUIOmniboxAimPopup"
SETTLED = """(() => {
  const page = window.fewclicks;
  return page?.isOpen && page.isLoaded && !page.waiting && page.unsaved === 0;
})()"""
# A movement lasts some frames, and begins in one of the next.
STILL = """async () => {
  const view = () => JSON.stringify(window.fewclicks.view);
  let before;
  do {
    before = view();
    for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame);
  } while (view() !== before);
}"""

XY = tuple[float, float]


def find_chromium() -> str | None:
    """The system's Chromium, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A browser without a window."""
    # A container's root cannot have Chromium's sandbox; nothing but our own page is opened.
    sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[WITHOUT, *sandbox])
        try:
            yield browser
        finally:
            browser.close()


class PageDriver:
    """One open page. `troubles` collects what the browser complained about."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.troubles: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))

    # --- looking ------------------------------------------------------------------------------

    @property
    def annotations(self) -> list[dict[str, Any]]:
        """What is on the image, as the page shows it."""
        shown: list[dict[str, Any]] = self.page.evaluate("window.fewclicks.annotations")
        return shown

    @property
    def selected(self) -> dict[str, Any] | None:
        chosen = self.page.evaluate("window.fewclicks.selectedId")
        return next((each for each in self.annotations if each["id"] == chosen), None)

    def stored(self, image_id: int = 1) -> list[dict[str, Any]]:
        """What the server has, asked beside the page."""
        detail: dict[str, Any] = self.page.request.get(f"{self.url}api/images/{image_id}").json()
        found: list[dict[str, Any]] = detail["annotations"]
        return found

    def by_id(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def text(self, name: str) -> str:
        return self.by_id(name).inner_text()

    def wait(self, condition: str) -> None:
        """Until a JavaScript expression is true."""
        self.page.wait_for_function(condition)

    def settle(self) -> None:
        """Until the image is shown with what is on it, and every change is answered."""
        self.wait(SETTLED)

    def stand_still(self) -> None:
        """Until the image no longer moves."""
        self.page.evaluate(STILL)

    def eventually(self, read: Callable[[], Any], expected: Any) -> None:
        """Until `read` returns this. Raises AssertionError with what it returned last."""
        end = monotonic() + WAIT_MS / 1000
        while (found := read()) != expected and monotonic() < end:
            self.page.wait_for_timeout(50)
        assert found == expected

    # --- doing --------------------------------------------------------------------------------

    def open(self, image_id: int | None = None) -> None:
        self.page.goto("about:blank")
        self.page.goto(self.url if image_id is None else f"{self.url}#image={image_id}")
        self.settle()

    def place(self, at: XY) -> XY:
        x, y = self.page.evaluate("at => window.fewclicks.toWindow(at)", list(at))
        return x, y

    def click(self, x: float, y: float, button: Any = "left") -> None:
        self.page.mouse.click(*self.place((x, y)), button=button)

    def drag(self, places: Sequence[XY], button: Any = "left") -> None:
        self.page.mouse.move(*self.place(places[0]))
        self.page.mouse.down(button=button)
        for place in places[1:]:
            self.page.mouse.move(*self.place(place), steps=4)
        self.page.mouse.up(button=button)

    def hover(self, x: float, y: float) -> None:
        self.page.mouse.move(*self.place((x, y)))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


def open_page(browser: Browser, url: str, **context: Any) -> PageDriver:
    """A fresh profile's page, 1280 x 800 and dark unless told otherwise."""
    options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark", "accept_downloads": True} | context
    return PageDriver(browser.new_context(**options).new_page(), url)
