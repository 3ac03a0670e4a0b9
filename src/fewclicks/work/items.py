"""Work items made from the suggestions of a project, each with how sure its model is of it."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from fewclicks.store.log import Log
from fewclicks.store.proposals import Proposals, SuggestedPoints, is_current_move
from fewclicks.store.replaced import replaced_box
from fewclicks.store.snapshots import Json, Snapshot, dump
from fewclicks.store.work import Kind, WorkItem

THRESHOLD = 0.5  # a suggestion with a higher confidence is more likely an object than not
LOWEST_CONFIDENCE = 0.1  # suggestions below it are not asked about


def sureness_of_confidence(confidence: float) -> float:
    """Return how far a confidence is from the decision threshold, 0..1, to six decimals."""
    return round(min(1.0, abs(confidence - THRESHOLD) / max(THRESHOLD, 1 - THRESHOLD)), 6)


def items_of_images(log: Log, suggestions: Iterable[Proposals]) -> Iterator[WorkItem]:
    """Yield a work item for each suggested box and point of a present class, and for each move that is not outdated."""
    classes = frozenset(row.id for row in log.classes())
    for proposals in suggestions:
        yield from (item for item in items_of(proposals) if _is_asked(log, item, classes))


def _is_asked(log: Log, item: WorkItem, classes: frozenset[int]) -> bool:
    if item.kind == "move":
        return is_current_move(item.subject, log.annotation(item.subject["annotation_id"]))
    return item.subject["class_id"] in classes


def items_of_masks(log: Log) -> Iterator[WorkItem]:
    """Yield a work item for each suggested mask."""
    suggested = log.work.suggested_annotations()
    return (mask_item(annotation) for annotation in suggested if is_open_mask(log, annotation))


def items_of(proposals: Proposals) -> Iterator[WorkItem]:
    """Yield a work item for each suggested box and point of an image, and for each suggested move of a point."""
    for box, score, class_id in zip(proposals.boxes, proposals.scores, proposals.class_ids, strict=True):
        if score >= LOWEST_CONFIDENCE:
            subject = {"box": [*box], "oriented": proposals.oriented, "score": score, "class_id": class_id}
            yield _item("box", proposals.image_id, subject, proposals.method, proposals.weights)
    for suggested in proposals.points:
        yield from _points(proposals.image_id, suggested)


def _points(image_id: int, suggested: SuggestedPoints) -> Iterator[WorkItem]:
    for point in suggested.points:
        if point["score"] >= LOWEST_CONFIDENCE:
            yield _item("point", image_id, point, suggested.method, suggested.weights)
    for move in suggested.moves:
        if move["score"] >= LOWEST_CONFIDENCE:
            yield _item("move", image_id, move, suggested.method, suggested.weights)


def _item(kind: Kind, image_id: int, subject: Json, role: str, version: str) -> WorkItem:
    sureness = sureness_of_confidence(subject["score"])
    return WorkItem(_id(kind, image_id, role, version, subject), kind, image_id, subject, role, version, sureness)


def area_item(
    image_id: int, area: tuple[float, float, float, float], class_id: int, role: str, version: str
) -> WorkItem:
    """Return a work item about what is missing in an area x0, y0, x1, y1; class_id: of a suggestion in its middle."""
    subject = {"area": [*area], "class_id": class_id}
    return WorkItem(_id("area", image_id, role, version, subject), "area", image_id, subject, role, version, 1.0)


def is_within(box: WorkItem, areas: Iterable[Sequence[float]]) -> bool:
    """Return whether the centre of a box is in one of the areas x0, y0, x1, y1."""
    x, y = box.subject["box"][:2]
    return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in areas)


def is_mask(annotation: Snapshot) -> bool:
    """Return whether a suggested annotation is a mask with pixels."""
    shape = annotation.shape
    return shape is not None and shape["type"] == "mask" and shape["xyxy"][0] < shape["xyxy"][2]


def is_open_mask(log: Log, annotation: Snapshot) -> bool:
    """Return whether a suggested annotation is a mask to ask about: not if its box was deleted or became a mask."""
    return is_mask(annotation) and (not annotation.replaces or replaced_box(log, annotation) is not None)


def mask_item(annotation: Snapshot) -> WorkItem:
    """Return the work item of a suggested mask; its model is as sure of it as the IoU that it predicts."""
    made_by, subject = annotation.provenance, {"annotation_id": annotation.id}
    item_id = _id("mask", annotation.image_id, made_by.method, "", subject)
    sureness = made_by.predicted_quality or 0.0
    return WorkItem(item_id, "mask", annotation.image_id, subject, made_by.method, made_by.weights, sureness)


def _id(kind: Kind, *content: object) -> str:
    """Return an id that the same suggestion always has."""
    return f"{kind}-{blake2b(dump(content).encode(), digest_size=12).hexdigest()}"
