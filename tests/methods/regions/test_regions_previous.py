"""An answer is a function of image and prompts alone, whatever earlier response it continues from."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from fewclicks.answers import PartitionAnswer
from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.model import RegionsModel, RegionsResponse
from fewclicks.model import Response
from fewclicks.prompts import ExtremePoints, MaskPrompt, Prompts, Scribble

SEEDS = range(6)
STEPS = 6
Masks = dict[str, Mask]
Given = tuple[ExtremePoints | Scribble, ...]


class Annotator:
    """Does at random what the page can: begins, moves, scribbles and drops regions, changes masks, undoes."""

    def __init__(self, seed: int, with_base: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.size_hw = (int(self.rng.integers(40, 130)), int(self.rng.integers(40, 170)))
        self.given: Given = (self.extremes("0"), self.extremes("1"))
        self.masks: Masks = {name: self.ellipse() for name in "abc"} if with_base else {}
        self.done: list[tuple[Given, Masks]] = []
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

    def prompts(self) -> Prompts:
        """All prompts, divided into rounds at random; masks are new objects each time, half of the time."""
        fresh = self.rng.random() < 0.5
        masks = tuple(
            MaskPrompt(replace(mask, crop=mask.crop.copy()) if fresh else mask, name)
            for name, mask in self.masks.items()
        )
        cut = int(self.rng.integers(0, len(self.given) + 1))
        return Prompts((masks, self.given[:cut], self.given[cut:]))

    def clicked(self) -> list[str]:
        return [prompt.target for prompt in self.given if isinstance(prompt, ExtremePoints)]

    def act(self) -> str:
        """Change the prompts; return what was done."""
        before = (self.given, self.masks)
        actions = [self.begin, self.move, self.scribble, self.scribble, self.drop, *([self.undo] if self.done else [])]
        actions += [self.redraw] if self.masks else []
        action = actions[self.rng.integers(len(actions))]
        action()
        if action != self.undo:
            self.done.append(before)
        return action.__name__

    def begin(self) -> None:
        self.given = (*self.given, self.extremes(str(self.begun)))
        self.begun += 1

    def move(self) -> None:
        """Other extreme points for a region, in the place of its first ones."""
        name = self.rng.choice(self.clicked())
        is_its = [isinstance(prompt, ExtremePoints) and prompt.target == name for prompt in self.given]
        prompts = zip(self.given, is_its, strict=True)
        self.given = tuple(self.extremes(str(name)) if its else prompt for prompt, its in prompts)

    def scribble(self) -> None:
        base = PartitionAnswer.of_masks(self.masks, self.size_hw)
        drawn = [name for name in base.targets if base.mask(name).area]
        name = str(self.rng.choice([*self.clicked(), *drawn]))
        points = tuple(self.point() for _ in range(self.rng.integers(1, 5)))
        self.given = (*self.given, Scribble(points, name))

    def drop(self) -> None:
        """A region with all that was given for it; the last one that was clicked stays."""
        names = [*(self.clicked() if len(self.clicked()) > 1 else []), *self.masks]
        if names:
            name = str(self.rng.choice(names))
            self.given = tuple(prompt for prompt in self.given if prompt.target != name)
            self.masks = {other: mask for other, mask in self.masks.items() if other != name}

    def redraw(self) -> None:
        """Another mask for a target; what was scribbled for masks is gone, since the new one may cover others."""
        self.masks = self.masks | {str(self.rng.choice(list(self.masks))): self.ellipse()}
        clicked = self.clicked()
        self.given = tuple(prompt for prompt in self.given if prompt.target in clicked)

    def undo(self) -> None:
        self.given, self.masks = self.done.pop()


def answers(model: RegionsModel, annotator: Annotator) -> Iterator[tuple[str, PartitionAnswer, PartitionAnswer]]:
    """After every step: what was done, the answer that continues from an earlier one, and the one from nothing."""
    encoding = model.encode(annotator.photo())
    earlier = [model.respond(encoding, annotator.prompts())]
    for _ in range(STEPS):
        what = annotator.act()
        previous = earlier[-1] if annotator.rng.random() < 0.7 else earlier[annotator.rng.integers(len(earlier))]
        step = model.respond(encoding, annotator.prompts(), previous)
        yield what, step.answer, model.respond(encoding, annotator.prompts()).answer
        earlier.append(step)


def assert_same(one: PartitionAnswer, other: PartitionAnswer, about: str = "") -> None:
    assert one.targets == other.targets, about
    np.testing.assert_array_equal(one.labels, other.labels, about)


@pytest.mark.parametrize("with_masks", [False, True], ids=["clicked", "with masks"])
@pytest.mark.parametrize("seed", SEEDS)
def test_any_prompts_are_answered_the_same_with_an_earlier_answer(
    model: RegionsModel, seed: int, with_masks: bool
) -> None:
    done = []
    for what, step, whole in answers(model, Annotator(seed, with_masks)):
        done.append(what)
        assert_same(step, whole, str(done))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_answer_of_another_annotator_changes_nothing(model: RegionsModel, seed: int) -> None:
    """Both annotate the same image: with other targets, other masks, and other places for the same targets."""
    one, other = Annotator(seed, with_base=True), Annotator(seed + 100, with_base=seed % 2 == 0)
    other.size_hw = one.size_hw
    other.given = (other.extremes("0"), other.extremes("x"))
    other.masks = {name: other.ellipse() for name in other.masks}
    encoding = model.encode(one.photo())
    expected = model.respond(encoding, one.prompts())
    theirs = model.respond(encoding, other.prompts())
    lost: RegionsResponse = Response(theirs.answer)
    for previous in (theirs, lost, expected):
        assert_same(model.respond(encoding, one.prompts(), previous).answer, expected.answer)


def test_a_response_for_an_image_of_another_size_is_ignored(model: RegionsModel) -> None:
    one, other = Annotator(0, with_base=True), Annotator(1, with_base=True)
    encoding = model.encode(one.photo())
    previous = model.respond(model.encode(other.photo()), other.prompts())
    expected = model.respond(encoding, one.prompts()).answer
    assert_same(model.respond(encoding, one.prompts(), previous).answer, expected)


def test_only_what_a_new_or_removed_region_covers_is_labelled_again(model: RegionsModel) -> None:
    annotator = Annotator(0, with_base=False)
    encoding, one = model.encode(annotator.photo()), Prompts.of(ExtremePoints(((9, 2), (2, 9), (9, 16), (16, 9)), "0"))
    two = one.then(ExtremePoints(((29, 22), (22, 29), (29, 36), (36, 29)), "1"))
    responses = {len(each.rounds): model.respond(encoding, each) for each in (one, two)}
    for first, then, prompts in ((1, 2, two), (2, 1, one)):
        before = responses[first].memo
        assert before is not None
        marked = replace(before.prediction, labels=before.prediction.labels + np.uint16(5))
        labels = model.respond(encoding, prompts, Response(responses[first].answer, replace(before, prediction=marked)))
        expected = responses[then].answer.labels
        np.testing.assert_array_equal(labels.answer.labels[22:36, 22:36], expected[22:36, 22:36])
        np.testing.assert_array_equal(labels.answer.labels[:20, :20], expected[:20, :20] + 5)


def test_the_sessions_hold_everything_that_can_be_done() -> None:
    annotators = [Annotator(seed, with_base=True) for seed in SEEDS]
    done = {annotator.act() for annotator in annotators for _ in range(STEPS)}
    assert done == {"begin", "move", "scribble", "drop", "undo", "redraw"}
