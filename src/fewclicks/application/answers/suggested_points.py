"""Suggestions from a model's points: moves of annotated points, and new points where nothing is annotated."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from math import hypot

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.application.answers.suggested_boxes import PIXEL_DECIMALS, SCORE_DECIMALS
from fewclicks.model import LOWEST_SCORE
from fewclicks.prompts import PointPrompt
from fewclicks.store.proposals import Proposals, SuggestedPoints, is_current_move, point_of
from fewclicks.store.snapshots import Json, Snapshot

MOST_POINTS = 10_000  # suggested in an image
SAME_PLACE = 1.0  # pixels; points that are nearer are about one object
CELL = 2 * SAME_PLACE  # side, so that a place has neighbours in at most 4 cells


class Places:
    """Places in an image, found again within SAME_PLACE."""

    def __init__(self, points_xy: Iterable[tuple[float, float]] = ()) -> None:
        self._cells: defaultdict[tuple[float, float], list[tuple[float, float]]] = defaultdict(list)
        for x, y in points_xy:
            self.add(x, y)

    def add(self, x: float, y: float) -> None:
        """Add a place."""
        self._cells[x // CELL, y // CELL].append((x, y))

    def has(self, x: float, y: float) -> bool:
        """Return whether there is a place within SAME_PLACE."""
        for column in {(x - SAME_PLACE) // CELL, (x + SAME_PLACE) // CELL}:
            for row in {(y - SAME_PLACE) // CELL, (y + SAME_PLACE) // CELL}:
                for other_x, other_y in self._cells.get((column, row), ()):
                    if hypot(x - other_x, y - other_y) <= SAME_PLACE:
                        return True
        return False


def suggested_moves(answer: PointsAnswer, prompts: Sequence[PointPrompt], size_hw: tuple[int, int]) -> tuple[Json, ...]:
    """Return the moves to other places inside the image, in the order of `prompts`."""
    inside = _within_image(answer, size_hw)
    rows = zip(inside.targets, inside.points_xy.tolist(), inside.scores.tolist(), strict=True)
    ends = {target: (_rounded(*xy), round(score, SCORE_DECIMALS)) for target, xy, score in rows if target}
    moves = []
    for prompt in prompts:
        to_xy, score = ends.get(prompt.target, ([], 0.0))
        if to_xy and to_xy != _rounded(prompt.x, prompt.y):
            from_xy = [prompt.x, prompt.y]
            moves.append({"annotation_id": prompt.target, "from_xy": from_xy, "to_xy": to_xy, "score": score})
    return tuple(moves)


def suggested_points(
    answer: PointsAnswer, existing: Iterable[tuple[float, float]], classes: Collection[int], size_hw: tuple[int, int]
) -> tuple[Json, ...]:
    """Return at most MOST_POINTS new points of `classes` inside the image, highest confidence first.

    Of points within SAME_PLACE of each other, of any class, the best one stays; none is within it of `existing`.
    """
    inside = _within_image(answer, size_hw)
    is_new = np.array([not target for target in inside.targets], bool)
    known = inside.where(is_new & np.isin(inside.class_ids, list(classes)) & (inside.scores >= LOWEST_SCORE))
    best_first = known.where(np.argsort(-known.scores, kind="stable"))
    places = Places(existing)
    points: list[Json] = []
    rows = zip(best_first.points_xy.tolist(), best_first.class_ids.tolist(), best_first.scores.tolist(), strict=True)
    for xy, class_id, score in rows:
        x, y = _rounded(*xy)
        if places.has(x, y):
            continue
        places.add(x, y)
        points.append({"x": x, "y": y, "class_id": class_id, "score": round(score, SCORE_DECIMALS)})
        if len(points) == MOST_POINTS:
            break
    return tuple(points)


def answer_of(suggested: SuggestedPoints) -> PointsAnswer:
    """Return stored suggestions as an answer; the class of a moved point, which is not stored, is 0."""
    rows = [(*each["to_xy"], each["score"], 0) for each in suggested.moves]
    rows += [(each["x"], each["y"], each["score"], each["class_id"]) for each in suggested.points]
    values = np.array(rows, np.float64).reshape(-1, 4)
    targets = *(each["annotation_id"] for each in suggested.moves), *("" for _ in suggested.points)
    return PointsAnswer(values[:, :2], values[:, 2], values[:, 3].astype(np.int64), targets)


def with_current_moves(proposals: Proposals, annotations: Iterable[Snapshot]) -> Proposals:
    """Return the suggestions of an image with these annotations, without outdated moves."""
    present = {each.id: each for each in annotations}
    points = (
        replace(
            each, moves=tuple(move for move in each.moves if is_current_move(move, present.get(move["annotation_id"])))
        )
        for each in proposals.points
    )
    return replace(proposals, points=tuple(points))


def points_of(annotations: Iterable[Snapshot]) -> Iterator[tuple[Snapshot, tuple[float, float]]]:
    """Yield the annotations that are points, with their places."""
    for each in annotations:
        xy = point_of(each)
        if xy is not None:
            yield each, xy


def _within_image(answer: PointsAnswer, size_hw: tuple[int, int]) -> PointsAnswer:
    limit = np.array(size_hw[::-1], np.float64)
    valid = np.isfinite(answer.scores) & ((answer.points_xy >= 0) & (answer.points_xy <= limit)).all(1)
    return replace(answer, scores=np.clip(answer.scores, 0, 1)).where(valid)


def _rounded(x: float, y: float) -> list[float]:
    return [round(x, PIXEL_DECIMALS), round(y, PIXEL_DECIMALS)]
