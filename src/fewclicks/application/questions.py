"""The queue of questions about suggestions: kept up to date, and handed to one browser at a time."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import time

import numpy as np

from fewclicks.application.answers.suggested_boxes import box_of, overlaps_none, shape_of
from fewclicks.application.answers.suggested_points import Places, points_of
from fewclicks.geometry import oriented
from fewclicks.store.log import Log
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals, is_current_move
from fewclicks.store.records import ImageRow
from fewclicks.store.shapes import shape_from_json, shape_to_json
from fewclicks.store.snapshots import Json, Snapshot
from fewclicks.store.work import Progress, WorkItem
from fewclicks.work.items import is_open_mask, is_within, items_of, items_of_images, items_of_masks

LEASE_SECONDS = 45.0
SURROUNDINGS = 4.0  # accepted objects this many sides of the suggestion away are shown with it
SMALLEST_SURROUNDINGS = 256.0  # pixels
MOST_AROUND = 300  # objects


@dataclass(frozen=True, slots=True)
class Question:
    """A work item as a person sees it.

    shape: the suggestion, or the area, in stored form; confidence: that of a box or point, or the predicted IoU of a
    mask, 0..1 or None. annotation: the suggested mask, or the point that a suggested move is about. around: the
    accepted annotations near it.
    """

    item: WorkItem
    image: ImageRow
    shape: Json
    class_id: int
    confidence: float | None
    annotation: Snapshot | None
    around: tuple[Snapshot, ...]


def refresh(project: Project) -> None:
    """Add a question for each suggestion that has none, and remove open questions whose suggestions are gone.

    Questions that somebody has stay as long as their lease, so that an answer on its way is not lost.
    """
    with project.reading() as log:
        changed = list(log.work.changed_suggestions())
        known = log.work.ids_to_compare()
        suggested = [each for _, each in changed]
        items = (*_items_of_images(log, suggested), *items_of_masks(log), *_current_areas(log, suggested))
        held = log.work.held(time())
    present = {item.id: item for item in items}
    kept = present.keys() | held
    gone = {item_id for item_id, is_open in known.items() if is_open and item_id not in kept}
    new = [item for item in items if item.id not in known]
    if changed or gone or new:
        with project.changing() as log:
            log.work.drop(gone)
            log.work.add(new)
            log.work.note_images({each.image_id: seq for seq, each in changed})


def _items_of_images(log: Log, suggested: Collection[Proposals]) -> Iterator[WorkItem]:
    """Yield the questions about suggestions, without boxes in areas in which nothing is missing."""
    areas = log.work.confirmed_areas({each.image_id for each in suggested})
    for item in items_of_images(log, suggested):
        if item.kind != "box" or not is_within(item, areas.get(item.image_id, ())):
            yield item


def _current_areas(log: Log, changed: Iterable[Proposals]) -> Iterator[WorkItem]:
    """Yield the areas of these images that belong to the version of the present suggestions."""
    versions = {each.image_id: each.weights for each in changed}
    return (item for item in log.work.changed_areas() if item.version == versions[item.image_id])


def next_questions(
    project: Project, holder: str, count: int, keep: Collection[str] | None = None
) -> tuple[list[Question], Progress]:
    """Hand the first `count` open questions to `holder` for LEASE_SECONDS, and return the progress.

    `holder` first gets the questions that it already has, with new leases. If `keep` is given, it gives up all of them
    except those with these ids, and anyone can get them. Questions that other pages have are left out. Questions whose
    suggestions are gone are removed.
    """
    now = time()
    with project.changing() as log:
        questions = _present_questions(log, holder, now, count)
        if keep is not None:  # only now: replaced questions keep their leases, so that answers on their way find them
            log.work.give_back(holder, keep)
            questions = _present_questions(log, holder, now, count)
        log.work.hold([each.item.id for each in questions], holder, now + LEASE_SECONDS)
        return questions, log.work.progress(holder, now)


def _present_questions(log: Log, holder: str, now: float, count: int) -> list[Question]:
    """Return the first questions that can be asked now; `refresh` decides later about those that cannot."""
    while True:
        found = [(item, find_question(log, item)) for item in log.work.first(holder, now, count)]
        gone = [item for item, question in found if question is None]
        if not gone:
            return [question for _, question in found if question is not None]
        replaced = {item.id for item in gone if find_answerable(log, item) is not None}
        log.work.retire(replaced)
        log.work.drop({item.id for item in gone} - replaced)
        log.work.forget_images({item.image_id for item in gone})


def give_back(project: Project, holder: str) -> None:
    """Let others have the questions of `holder`."""
    with project.changing() as log:
        log.work.give_back(holder)


def ask_skipped_again(project: Project, holder: str) -> Progress:
    """Make every skipped question open, and return the progress."""
    with project.changing() as log:
        log.work.ask_skipped_again()
        return log.work.progress(holder, time())


def progress(project: Project, holder: str) -> Progress:
    """Return how far the questions are answered."""
    with project.reading() as log:
        return log.work.progress(holder, time())


def find_question(log: Log, item: WorkItem) -> Question | None:
    """Return the question as it is now; None if its suggestion is gone or somebody has annotated the object."""
    image = log.image(item.image_id)
    if image.width == 0 or image.problem is not None:
        return None
    accepted = _accepted(log, image.id)
    if item.kind == "mask":
        return _mask_question(log, item, image, accepted)
    if item.kind == "area":
        is_current = log.proposals(image.id).weights == item.version and log.status(image.id).status != "done"
        return _area_question(log, item, image, accepted) if is_current else None
    if all(each.id != item.id for each in items_of(log.proposals(image.id))):
        return None
    return _suggested(log, item, image, accepted)


def find_answerable(log: Log, item: WorkItem) -> Question | None:
    """Return the question also when a newer version has replaced its box meanwhile, as long as its lease.

    None if its suggestion is gone for another reason, or somebody has judged the object. An area does not depend on
    suggestions.
    """
    question = find_question(log, item)
    if question is not None or item.kind not in ("box", "area") or not log.work.is_held(item.id, time()):
        return question
    if item.kind == "area":
        return _area_question(log, item, log.image(item.image_id), _accepted(log, item.image_id))
    if log.proposals(item.image_id).weights == item.version:
        return None
    judged = [each for each in log.annotations(item.image_id, deleted=True) if each.shape and each.state != "proposed"]
    if not overlaps_none(np.array([item.subject["box"]], np.float64), _boxes(judged)).all():
        return None
    return _suggested(log, item, log.image(item.image_id), [each for each in judged if each.state == "accepted"])


def _suggested(log: Log, item: WorkItem, image: ImageRow, accepted: Sequence[Snapshot]) -> Question | None:
    if item.kind == "move":
        return _move_question(item, image, accepted)
    if not log.has_class(item.subject["class_id"]):
        return None
    return _box_question(item, image, accepted) if item.kind == "box" else _point_question(item, image, accepted)


def _mask_question(log: Log, item: WorkItem, image: ImageRow, accepted: Sequence[Snapshot]) -> Question | None:
    annotation = log.annotation(item.subject["annotation_id"])
    if annotation is None or annotation.state != "proposed" or not is_open_mask(log, annotation):
        return None
    assert annotation.shape is not None
    around = _around(accepted, box_of(shape_from_json(annotation.shape)))
    quality = annotation.provenance.predicted_quality
    return Question(item, image, annotation.shape, annotation.class_id, quality, annotation, around)


def _area_question(log: Log, item: WorkItem, image: ImageRow, accepted: Sequence[Snapshot]) -> Question | None:
    class_id, area = item.subject["class_id"], item.subject["area"]
    if not log.has_class(class_id):
        return None
    around = _around(accepted, oriented.from_upright(np.array(area, np.float64)))
    return Question(item, image, {"type": "box", "xyxy": [*area]}, class_id, None, None, around)


def _box_question(item: WorkItem, image: ImageRow, accepted: Sequence[Snapshot]) -> Question | None:
    box = np.array(item.subject["box"], np.float64)
    if not overlaps_none(box[None], _boxes(accepted)).all():
        return None
    shape = shape_to_json(shape_of(box, item.subject["oriented"]))
    return Question(item, image, shape, item.subject["class_id"], item.subject["score"], None, _around(accepted, box))


def _point_question(item: WorkItem, image: ImageRow, accepted: Sequence[Snapshot]) -> Question | None:
    x, y = item.subject["x"], item.subject["y"]
    if Places(xy for _, xy in points_of(accepted)).has(x, y):
        return None
    around = _around(accepted, np.array([x, y, 0, 0, 0], np.float64))
    shape = {"type": "point", "x": x, "y": y}
    return Question(item, image, shape, item.subject["class_id"], item.subject["score"], None, around)


def _move_question(item: WorkItem, image: ImageRow, accepted: Sequence[Snapshot]) -> Question | None:
    point = next((each for each in accepted if each.id == item.subject["annotation_id"]), None)
    if point is None or not is_current_move(item.subject, point):
        return None
    x, y = item.subject["to_xy"]
    around = _around(accepted, np.array([x, y, 0, 0, 0], np.float64))
    return Question(
        item, image, {"type": "point", "x": x, "y": y}, point.class_id, item.subject["score"], point, around
    )


def _accepted(log: Log, image_id: int) -> list[Snapshot]:
    return [each for each in log.annotations(image_id) if each.state == "accepted" and each.shape]


def _around(accepted: Sequence[Snapshot], box: np.ndarray) -> tuple[Snapshot, ...]:
    """Return the annotations whose boxes reach into the surroundings of a box, at most MOST_AROUND."""
    x0, y0, x1, y1 = oriented.enclosing(box).tolist()
    reach = max(SMALLEST_SURROUNDINGS, SURROUNDINGS * max(x1 - x0, y1 - y0))
    ends = oriented.enclosing(_boxes(accepted))
    inside = (ends[:, 0] < x1 + reach) & (ends[:, 2] > x0 - reach)
    inside &= (ends[:, 1] < y1 + reach) & (ends[:, 3] > y0 - reach)
    return tuple(accepted[number] for number in np.flatnonzero(inside)[:MOST_AROUND].tolist())


def _boxes(annotations: Sequence[Snapshot]) -> np.ndarray:
    shapes = (each.shape for each in annotations if each.shape)
    return np.array([box_of(shape_from_json(shape)) for shape in shapes], np.float64).reshape(-1, 5)
