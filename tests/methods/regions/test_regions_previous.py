"""An answer that goes on from an earlier one equals an answer from nothing, whatever was done in between."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.assist import RegionsAssist
from fewclicks.methods.regions.inference.partition import Partition
from fewclicks.prompts import ExtremePoints, History, Scribble

SEEDS = range(6)
STEPS = 6
Masks = dict[str, Mask]


@pytest.fixture(scope="module")
def assist() -> RegionsAssist:
    return RegionsAssist.shipped()


class Person:
    """Does at random what the page can: begins, moves, scribbles and drops regions, takes back what was done."""

    def __init__(self, seed: int, with_base: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.size_hw = (int(self.rng.integers(40, 130)), int(self.rng.integers(40, 170)))
        self.history: History = (self.extremes("0"), self.extremes("1"))
        self.masks: Masks = {name: self.ellipse() for name in "abc"} if with_base else {}
        self.done: list[tuple[History, Masks]] = []
        self.begun = 2

    def photo(self) -> np.ndarray:
        """Plain boxes and some noise."""
        height, width = self.size_hw
        pixels = np.full((height, width, 3), self.rng.integers(0, 256, 3), np.uint8)
        for _ in range(5):
            x0, y0, x1, y1 = (round(value) for value in self.box())
            pixels[y0:y1, x0:x1] = self.rng.integers(0, 256, 3)
        return cv2.add(pixels, self.rng.integers(0, 30, pixels.shape, dtype=np.uint8))

    def point(self) -> tuple[float, float]:
        height, width = self.size_hw
        return (float(self.rng.uniform(0, width)), float(self.rng.uniform(0, height)))

    def box(self) -> tuple[float, float, float, float]:
        while True:
            (ax, ay), (bx, by) = self.point(), self.point()
            if min(abs(ax - bx), abs(ay - by)) >= 3:
                return (min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

    def extremes(self, name: str) -> ExtremePoints:
        x0, y0, x1, y1 = self.box()
        x, y = float(self.rng.uniform(x0, x1)), float(self.rng.uniform(y0, y1))
        return ExtremePoints(((x, y0), (x0, y), (x, y1), (x1, y)), name)

    def ellipse(self) -> Mask:
        x0, y0, x1, y1 = self.box()
        full = np.zeros(self.size_hw, np.uint8)
        cv2.ellipse(full, (((x0 + x1) / 2, (y0 + y1) / 2), (x1 - x0, y1 - y0), 0), 1, -1)
        return Mask.from_full(full > 0)

    def base(self) -> Partition | None:
        return Partition.of_masks(self.masks, self.size_hw) if self.masks else None

    def clicked(self) -> list[str]:
        return [step.region for step in self.history if isinstance(step, ExtremePoints)]

    def act(self) -> str:
        """Change the history, or the masks that were there already; what was done."""
        before = (self.history, self.masks)
        actions = [self.begin, self.move, self.scribble, self.scribble, self.drop, *([self.undo] if self.done else [])]
        action = actions[self.rng.integers(len(actions))]
        action()
        if action != self.undo:
            self.done.append(before)
        return action.__name__

    def begin(self) -> None:
        self.history = (*self.history, self.extremes(str(self.begun)))
        self.begun += 1

    def move(self) -> None:
        """Other extreme points for a region, in the place of its first ones."""
        name = self.rng.choice(self.clicked())
        is_its = [isinstance(step, ExtremePoints) and step.region == name for step in self.history]
        steps = zip(self.history, is_its, strict=True)
        self.history = tuple(self.extremes(str(name)) if its else step for step, its in steps)

    def scribble(self) -> None:
        base = self.base()
        drawn = [name for name in base.regions if base.mask(name).area] if base else []
        name = str(self.rng.choice([*self.clicked(), *drawn]))
        points = tuple(self.point() for _ in range(self.rng.integers(1, 5)))
        self.history = (*self.history, Scribble(points, name))

    def drop(self) -> None:
        """A region with all that was given for it; the last one that was clicked stays."""
        names = [*(self.clicked() if len(self.clicked()) > 1 else []), *self.masks]
        if names:
            name = str(self.rng.choice(names))
            self.history = tuple(step for step in self.history if step.region != name)
            self.masks = {other: mask for other, mask in self.masks.items() if other != name}

    def undo(self) -> None:
        self.history, self.masks = self.done.pop()


def answers(assist: RegionsAssist, person: Person) -> Iterator[tuple[str, Partition, Partition]]:
    """After every step: what was done, the answer that goes on from an earlier one, and the one from nothing."""
    encoding = assist.encode(person.photo())
    earlier = [assist.respond(encoding, person.history, base=person.base())]
    for _ in range(STEPS):
        what = person.act()
        previous = earlier[-1] if person.rng.random() < 0.7 else earlier[person.rng.integers(len(earlier))]
        step = assist.respond(encoding, person.history, previous, person.base())
        yield what, step, assist.respond(encoding, person.history, base=person.base())
        earlier.append(step)


@pytest.mark.parametrize("with_base", [False, True], ids=["clicked", "with masks"])
@pytest.mark.parametrize("seed", SEEDS)
def test_any_history_is_answered_the_same_with_an_earlier_answer(
    assist: RegionsAssist, seed: int, with_base: bool
) -> None:
    done = []
    for what, step, whole in answers(assist, Person(seed, with_base)):
        done.append(what)
        assert step.regions == whole.regions, done
        np.testing.assert_array_equal(step.labels, whole.labels, str(done))


def test_the_histories_hold_everything_that_can_be_done() -> None:
    people = [Person(seed, with_base=True) for seed in SEEDS]
    assert {person.act() for person in people for _ in range(STEPS)} == {"begin", "move", "scribble", "drop", "undo"}
