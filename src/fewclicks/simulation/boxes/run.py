"""`fewclicks simulate detect`: mean average precision against clicks over a whole test set (c3det, Sec. 5.2)."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from fewclicks.datasets.boxed_images import BoxedImage, BoxedSource
from fewclicks.errors import InputError
from fewclicks.methods.detect.inference.detections import Detections, Detector
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick
from fewclicks.simulation.boxes.annotator import session
from fewclicks.simulation.boxes.measure import Matches, Scores, Truth, average_precision, match, object_counts
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
    """One image: by session and number of clicks how its detections fared, how with the objects that nobody had clicked
    and which these are, and how many clicks were really given; milliseconds of answers by the number of clicks.
    """

    encode_ms: float
    click_ms: list[list[float]]
    matches: list[list[Matches]] = field(default_factory=list)
    unclicked: list[list[tuple[Matches, Truth]]] = field(default_factory=list)
    spent: list[list[int]] = field(default_factory=list)


def simulate(
    detector_of: Callable[[BoxedImage], Detector],
    source: BoxedSource,
    person: Person,
    advance: Callable[[], None] = lambda: None,
    targets: Sequence[float] = TARGETS,
) -> dict[str, Any]:
    """Sessions of clicks on every image, answered one by one. Rates are 0..1; seconds are those of a person.

    `detector_of` gives the detector for an image: mostly the same one. `targets` are mAPs at IoU 0.5 of which the
    report says with how many clicks and seconds they are reached. Raises InputError when no image has an object.
    """
    truths = [_truth(image) for image in source.images]
    counts = object_counts(truths)
    if not counts:
        raise InputError(f"no object in any of the {len(truths)} images of {source.name}: nothing can be measured")
    most = max(COCO_MOST, *(int(np.unique(truth.class_ids, return_counts=True)[1].max(initial=0)) for truth in truths))
    results = []
    for number, (image, truth) in enumerate(zip(source.images, truths, strict=True)):
        results.append(_one(detector_of(image), image, truth, number, person, most))
        advance()
    places = [[(number, count) for count in range(person.clicks + 1)] for number in range(person.sessions)]
    scores = [[average_precision([each.matches[n][k] for each in results], counts) for n, k in row] for row in places]
    unclicked = [[_map50_of_unclicked([each.unclicked[n][k] for each in results]) for n, k in row] for row in places]
    oriented = any(image.boxes[:, 4].any() for image in source.images)
    return {
        "images": len(results),
        "objects": sum(counts.values()),
        "person": asdict(person),
        **_curves(scores, {class_id: source.class_names[class_id] for class_id in counts}),
        "unclicked_map50_by_clicks": [_mean_and_std(values) for values in zip(*unclicked, strict=True)],
        **_costs(results, scores, sum(counts.values()), oriented, targets),
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
    result = ImageResult((time.perf_counter() - begin) * 1e3, [[] for _ in range(person.clicks + 1)])
    first = _timed(detector, encoding, (), None, result)
    start = match(first, truth, most)
    for which in range(person.sessions):
        rng = np.random.default_rng([person.seed, which, number])
        steps = session(
            image.boxes, image.class_ids, image.size_hw, person.clicks, rng, person.per_class, person.noise_px
        )
        matches, unclicked, spent, answer = [start], [(start, truth)], [0], first
        clicks: tuple[ClassClick, ...] = ()
        ignored = truth.ignored.copy()
        for count, step in enumerate(steps, 1):
            clicks = (*clicks, *step.clicks)
            ignored[step.objects] = True
            if step.clicks:
                answer = _timed(detector, encoding, clicks, answer, result, count)
                left = replace(truth, ignored=ignored.copy())
                matches.append(match(answer, truth, most))
                unclicked.append((match(answer, left, most), left))
            else:
                matches.append(matches[-1])
                unclicked.append(unclicked[-1])
            spent.append(len(clicks))
        result.matches.append(matches)
        result.unclicked.append(unclicked)
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


def _map50_of_unclicked(images: Sequence[tuple[Matches, Truth]]) -> float | None:
    """mAP of what no click gave away; None when every object was clicked."""
    counts = object_counts(truth for _, truth in images)
    return average_precision([matches for matches, _ in images], counts).map50 if counts else None


def _curves(scores: Sequence[Sequence[Scores]], names: dict[int, str]) -> dict[str, Any]:
    """Figures by number of clicks, each as mean and standard deviation over the sessions."""
    by_count = list(zip(*scores, strict=True))
    return {
        "map50_by_clicks": [_mean_and_std([each.map50 for each in row]) for row in by_count],
        "coco_map_by_clicks": [_mean_and_std([each.coco_map for each in row]) for row in by_count],
        "per_class": {
            name: [_mean_and_std([each.ap50[class_id] for each in row]) for row in by_count]
            for class_id, name in names.items()
        },
        "map50_by_session": [[each.map50 for each in row] for row in scores],
    }


def _mean_and_std(values: Sequence[float | None]) -> list[float] | None:
    known = [value for value in values if value is not None]
    if not known:
        return None
    return [float(np.mean(known)), float(np.std(known, ddof=1)) if len(known) > 1 else 0.0]


def _costs(
    results: Sequence[ImageResult],
    scores: Sequence[Sequence[Scores]],
    objects: int,
    oriented: bool,
    targets: Sequence[float],
) -> dict[str, Any]:
    """What a person and the machine spent, and at which number of clicks each mAP was reached (None: never)."""
    spent = np.array([result.spent for result in results])  # [images, sessions, clicks + 1]
    seconds = np.array([round_seconds(count) for count in range(spent.max() + 1)])[spent].mean((0, 1)).tolist()
    means = np.mean([[each.map50 for each in row] for row in scores], axis=0)
    reached = {target: next((k for k, mean in enumerate(means) if mean >= target), None) for target in targets}
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
