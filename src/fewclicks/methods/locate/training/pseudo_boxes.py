"""The pseudo-box localiser (Tables 1 and 3): `detect`'s detectors, trained on boxes of one size around points.

The centres of the boxes that it predicts are its points.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

import numpy as np
from jaxtyping import Float64, UInt8

from fewclicks.answers import PointsAnswer
from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.datasets.pointed_images import PointedImage, PointedSource
from fewclicks.errors import InputError
from fewclicks.geometry.oriented import from_upright
from fewclicks.methods.detect.inference.network.design import Stages
from fewclicks.methods.detect.inference.network.runtime import files_beside
from fewclicks.methods.detect.inference.opening import open_detect
from fewclicks.methods.detect.training.recipe import Settings
from fewclicks.methods.detect.training.train import train_detect
from fewclicks.methods.locate.training.calibration import SEPARATIONS, affordable
from fewclicks.methods.shared.points.apart import apart
from fewclicks.methods.spec import Resources
from fewclicks.model import Options
from fewclicks.prompts import Prompts
from fewclicks.simulation.boxes.sessions import BoxesModel
from fewclicks.simulation.points.choosing import choose
from fewclicks.simulation.points.localising import spacing
from fewclicks.simulation.points.truth import PointTruth
from fewclicks.training.loop import Budget
from fewclicks.training.loop import Watch as StepWatch

SIDE = 0.75  # of a pseudo box, in median distances between neighbours
CELLS = 9  # of such a distance, in the unit of SEPARATIONS
LEAST = 0.01  # confidence of a box that may be a point


def pseudo_boxes(source: PointedSource, side: float) -> BoxedSource:
    """Return the images with a square of `side` pixels around each point, cut to the image."""
    return BoxedSource(
        source.name, tuple(_boxed(image, side) for image in source.images), source.class_names, source.weight
    )


def _boxed(image: PointedImage, side: float) -> BoxedImage:
    height, width = image.size_hw
    corners = np.concatenate([image.points_xy - side / 2, image.points_xy + side / 2], axis=1)
    inside = np.clip(corners, 0, [width, height, width, height])
    return BoxedImage(image.path, image.size_hw, from_upright(inside), image.class_ids)


def train_pseudo_boxes(
    stages: Stages,
    source: PointedSource,
    start: Path,
    folder: Path,
    budget: Budget,
    seed: int,
    watch: StepWatch | None = None,
) -> "BoxCentres":
    """Train a detector without clicks in `folder`, where an interrupted run resumes.

    start: MobileNetV2 weights (safetensors). Raises InputError for others: trained detectors have seen boxes.
    """
    if start.suffix == ".onnx":
        raise InputError(
            "a detector on pseudo boxes must start from MobileNetV2 weights; choose a safetensors file", start
        )
    side = SIDE * spacing(source)
    settings = Settings(variant="none", stages=stages, seed=seed)
    path = train_detect(settings, [pseudo_boxes(source, side)], start, folder, budget, "boxes", watch)
    return BoxCentres.calibrated(path, source)


@dataclass(frozen=True, eq=False)
class BoxCentres:
    """A trained detector as a localiser; `side`: that of the pseudo boxes in pixels.

    lowest_score and separation, in pixels, were chosen on its training images.
    """

    model: BoxesModel
    side: float
    lowest_score: float = LEAST
    separation: float = 0.0

    @classmethod
    def calibrated(cls, path: Path, source: PointedSource) -> "BoxCentres":
        """Open the detector `path`, which was trained on the points of `source`. Raises InputError."""
        usual = spacing(source)
        opened = cls(cast(BoxesModel, open_detect(files_beside(path), Resources())), SIDE * usual)
        images = [*affordable([image for image in source.images if len(image.points_xy)])]
        candidates = [opened.candidates(image.pixels()) for image in images]
        radii = [each / CELLS * usual for each in SEPARATIONS]
        answers = {radius: [apart(found, radius) for found in candidates] for radius in radii}
        choice = choose(answers, [PointTruth.of_points(each.points_xy, each.class_ids, usual) for each in images])
        return cls(opened.model, opened.side, choice.lowest_score, choice.radius)

    @property
    def version(self) -> str:
        return self.model.info.version

    def candidates(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer:
        """Return the centres of all boxes that the detector's own suppression leaves."""
        encoding = self.model.encode(image)
        found = self.model.respond(encoding, Prompts.of(), None, Options(lowest_score=LEAST)).answer
        centres = np.clip(found.boxes[:, :2], 0, image.shape[1::-1])
        return PointsAnswer(centres, found.scores, found.class_ids, ("",) * len(found))

    def points(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer:
        """Return the points of an image, those of a confidence below `lowest_score` too."""
        return apart(self.candidates(image), self.separation)


@runtime_checkable
class Predicts(Protocol):
    """A localiser on pseudo boxes of `side` pixels."""

    @property
    def side(self) -> float: ...

    def candidates(self, image: UInt8[np.ndarray, "H W 3"]) -> PointsAnswer: ...


def self_refined(localiser: Predicts, images: Sequence[PointedImage]) -> list[Float64[np.ndarray, "_ 2"]]:
    """Return the points of self-refinement (Sec. 4.2): each point moves to where its localiser sees the object.

    That is the mean, weighted by confidence, of the points of its class that the localiser predicts within half a
    pseudo box, and nearer to this annotation than to others of the class. Without any the point stays.
    """
    return [_moved(localiser.candidates(image.pixels()), image, localiser.side / 2) for image in images]


def _moved(found: PointsAnswer, image: PointedImage, reach: float) -> Float64[np.ndarray, "N 2"]:
    moved = image.points_xy.copy()
    for class_id in np.unique(image.class_ids).tolist():
        own = np.flatnonzero(image.class_ids == class_id)
        predicted = found.where(found.class_ids == class_id)
        if not len(predicted):
            continue
        away = np.hypot(*(image.points_xy[own, None] - predicted.points_xy).transpose(2, 0, 1))
        nearest = np.arange(len(own))[:, None] == away.argmin(0)
        weights = predicted.scores * (nearest & (away <= reach))
        total = weights.sum(1)
        seen = total > 0
        moved[own[seen]] = weights[seen] @ predicted.points_xy / total[seen, None]
    return moved
