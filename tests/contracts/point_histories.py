"""Random prompts for models that answer with points of all objects, in an image of 100 x 130 pixels."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import Answer, PointsAnswer
from fewclicks.prompts import PointPrompt, Prompt, Prompts

SIZE = (100, 130)
PLACES = [(60, 50), (30, 30), (90.5, 60.2), (0, 0), (130, 100), (61, 52)]
CLASSES = (3, 7)


@dataclass(frozen=True)
class PointHistories:
    """What models of the task are asked: one round, the points of an image, each a target of its own."""

    takes: Collection[type[Prompt]]

    def fixed(self) -> list[Prompts]:
        places = np.random.default_rng(0).uniform((0, 0), (SIZE[1], SIZE[0]), (200, 2)).round(1).tolist()
        return [
            self._at(PLACES[:2]),
            self._at(PLACES[:1]),
            self._at(PLACES[:3]),
            self._at(PLACES[2::-1]),
            self._at(places),
        ]

    def nonsense(self) -> list[Prompts]:
        wrong = [(-1.0, 5.0), (5.0, 101.0), (131.0, 5.0), (float("nan"), 5.0)]
        alone: list[Prompt] = [PointPrompt(x, y, 3, "a") for x, y in wrong]
        return [*(Prompts.of(each) for each in alone), self.fixed()[0].then(alone[0])]

    def changed(self, rng: np.random.Generator, prompts: Prompts) -> Prompts:
        """Other prompts: a point more, one less, one moved, or other points altogether."""
        points, way = list(prompts.all), rng.integers(4)
        if way == 0 or not points:
            return self._at([PLACES[int(index)] for index in rng.permutation(len(PLACES))[: int(rng.integers(5))]])
        index = int(rng.integers(len(points)))
        if way == 1:
            del points[index]
        elif way == 2:
            x, y = rng.uniform((0, 0), (SIZE[1], SIZE[0])).round(1).tolist()
            points[index] = PointPrompt(x, y, 3, points[index].target)
        else:
            points.append(PointPrompt(*PLACES[int(rng.integers(len(PLACES)))], 7, f"new {len(points)} {index}"))
        return Prompts.of(*points)

    def same(self, one: Answer, other: Answer) -> None:
        assert isinstance(one, PointsAnswer)
        assert isinstance(other, PointsAnswer)
        for array, wanted in zip(self.frozen(one), self.frozen(other), strict=True):
            np.testing.assert_array_equal(array, wanted)
        assert one.targets == other.targets

    def check(self, answer: Answer, size_hw: tuple[int, int]) -> None:
        assert isinstance(answer, PointsAnswer)
        count, height_width = len(answer), np.array(size_hw)
        assert answer.points_xy.shape == (count, 2)
        assert ((answer.points_xy >= 0) & (answer.points_xy <= height_width[::-1])).all()
        assert ((answer.scores >= 0) & (answer.scores <= 1)).all()
        assert answer.class_ids.shape == (count,)
        named = [target for target in answer.targets if target]
        assert len(answer.targets) == count
        assert len(set(named)) == len(named)

    def frozen(self, answer: Answer) -> list[np.ndarray]:
        """Copies of the arrays of an answer."""
        assert isinstance(answer, PointsAnswer)
        return [each.copy() for each in (answer.points_xy, answer.scores, answer.class_ids)]

    def everything(self, size_hw: tuple[int, int]) -> Prompts:
        """Prompts that fit an image of any size."""
        height, width = size_hw
        return self._at([(width / 2, height / 2), (width, height)])

    def _at(self, places: Sequence[Sequence[float]]) -> Prompts:
        return Prompts.of(
            *(PointPrompt(x, y, CLASSES[number % 2], f"target {number}") for number, (x, y) in enumerate(places))
        )
