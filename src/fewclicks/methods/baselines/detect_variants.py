"""Which detector is measured: the trained one, passthrough over it, or template matching; and in whose classes."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from jaxtyping import Int64

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.errors import InputError
from fewclicks.methods.baselines.passthrough import CertainClicks, PassthroughDetector
from fewclicks.methods.baselines.template_matching import TemplateMatching
from fewclicks.methods.detect.inference.assist import DetectAssist
from fewclicks.methods.detect.inference.design import Variant
from fewclicks.methods.detect.inference.detections import Detector
from fewclicks.methods.detect.inference.opening import SHIPPED, open_detector
from fewclicks.methods.detect.inference.tiled import TiledDetector

Measured = Variant | Literal["passthrough", "template-matching"]
TRAINED: tuple[Variant, ...] = get_args(Variant)


@dataclass(frozen=True)
class Choice:
    """The detector for each image, the set in its classes, and what the report says of it."""

    detector_of: Callable[[BoxedImage], Detector]
    source: BoxedSource
    said: dict[str, Any]


def choose(variant: Measured | None, weights: Path | None, source: BoxedSource, read_once: bool = False) -> Choice:
    """The detector for `variant`, by default that of the weights, by default the shipped class-slot model.

    With `read_once` class slots do not read images of large objects again (methods/detect/inference/pyramid.py).

    Raises InputError when variant, weights and set do not go together.
    """
    if variant == "template-matching":
        if weights is not None:
            raise InputError("template matching has no weights: leave them out", weights)
        kind = TemplateMatching
        said: dict[str, Any] = {"method": kind.name, "weights": kind.weights, "variant": variant}
        return Choice(lambda image: kind(image.boxes), source, said)
    model = DetectAssist(weights or SHIPPED) if read_once else open_detector(weights or SHIPPED)
    assist, traits = TiledDetector(model), model.traits
    own: Variant = traits.design.variant
    if variant in TRAINED and variant != own:
        raise InputError(f"expected weights of the variant {variant}, these are of {own}", weights)
    said = {
        "method": assist.name,
        "weights": assist.weights,
        "variant": variant or own,
        "slots": traits.slots,
        "read_once": read_once or not traits.slots,
        "design": asdict(traits.design),
    }
    if traits.slots:
        if variant == "passthrough":
            raise InputError("class slots find nothing without clicks that could be passed through", weights)
        return Choice(lambda _: assist, source, said)
    known = {name: class_id for class_id, name in model.class_names.items()}
    source, strange = in_classes_of(known, source)
    if variant == "passthrough":
        detector = PassthroughDetector(assist)
        return Choice(lambda _: detector, source, said)
    if strange:
        raise InputError(f"the weights do not know {', '.join(strange)}; they know {', '.join(known)}", weights)
    return Choice(lambda _: assist, source, said)


def with_certain_clicks(choice: Choice) -> Choice:
    """The same detectors, with the last word to the clicks."""
    return replace(choice, detector_of=lambda image: CertainClicks(choice.detector_of(image)))


def in_classes_of(known: dict[str, int], source: BoxedSource) -> tuple[BoxedSource, list[str]]:
    """The set with the class ids of a model by their names, and the names that have objects but that it does not know.

    Those get ids that it has not.
    """
    free = max(known.values(), default=0) + 1
    new_ids = {old: known.get(name, free + old) for old, name in source.class_names.items()}

    def renamed(ids: Int64[np.ndarray, "N"]) -> Int64[np.ndarray, "N"]:
        return np.array([new_ids[int(old)] for old in ids], np.int64)

    images = tuple(
        replace(image, class_ids=renamed(image.class_ids), ignored_class_ids=renamed(image.ignored_class_ids))
        for image in source.images
    )
    used = {int(old) for image in source.images for old in np.unique(image.class_ids)}
    strange = [name for old, name in source.class_names.items() if name not in known and old in used]
    names = {new_ids[old]: name for old, name in source.class_names.items()}
    return replace(source, images=images, class_names=names), strange
