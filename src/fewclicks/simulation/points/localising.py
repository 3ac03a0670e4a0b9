"""What the simulation of points asks of a refiner and of a localiser, and how it measures them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.model import Model
from fewclicks.prompts import PointPrompt, Prompts
from fewclicks.simulation.points.choosing import Choice, choose
from fewclicks.simulation.points.truth import PointTruth, neighbour_distance
from fewclicks.simulation.spec import Watch

RADII = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)  # of suppression, in median distances between neighbours
MOST_CHOOSING = 60  # training images on which the radius and the lowest confidence are chosen
ALONE = 8  # distances along the longer side of an image, where no object has a neighbour

Points = Float64[np.ndarray, "_ 2"]
PointsModel = Model[object, PointsAnswer, object]

Refine = Callable[[PointedSource, Watch], Sequence[Sequence[Points]]]
"""Moves the points of images, after any training on these: by image, once for each stage of training, the last last."""


@runtime_checkable
class Localiser(Protocol):
    """A trained model that finds points."""

    def candidates(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer:
        """Return all points of an image, those of low confidence and near others too."""
        ...

    def apart(self, found: PointsAnswer, radius: float) -> PointsAnswer:
        """Return the points without those within `radius` pixels of a better one of their class."""
        ...


Localise = Callable[[PointedSource, Watch], Localiser]
"""Trains a localiser on the points of images."""


def refined(model: PointsModel, source: PointedSource, watch: Watch) -> list[Points]:
    """Return where a model of the task points moves the points of each image."""
    watch.start("refine", len(source.images))
    moved = []
    for image in source.images:
        points = image.points_xy.copy()
        if len(points):
            each = zip(points.tolist(), image.class_ids.tolist(), strict=True)
            prompts = [PointPrompt(x, y, class_id, str(number)) for number, ((x, y), class_id) in enumerate(each)]
            answer = model.respond(model.encode(image.pixels()), Prompts.of(*prompts)).answer
            targets = [number for number, target in enumerate(answer.targets) if target]
            points[[int(answer.targets[number]) for number in targets]] = answer.points_xy[targets]
        moved.append(points)
        watch.advance()
    return moved


def chosen_on(localiser: Localiser, source: PointedSource, seed: int, watch: Watch) -> Choice:
    """Return the suppression radius, in pixels, and the lowest confidence that fit the points of training images.

    The points that the localiser was trained on are the ground truth, because a person has no other.
    """
    pointed = replace(source, images=tuple(image for image in source.images if len(image.points_xy)))
    images, side = pointed.sample(MOST_CHOOSING, seed).images, spacing(source)
    watch.start("choose", len(images))
    radii = [radius * side for radius in RADII]
    answers: dict[float, list[PointsAnswer]] = {radius: [] for radius in radii}
    for image in images:
        candidates = localiser.candidates(image.pixels())
        for radius in radii:
            answers[radius].append(localiser.apart(candidates, radius))
        watch.advance()
    return choose(answers, [PointTruth.of_points(image.points_xy, image.class_ids, side) for image in images])


def found_in(localiser: Localiser, source: PointedSource, radius: float, watch: Watch) -> list[PointsAnswer]:
    """Return the points of each image, apart by `radius` pixels."""
    watch.start("measure", len(source.images))
    found = []
    for image in source.images:
        found.append(localiser.apart(localiser.candidates(image.pixels()), radius))
        watch.advance()
    return found


def spacing(source: PointedSource) -> float:
    """Return the median distance between neighbours (`neighbour_distance`), or an eighth of the longer side of an image
    where no object has a neighbour.
    """
    known = neighbour_distance([image.points_xy for image in source.images])
    return known or float(np.median([max(image.size_hw) for image in source.images])) / ALONE


def truths_of(source: PointedSource) -> tuple[list[PointTruth], float | None]:
    """Return the ground truth of test images, and the side of the squares where they have points only.

    The side is `spacing`, so that a point within half of it is within tau 0.5.
    """
    if all(image.boxes is not None for image in source.images):
        return [_of_boxes(image) for image in source.images], None
    side = spacing(source)
    return [PointTruth.of_points(image.points_xy, image.class_ids, side) for image in source.images], side


def _of_boxes(image: PointedImage) -> PointTruth:
    assert image.boxes is not None
    ignored = np.arange(len(image.boxes) + len(image.ignored)) >= len(image.boxes)
    boxes = np.concatenate([image.boxes, image.ignored])
    return PointTruth.of_boxes(boxes, np.concatenate([image.class_ids, image.ignored_class_ids]), ignored)
