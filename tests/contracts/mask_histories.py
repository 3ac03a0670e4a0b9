"""Random prompts for models that answer with the mask of one object, in an image of 100 x 130 pixels."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import Answer, MaskAnswer
from fewclicks.geometry.masks import Mask
from fewclicks.prompts import AnotherMask, BoxPrompt, Click, ExtremePoints, MaskPrompt, Prompt, Prompts

SIZE = (100, 130)
BOX = BoxPrompt(30, 20, 90, 80)
POINTS = ExtremePoints(((30, 50), (60, 20), (90, 50), (60, 80)))
FIXED: dict[str, Prompts] = {
    "box": Prompts.of(BOX),
    "extreme points": Prompts.of(POINTS),
    "box and clicks": Prompts.of(BOX, Click(60, 50, True), Click(35, 25, False)),
    "rounds": Prompts.of(BOX).then(Click(60, 50, True)).then(Click(35, 25, False), Click(80, 70, False)),
    "many clicks": Prompts.of(BOX, *(Click(31 + i % 58, 21 + i % 57, i % 3 > 0) for i in range(60))),
}


def mask(x0: int, y0: int, x1: int, y1: int, size_hw: tuple[int, int] = SIZE) -> Mask:
    full = np.zeros(size_hw, bool)
    full[y0:y1, x0:x1] = True
    return Mask.from_full(full)


@dataclass(frozen=True)
class MaskHistories:
    """What models of the task are asked, of the kinds of prompt that they take."""

    takes: Collection[type[Prompt]]

    def fixed(self) -> list[Prompts]:
        return [each for each in FIXED.values() if {type(prompt) for prompt in each.all} <= set(self.takes)]

    def nonsense(self) -> list[Prompts]:
        wrong: list[Prompt] = [
            BoxPrompt(500, 500, 600, 600),
            BoxPrompt(10, 10, 10, 20),
            BoxPrompt(float("nan"), 0, 10, 10),
            Click(-3, 5, True),
            Click(5, 101, True),
            Click(float("nan"), 5, True),
            Click(5, 5, False),
            MaskPrompt(mask(2, 2, 9, 9, (50, 50))),
            AnotherMask(),
        ]
        alone = [Prompts.of(each) for each in wrong]
        return [Prompts(), Prompts(((), ())), *alone, Prompts.of(BOX).then(Click(5, 300, True))]

    def changed(self, rng: np.random.Generator, prompts: Prompts) -> Prompts:
        """Other prompts: one more round, fewer rounds, another last round, or something else altogether."""
        rounds, way = prompts.rounds, rng.integers(6)
        if way == 0 or not rounds:
            return Prompts((self._start(rng),))
        if way == 1 and len(rounds) > 1:
            return Prompts(rounds[: int(rng.integers(1, len(rounds)))])
        if way == 2 and len(rounds) > 1:
            return Prompts((*rounds[:-1], self._round(rng)))
        if way == 3 and MaskPrompt in self.takes:
            return prompts.then(*self._mask(rng), *self._round(rng)[: int(rng.integers(2))])
        return prompts.then(*self._round(rng)) if len(rounds) < 5 else Prompts(rounds[-2:])

    def same(self, one: Answer, other: Answer) -> None:
        assert isinstance(one, MaskAnswer)
        assert isinstance(other, MaskAnswer)
        assert one.masks == other.masks
        assert one.predicted_ious == other.predicted_ious

    def check(self, answer: Answer, size_hw: tuple[int, int]) -> None:
        assert isinstance(answer, MaskAnswer)
        assert all(each.size_hw == size_hw for each in answer.masks)
        assert all(iou is None or 0 <= iou <= 1 for iou in answer.predicted_ious)

    def frozen(self, answer: Answer) -> list[np.ndarray]:
        """Copies of the arrays of an answer."""
        assert isinstance(answer, MaskAnswer)
        return [each.full().copy() for each in answer.masks]

    def everything(self, size_hw: tuple[int, int]) -> Prompts:
        """Prompts that fit an image of any size."""
        return Prompts.of(BoxPrompt(0, 0, size_hw[1], size_hw[0]))

    def _start(self, rng: np.random.Generator) -> tuple[Prompt, ...]:
        starts: list[Prompt] = [self._box(rng), POINTS, *self._mask(rng), Click(*self._point(rng), True)]
        possible = [each for each in starts if type(each) in self.takes]
        clicks = self._round(rng)[: int(rng.integers(3))]
        return (possible[int(rng.integers(len(possible)))], *clicks)

    def _round(self, rng: np.random.Generator) -> tuple[Prompt, ...]:
        count = int(rng.integers(1, 4)) if Click in self.takes else 0
        return tuple(Click(*self._point(rng), bool(rng.random() < 0.6)) for _ in range(count))

    def _point(self, rng: np.random.Generator) -> tuple[float, float]:
        return float(rng.integers(0, SIZE[1] + 1)), float(rng.integers(0, SIZE[0] + 1))

    def _box(self, rng: np.random.Generator) -> BoxPrompt:
        x, y = (int(each) for each in rng.integers(0, 50, 2))
        return BoxPrompt(x, y, x + 40, y + 30)

    def _mask(self, rng: np.random.Generator) -> tuple[MaskPrompt]:
        x, y = (int(each) for each in rng.integers(0, 50, 2))
        return (MaskPrompt(mask(x, y, x + 40, y + 30)),)
