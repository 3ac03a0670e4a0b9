"""Two pages on one project that edit the same images at random, and end equal with nothing lost."""

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
from playwright.sync_api import Browser, Response
from running_server import RunningServer, serving

from jobs.coins import SIZE, make_coins

IMAGES = (1, 2, 3)
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
        actions = (self.draw, self.draw, self.segment, self.move, self.delete, self.label, self.finish)
        action = self.random.choice((*actions, self.undo, self.undo, self.redo, self.go, self.pause))
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
        """Choose a version of an object that both pages edited, if there is one."""
        wanted = self.random.choice(("Use mine", "Keep the other"))
        button = self.driver.by_id("outdated").get_by_role("button", name=wanted)
        if button.count() == 1:
            button.click()
            self.done["choose"] += 1

    def decide(self, answer: str) -> None:
        """Answer the question about suggestions that nobody has accepted, if it is asked."""
        button = self.driver.by_id(f"suggestions-{answer}")
        if button.count() == 1:
            button.click()
            self.done[answer] += 1

    # --- parts --------------------------------------------------------------------------------

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
        while self.driver.by_id("outdated").count():
            self.choose()
            self.driver.settle()

    def shows(self, image: int, stored: list[dict[str, Any]]) -> bool:
        """Whether the page shows these annotations of an image, soon after it opens it."""
        self.driver.by_id(f"image-{image}").click()
        self.decide("leave")
        end = monotonic() + 10
        while self.driver.annotations != stored and monotonic() < end:
            self.driver.page.wait_for_timeout(100)
        return self.driver.annotations == stored


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
        stored = people[0].driver.stored(image)
        shown = [person.shows(image, stored) for person in people]
        assert shown == [True, True], f"image {image} differs from what is stored"
    assert [trouble for person in people for trouble in person.driver.troubles] == []


def check_nothing_is_lost(server: RunningServer, people: tuple[Person, Person]) -> int:
    """Every acknowledged change is in the log of the project, whose server is stopped; return their number."""
    server.kill()
    stored, acknowledged = read_stored(server.project), people[0].acknowledged | people[1].acknowledged
    assert [each for each in acknowledged if not stored.has(each)] == []
    return len(acknowledged)
