"""`fewclicks simulate detect`: mean average precision against clicks over a whole test set (c3det, Sec. 5.2)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from fewclicks.errors import InputError
from fewclicks.formats.boxed_images import BoxedImage, BoxedSource
from fewclicks.interactions import ClassClick
from fewclicks.methods.detect.annotator import session
from fewclicks.methods.detect.detections import Detections, Detector
from fewclicks.methods.detect.measure import Matches, Scores, Truth, average_precision, match, object_counts
from fewclicks.methods.protocol import Encoding
from fewclicks.simulation.time_model import HAND_BOX_SECONDS, HAND_ORIENTED_BOX_SECONDS, round_seconds

TARGETS = (0.5, 0.6, 0.7, 0.8, 0.9)
COCO_MOST = 100  # detections of a class in an image that take part


@dataclass(frozen=True, slots=True)
class Person:
    """How the simulated person works: clicks an image (with `per_class`, of each class), how often the whole set is
    gone through anew, and how precisely the clicks go (standard deviation in pixels).
    """

    clicks: int = 20
    sessions: int = 5
    per_class: bool = False
    noise_px: float = 0.0
    seed: int = 0


@dataclass
class ImageResult:
    """One image: by session and number of clicks how its detections fared, and how many clicks were really given;
    milliseconds of answers by the number of clicks.
    """

    matches: list[list[Matches]]
    spent: list[list[int]]
    encode_ms: float
    click_ms: list[list[float]] = field(default_factory=list)


def simulate(
    detector_of: Callable[[BoxedImage], Detector],
    source: BoxedSource,
    person: Person,
    advance: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Sessions of clicks on every image, answered one by one. Rates are 0..1; seconds are those of a person.

    `detector_of` gives the detector for an image: mostly the same one. Raises InputError when no image has an object.
    """
    truths = [_truth(image) for image in source.images]
    counts = object_counts(truths)
    if not counts:
        raise InputError(f"no object in any of the {len(truths)} images of {source.name}: nothing can be measured")
    most = max(COCO_MOST, *(int(np.bincount(truth.class_ids).max(initial=0)) for truth in truths), 0)
    results = []
    for number, (image, truth) in enumerate(zip(source.images, truths, strict=True)):
        results.append(_one(detector_of(image), image, truth, number, person, most))
        advance()
    scores = [
        [average_precision([result.matches[number][count] for result in results], counts) for count in counts_given]
        for number, counts_given in enumerate([range(person.clicks + 1)] * person.sessions)
    ]
    oriented = any(image.boxes[:, 4].any() for image in source.images)
    return {
        "images": len(results),
        "objects": sum(counts.values()),
        "person": asdict(person),
        **_curves(scores, {class_id: source.class_names[class_id] for class_id in counts}),
        **_costs(results, scores, sum(counts.values()), oriented),
    }


def _truth(image: BoxedImage) -> Truth:
    return Truth(
        np.concatenate([image.boxes, image.ignored]),
        np.concatenate([image.class_ids, image.ignored_class_ids]),
        np.arange(len(image.boxes) + len(image.ignored)) >= len(image.boxes),
    )


def _one(detector: Detector, image: BoxedImage, truth: Truth, number: int, person: Person, most: int) -> ImageResult:
    pixels = image.pixels()
    begin = time.perf_counter()
    encoding = detector.encode(pixels)
    result = ImageResult([], [], (time.perf_counter() - begin) * 1e3, [[] for _ in range(person.clicks + 1)])
    unclicked = _timed(detector, encoding, (), None, result)
    start = match(unclicked, truth, most)
    for which in range(person.sessions):
        rng = np.random.default_rng([person.seed, which, number])
        steps = session(
            image.boxes, image.class_ids, image.size_hw, person.clicks, rng, person.per_class, person.noise_px
        )
        matches, spent, answer = [start], [0], unclicked
        clicks: tuple[ClassClick, ...] = ()
        for count, new in enumerate(steps, 1):
            if new:
                clicks = (*clicks, *new)
                answer = _timed(detector, encoding, clicks, answer, result, count)
            matches.append(match(answer, truth, most) if new else matches[-1])
            spent.append(len(clicks))
        result.matches.append(matches)
        result.spent.append(spent)
    return result


def _timed(
    detector: Detector,
    encoding: Encoding,
    clicks: tuple[ClassClick, ...],
    previous: Detections | None,
    result: ImageResult,
    count: int = 0,
) -> Detections:
    begin = time.perf_counter()
    answer = detector.respond(encoding, clicks, previous)
    result.click_ms[count].append((time.perf_counter() - begin) * 1e3)
    return answer


# --- the report ----------------------------------------------------------------------------------


def _curves(scores: Sequence[Sequence[Scores]], names: dict[int, str]) -> dict[str, Any]:
    """Figures by number of clicks, each as mean and standard deviation over the sessions."""
    map50 = [[each.map50 for each in row] for row in scores]
    return {
        "map50_by_clicks": _mean_and_std(map50),
        "coco_map_by_clicks": _mean_and_std([[each.coco_map for each in row] for row in scores]),
        "per_class": {
            name: _mean_and_std([[each.ap50[class_id] for each in row] for row in scores])
            for class_id, name in names.items()
        },
        "map50_by_session": map50,
    }


def _mean_and_std(by_session: list[list[float]]) -> list[list[float]]:
    values = np.array(by_session)
    spread = values.std(0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])
    return np.stack([values.mean(0), spread], axis=1).tolist()


def _costs(
    results: Sequence[ImageResult], scores: Sequence[Sequence[Scores]], objects: int, oriented: bool
) -> dict[str, Any]:
    """What a person and the machine spent, and at which number of clicks each mAP was reached (None: never)."""
    spent = np.array([result.spent for result in results])  # [images, sessions, clicks + 1]
    seconds = np.array([round_seconds(count) for count in range(spent.max() + 1)])[spent].mean((0, 1)).tolist()
    means = np.mean([[each.map50 for each in row] for row in scores], axis=0)
    reached = {target: next((k for k, mean in enumerate(means) if mean >= target), None) for target in TARGETS}
    by_count = [[ms for result in results for ms in result.click_ms[count]] for count in range(spent.shape[2])]
    by_hand = HAND_ORIENTED_BOX_SECONDS if oriented else HAND_BOX_SECONDS
    return {
        "spent_by_clicks": spent.mean((0, 1)).tolist(),
        "seconds_by_clicks": seconds,
        "seconds_by_hand": by_hand * objects / len(results),
        "clicks_to_map": {str(target): count for target, count in reached.items()},
        "seconds_to_map": {str(target): None if count is None else seconds[count] for target, count in reached.items()},
        "encode_ms": _milliseconds([result.encode_ms for result in results]),
        "click_ms": _milliseconds([ms for answers in by_count[1:] for ms in answers]),
        "click_ms_by_clicks": [_milliseconds(answers) for answers in by_count],
    }


def _milliseconds(values: Sequence[float]) -> dict[str, float] | None:
    if not values:
        return None
    return {"median": float(np.median(values)), "p95": float(np.percentile(values, 95))}
