"""The figures of all images together, by the number of rounds."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Int64

from fewclicks.simulation.boxes.annotator import Habits
from fewclicks.simulation.boxes.confidence import Confidence
from fewclicks.simulation.boxes.measure import GroundTruth, Matches, Scores, average_precision, object_counts
from fewclicks.simulation.boxes.sessions import ImageResult
from fewclicks.simulation.report import JsonValue, milliseconds
from fewclicks.simulation.time_model import HAND_BOX_SECONDS, HAND_ORIENTED_BOX_SECONDS, round_seconds

MeanAndStd = list[float]
Milliseconds = Mapping[str, JsonValue] | None


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a simulation by their names in JSON.

    Rates are 0..1 and given as mean and standard deviation over the sessions, by the number of rounds; None where no
    object is left. `unclicked_...`: of objects that were not clicked. Seconds are those of the annotator for an image.
    `..._to_map`: what it takes to reach an mAP at IoU 0.5, None where it is never reached.
    """

    images: int
    objects: int
    person: Habits
    map50_by_clicks: list[MeanAndStd]
    coco_map_by_clicks: list[MeanAndStd]
    per_class: dict[str, list[MeanAndStd]]
    map50_by_session: list[list[float]]
    unclicked_map50_by_clicks: list[MeanAndStd | None]
    unclicked_confidence_by_clicks: list[Confidence | None]
    spent_by_clicks: list[float]
    seconds_by_clicks: list[float]
    seconds_by_hand: float
    clicks_to_map: dict[str, int | None]
    seconds_to_map: dict[str, float | None]
    encode_ms: Milliseconds
    click_ms: Milliseconds
    click_ms_by_clicks: list[Milliseconds]

    def to_json(self) -> dict[str, JsonValue]:
        return asdict(self)


def measured(
    results: Sequence[ImageResult],
    counts: Mapping[int, int],
    names: Mapping[int, str],
    habits: Habits,
    oriented: bool,
    targets: Sequence[float],
) -> Measured:
    """Return the figures of all images. `counts` are the objects by class, `names` those of the classes."""
    scores, objects = _scores_by_session(results, counts), sum(counts.values())
    by_count = list(zip(*scores, strict=True))
    spent = np.array([result.spent for result in results])  # [images, sessions, clicks + 1]
    seconds = _seconds_by_clicks(spent)
    reached = _clicks_to_map(scores, targets)
    answers = [[ms for result in results for ms in result.click_ms[count]] for count in range(spent.shape[2])]
    by_hand = HAND_ORIENTED_BOX_SECONDS if oriented else HAND_BOX_SECONDS
    return Measured(
        images=len(results),
        objects=objects,
        person=habits,
        map50_by_clicks=[_mean_and_std([each.map50 for each in row]) for row in by_count],
        coco_map_by_clicks=[_mean_and_std([each.coco_map for each in row]) for row in by_count],
        per_class={names[i]: [_mean_and_std([each.ap50[i] for each in row]) for row in by_count] for i in counts},
        map50_by_session=[[each.map50 for each in row] for row in scores],
        unclicked_map50_by_clicks=_unclicked_by_clicks(results),
        unclicked_confidence_by_clicks=_confidence_by_clicks(results),
        spent_by_clicks=spent.mean((0, 1)).tolist(),
        seconds_by_clicks=seconds,
        seconds_by_hand=by_hand * objects / len(results),
        clicks_to_map=reached,
        seconds_to_map={target: None if count is None else seconds[count] for target, count in reached.items()},
        encode_ms=milliseconds([result.encode_ms for result in results]),
        click_ms=milliseconds([ms for each in answers[1:] for ms in each]),
        click_ms_by_clicks=[milliseconds(each) for each in answers],
    )


def _scores_by_session(results: Sequence[ImageResult], counts: Mapping[int, int]) -> list[list[Scores]]:
    """Return the scores of each session after each round."""
    sessions, rounds = len(results[0].matches), len(results[0].matches[0])
    return [
        [average_precision([each.matches[n][k] for each in results], counts) for k in range(rounds)]
        for n in range(sessions)
    ]


def _unclicked_by_clicks(results: Sequence[ImageResult]) -> list[MeanAndStd | None]:
    """Return the mAP of the objects that were not clicked after each round."""
    sessions, rounds = len(results[0].unclicked), len(results[0].unclicked[0])
    found: list[MeanAndStd | None] = []
    for k in range(rounds):
        values = [_map50_of_unclicked([each.unclicked[n][k] for each in results]) for n in range(sessions)]
        known = [value for value in values if value is not None]
        found.append(_mean_and_std(known) if known else None)
    return found


def _confidence_by_clicks(results: Sequence[ImageResult]) -> list[Confidence | None]:
    """Return how sure the model was of objects that were not clicked after each round, over all sessions."""
    sessions = [session for result in results for session in result.unclicked]
    return [Confidence.of([matches for matches, _ in of_round]) for of_round in zip(*sessions, strict=True)]


def _map50_of_unclicked(images: Sequence[tuple[Matches, GroundTruth]]) -> float | None:
    """Return the mAP of objects that no click revealed; None when every object was clicked."""
    counts = object_counts(truth for _, truth in images)
    return average_precision([matches for matches, _ in images], counts).map50 if counts else None


def _mean_and_std(values: Sequence[float]) -> MeanAndStd:
    return [float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0]


def _seconds_by_clicks(spent: Int64[np.ndarray, "I S K"]) -> list[float]:
    """Return the mean seconds of an image by the number of rounds, from the clicks spent in each session."""
    of_count = np.array([round_seconds(count) for count in range(int(spent.max()) + 1)])
    means: list[float] = of_count[spent].mean((0, 1)).tolist()
    return means


def _clicks_to_map(scores: Sequence[Sequence[Scores]], targets: Sequence[float]) -> dict[str, int | None]:
    means = np.mean([[each.map50 for each in row] for row in scores], axis=0)
    return {str(target): next((k for k, mean in enumerate(means) if mean >= target), None) for target in targets}
