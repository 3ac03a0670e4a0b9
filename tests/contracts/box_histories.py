"""Random prompts for models that answer with boxes of all objects, in an image of 100 x 130 pixels."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import Answer, BoxesAnswer
from fewclicks.prompts import BoxPrompt, ClassClick, Prompt, Prompts

SIZE = (100, 130)
POINTS = [(60, 50), (30, 30), (90.5, 60.2), (0, 0), (130, 100), (61, 52)]


@dataclass(frozen=True)
class BoxHistories:
    """What models of the task are asked, of the kinds of prompt that they take: class clicks or example boxes."""

    takes: Collection[type[Prompt]]

    def fixed(self) -> list[Prompts]:
        first, second, third = (self._at(x, y, 3 + 4 * (n % 2)) for n, (x, y) in enumerate(POINTS[:3]))
        places = np.random.default_rng(0).uniform((0, 0), (SIZE[1], SIZE[0]), (200, 2)).round(1).tolist()
        many = [self._at(x, y, 3 + n % 5) for n, (x, y) in enumerate(places)]
        return [
            Prompts.of(first, second),
            Prompts.of(first),
            Prompts.of(first).then(second).then(third),
            Prompts.of(third, second, first),
            Prompts.of(*(many if ClassClick in self.takes else many[:8])),
        ]

    def nonsense(self) -> list[Prompts]:
        wrong = [(-1.0, 5.0), (5.0, 101.0), (131.0, 5.0), (float("nan"), 5.0)]
        if ClassClick in self.takes:
            alone: list[Prompt] = [ClassClick(x, y, 3) for x, y in wrong]
        else:
            alone = [BoxPrompt(500, 500, 600, 600, class_id=3), BoxPrompt(float("nan"), 0, 10, 10, class_id=3)]
            alone.append(BoxPrompt(10, 10, 20, 20))
        return [*(Prompts.of(each) for each in alone), self.fixed()[0].then(alone[0])]

    def changed(self, rng: np.random.Generator, prompts: Prompts) -> Prompts:
        """Other prompts: one more round, fewer rounds, another last round, or something else altogether."""
        rounds, way = prompts.rounds, rng.integers(5)
        if way == 0 or not rounds:
            return Prompts((self._round(rng),) * int(rng.integers(2)))
        if way == 1:
            return Prompts(rounds[: int(rng.integers(0, len(rounds)))])
        if way == 2:
            return Prompts((*rounds[:-1], self._round(rng)))
        return prompts.then(*self._round(rng)) if len(rounds) < 5 else Prompts(rounds[-2:])

    def same(self, one: Answer, other: Answer) -> None:
        assert isinstance(one, BoxesAnswer)
        assert isinstance(other, BoxesAnswer)
        for array, wanted in zip(self.frozen(one), self.frozen(other), strict=True):
            np.testing.assert_array_equal(array, wanted)
        assert (one.classes, one.oriented) == (other.classes, other.oriented)

    def check(self, answer: Answer, size_hw: tuple[int, int]) -> None:
        assert isinstance(answer, BoxesAnswer)
        count = len(answer)
        assert answer.boxes.shape == (count, 5)
        assert np.isfinite(answer.boxes).all()
        assert answer.probabilities.shape == (count, len(answer.classes))
        assert ((answer.probabilities >= 0) & (answer.probabilities <= 1)).all()
        assert (np.diff(answer.scores) <= 0).all()
        for number, class_id in enumerate(answer.class_ids.tolist()):
            assert answer.probabilities[number, answer.classes.index(class_id)] == answer.scores[number]

    def frozen(self, answer: Answer) -> list[np.ndarray]:
        """Copies of the arrays of an answer."""
        assert isinstance(answer, BoxesAnswer)
        return [each.copy() for each in (answer.boxes, answer.scores, answer.class_ids, answer.probabilities)]

    def everything(self, size_hw: tuple[int, int]) -> Prompts:
        """Prompts that fit an image of any size."""
        height, width = size_hw
        if ClassClick in self.takes:
            return Prompts.of(ClassClick(width / 2, height / 2, 3))
        return Prompts.of(BoxPrompt(0, 0, width, height, class_id=3))

    def _round(self, rng: np.random.Generator) -> tuple[Prompt, ...]:
        chosen = rng.permutation(len(POINTS))[: int(rng.integers(1, 4))]
        return tuple(self._at(*POINTS[int(index)], 3 + int(rng.integers(3))) for index in chosen)

    def _at(self, x: float, y: float, class_id: int) -> Prompt:
        if ClassClick in self.takes:
            return ClassClick(x, y, class_id)
        return BoxPrompt(x - 6.5, y - 6.5, x + 6.5, y + 6.5, class_id=class_id)
