"""What the simulation of points asks of a refiner and of a localiser, and how it measures them."""

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float64, UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.model import Model
from fewclicks.prompts import PointPrompt, Prompts
from fewclicks.simulation.points.pairing import TAU
from fewclicks.simulation.points.precision import average_precision, match
from fewclicks.simulation.points.truth import PointTruth, neighbour_distance, object_counts
from fewclicks.simulation.spec import Watch

ALONE = 8  # distances along the longer side of an image, where no object has a neighbour

Points = Float64[np.ndarray, "_ 2"]
PointsModel = Model[object, PointsAnswer, object]

Refine = Callable[[PointedSource, Watch], Sequence[Sequence[Points]]]
"""Moves the points of images, after any training on these: by image, once for each stage of training, the last last."""


@runtime_checkable
class Localiser(Protocol):
    """A trained model that finds points.

    version: that of the model. lowest_score: the lowest confidence that counts as found. separation: the least distance
    between two points of a class, in pixels. Both were chosen on its training images (choosing.py).
    """

    @property
    def version(self) -> str: ...

    @property
    def lowest_score(self) -> float: ...

    @property
    def separation(self) -> float: ...

    def points(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer:
        """Return the points of an image, those of a confidence below `lowest_score` too."""
        ...


Localise = Callable[[PointedSource, Watch], Localiser]
"""Trains a localiser on the points of images."""


def refined(model: PointsModel, source: PointedSource, watch: Watch) -> list[Points]:
    """Return where a model of the task points moves the points of each image."""
    watch.start("refinement", len(source.images))
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


def found_in(localiser: Localiser, source: PointedSource, watch: Watch) -> list[PointsAnswer]:
    """Return the points of each image."""
    watch.start("measure", len(source.images))
    found = []
    for image in source.images:
        found.append(localiser.points(image.pixels()))
        watch.advance()
    return found


def spacing(source: PointedSource) -> float:
    """Return the median distance between neighbours (`neighbour_distance`), or an eighth of the longer side of an image
    where no object has a neighbour.
    """
    known = neighbour_distance([image.points_xy for image in source.images])
    return known or float(np.median([max(image.size_hw) for image in source.images])) / ALONE


def precision_on(found: Sequence[PointsAnswer], source: PointedSource) -> float:
    """Return the mAP at tau 0.5, 0..1, of the points found in each image, where objects are as large as `spacing`.

    Raises ValueError for images without objects.
    """
    side = spacing(source)
    truths = [PointTruth.of_points(image.points_xy, image.class_ids, side) for image in source.images]
    matches = [match(each, truth, (TAU,)) for each, truth in zip(found, truths, strict=True)]
    return float(average_precision(matches, object_counts(truths))[0][0])


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
