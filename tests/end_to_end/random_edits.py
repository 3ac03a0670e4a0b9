"""Two pages on one project that edit the same images at random, and end equal with nothing lost."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from killing import SCRIPT, read_stored
from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, Locator, Response, TimeoutError
from running_server import RunningServer, serving

from jobs.coins import SIZE, make_coins

IMAGES = (1, 2, 3)
ATTEMPTS, MILLISECONDS = 5, 2000
NAMES = ("red", "blue", "coin", "disc", "ring")
LABELS = "buttons => buttons.map((button) => button.getAttribute('aria-label'))"
State = tuple[list[dict[str, Any]], list[dict[str, Any]], bool, list[str]]
WRITING = ("/edits", "/respond", "/retry", "/take", "/undo", "/redo", "/status", "/classes")


@dataclass
class Person:
    """One page, used at random. `acknowledged` are the ids of the requests that the server accepted."""

    driver: PageDriver
    random: Random
    done: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    refused: int = 0

    def __post_init__(self) -> None:
        self.driver.page.on("response", self._note)

    def _note(self, response: Response) -> None:
        if response.request.method == "GET" or not response.url.endswith(WRITING):
            return
        if response.status == 200:
            self.acknowledged.add(response.request.post_data_json["id"])
        else:
            self.refused += 1

    def act(self) -> None:
        """Do one thing, mostly without waiting for what it leads to."""
        objects = (self.draw, self.draw, self.segment, self.move, self.delete, self.label)
        others = (self.finish, self.toggle, self.rename, self.click_class, self.click_class, self.accept_boxes)
        action = self.random.choice((*objects, *others, self.undo, self.undo, self.redo, self.go, self.pause))
        action()
        self.done[action.__name__] += 1
        self.decide(self.random.choice(("accept", "leave", "stay")))
        self.choose()

    # --- actions ------------------------------------------------------------------------------

    def draw(self) -> None:
        self.driver.press("r")
        self.driver.drag(self._box())

    def segment(self) -> None:
        self.driver.press("s")
        self.driver.drag(self._box())
        self.driver.settle()
        self.driver.press("Enter")

    def move(self) -> None:
        if (place := self._select()) is not None:
            x, y = place
            self.driver.drag([place, (x + self.random.randrange(-9, 9), y + self.random.randrange(-9, 9))])

    def delete(self) -> None:
        if self._select() is not None:
            self.driver.press("Delete")

    def label(self) -> None:
        if self._select() is not None:
            self.driver.press(self.random.choice("12"))

    def finish(self) -> None:
        self.driver.press("Control+Enter")

    def toggle(self) -> None:
        """Set an image to done, or back."""
        self.click(self.driver.by_id(f"status-{self.random.choice(IMAGES)}"))

    def rename(self) -> None:
        """Rename a class; two classes may not get the same name."""
        names = class_names(self.driver)
        if not self.click(self.driver.page.get_by_role("button", name=f"Edit {self.random.choice(names)}", exact=True)):
            return
        self.driver.by_id("class-name").fill(self.random.choice(NAMES))
        if not self.click(self.driver.by_id("class-save")):
            self.driver.press("Escape")

    def click_class(self) -> None:
        self.driver.press("c", self.random.choice("12"))
        self.driver.click(self.random.randrange(SIZE), self.random.randrange(SIZE))

    def accept_boxes(self) -> None:
        self.driver.press("c", "Shift+Enter")

    def undo(self) -> None:
        self.driver.press("Control+z")

    def redo(self) -> None:
        self.driver.press("Control+Shift+z")

    def go(self) -> None:
        self.driver.press(self.random.choice("ad"))

    def pause(self) -> None:
        """Wait until everything is saved: on a busy machine, more would pile up than a person can cause."""
        self.driver.settle()

    def choose(self) -> None:
        """Choose one of two versions of something that both pages changed, if there is one."""
        wanted = self.random.choice((re.compile("^(Use|Add) mine$"), "Keep the other"))
        buttons = self.conflicts.get_by_role("button", name=wanted)
        if self.click(buttons.first):
            self.done["choose"] += 1

    @property
    def conflicts(self) -> Locator:
        """The questions that the page asks about two versions."""
        return self.driver.page.get_by_test_id(re.compile("^outdated"))

    def decide(self, answer: str) -> None:
        """Answer the question about suggestions that nobody has accepted, if it is asked."""
        button = self.driver.by_id(f"suggestions-{answer}")
        if button.count() == 1:
            button.click()
            self.done[answer] += 1

    # --- parts --------------------------------------------------------------------------------

    def click(self, button: Locator) -> bool:
        """Click on a button, unless what the other page does takes it away or disables it.

        The question about suggestions may come to cover it first.
        """
        for _ in range(ATTEMPTS):
            self.decide("stay")
            try:
                if button.count() == 0 or button.is_disabled(timeout=MILLISECONDS):
                    return False
                button.click(timeout=MILLISECONDS)
                return True
            except TimeoutError:
                pass
        button.click()
        return True

    def _box(self) -> list[tuple[float, float]]:
        x, y = self.random.randrange(SIZE - 30), self.random.randrange(SIZE - 30)
        return [(x, y), (x + self.random.randrange(8, 28), y + self.random.randrange(8, 28))]

    def _select(self) -> tuple[float, float] | None:
        """Select an object by a click on its middle, which is returned."""
        boxes = [each["shape"]["xyxy"] for each in self.driver.annotations if each["shape"]]
        if not boxes:
            return None
        x0, y0, x1, y1 = self.random.choice(boxes)
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        self.driver.press("v")
        self.driver.click(*middle)
        return middle

    def end(self) -> None:
        """Wait until everything is saved and every choice is made."""
        self.decide("leave")
        self.driver.settle()
        while self.conflicts.count():
            self.choose()
            self.driver.settle()

    def shows(self, image: int) -> bool:
        """Whether the page shows what is stored of an image and of the classes, soon after it opens the image."""
        self.driver.by_id(f"image-{image}").click()
        self.decide("leave")
        stored, end = stored_state(self.driver, image), monotonic() + 10
        while self.state(image) != stored and monotonic() < end:
            self.driver.page.wait_for_timeout(100)
        return self.state(image) == stored

    def state(self, image: int) -> State:
        """What the page shows: objects, class clicks, whether the image is done, classes."""
        driver = self.driver
        is_done = driver.by_id(f"status-{image}").get_attribute("aria-pressed") == "true"
        return driver.annotations, driver.page.evaluate("window.fewclicks.classClicks"), is_done, class_names(driver)


def class_names(driver: PageDriver) -> list[str]:
    """The names of the classes that the page shows, in order."""
    buttons = driver.page.get_by_role("button", name=re.compile("^Edit "))
    return [str(label).removeprefix("Edit ") for label in buttons.evaluate_all(LABELS)]


def stored_state(driver: PageDriver, image: int) -> State:
    """The same as `Person.state`, as the server has it."""
    detail, project = (
        driver.page.request.get(f"{driver.url}api/{path}").json() for path in (f"images/{image}", "project")
    )
    names = [row["name"] for row in project["classes"]]
    return detail["annotations"], detail["proposals"]["clicks"], detail["image"]["status"] == "done", names


@contextmanager
def two_people(browser: Browser, folder: Path, random: Random) -> Iterator[tuple[RunningServer, tuple[Person, Person]]]:
    """A project of three images, its server, and two browsers."""
    with serving(make_coins(folder, len(IMAGES), 1), (str(SCRIPT),)) as server:
        people = tuple(Person(open_page(browser, server.url), Random(random.random())) for _ in range(2))
        for person in people:
            person.driver.open(IMAGES[0])
        yield server, (people[0], people[1])
        for person in people:
            person.driver.page.context.close()


def edit_at_random(people: tuple[Person, Person], random: Random, seconds: float) -> None:
    end = monotonic() + seconds
    while monotonic() < end:
        random.choice(people).act()


def check_equal(people: tuple[Person, Person]) -> None:
    """Both pages show what the server has, for every image."""
    for person in people:
        person.end()
    for image in IMAGES:
        shown = [person.shows(image) for person in people]
        assert shown == [True, True], f"image {image} differs from what is stored"
    assert [trouble for person in people for trouble in person.driver.troubles] == []


def check_nothing_is_lost(server: RunningServer, people: tuple[Person, Person]) -> int:
    """Every acknowledged change is in the log of the project, whose server is stopped; return their number."""
    server.kill()
    stored, acknowledged = read_stored(server.project), people[0].acknowledged | people[1].acknowledged
    assert [each for each in acknowledged if not stored.has(each)] == []
    return len(acknowledged)
