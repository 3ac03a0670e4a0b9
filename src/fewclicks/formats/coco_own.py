"""What COCO has no place for, under a key of our own in an annotation that other programs pass over."""

from dataclasses import asdict, dataclass
from typing import Any

from fewclicks.formats.record import Record, is_finite, shown
from fewclicks.labels import Annotation, Box, Provenance

OWN_KEY = "fewclicks"
ROUNDING = 1e-6  # pixels: far above what adding a width rounds away, far below what a person would move


@dataclass(frozen=True, slots=True)
class Own:
    """What COCO has no place for: all of it is there only where it has to be.

    An `id` that does not follow from COCO's, who made the annotation, the corners that adding a width would round,
    and the place in the `order` of a data set that the file lists in another one.
    """

    id: str = ""
    provenance: Provenance | None = None
    xyxy: tuple[float, ...] | None = None
    order: int | None = None


def own_values(annotation: Annotation, read_id: str | None, bbox: list[float]) -> dict[str, Any]:
    """The values of our key, often none, for an annotation that a reader would else give `read_id` and `bbox`.

    With None for `read_id` the annotation's own id is always written.
    """
    values: dict[str, Any] = {}
    if annotation.id != read_id:
        values["id"] = annotation.id
    if annotation.provenance is not None:
        values["provenance"] = asdict(annotation.provenance)
    x, y, width, height = bbox
    if isinstance(annotation.shape, Box) and annotation.shape.xyxy != (x, y, x + width, y + height):
        values["xyxy"] = [float(corner) for corner in annotation.shape.xyxy]
    return values


def read_own(record: Record) -> Own:
    """What stands under our key of an annotation; an empty `Own` when there is none."""
    values = record.values.get(OWN_KEY)
    if values is None:
        return Own()
    own = _object(record, OWN_KEY, values, {"id", "provenance", "xyxy", "order"})
    xyxy = own.numbers("xyxy", own.values["xyxy"], 4) if "xyxy" in own.values else None
    provenance = _provenance(own) if "provenance" in own.values else None
    order = own.whole("order") if "order" in own.values else None
    return Own(own.text("id") if "id" in own.values else "", provenance, tuple(xyxy) if xyxy else None, order)


def exact_box(box: Box, xyxy: tuple[float, ...] | None) -> Box:
    """`box`, or the unrounded `xyxy` where both say the same; another program may have moved the box since."""
    if xyxy is None or max(abs(a - b) for a, b in zip(box.xyxy, xyxy, strict=True)) > ROUNDING:
        return box
    return Box(*xyxy)


def _object(record: Record, key: str, values: Any, known: set[str]) -> Record:
    if not isinstance(values, dict):
        record.fail(f"{key} must be an object, not {shown(values)}")
    unknown = sorted(set(values) - known)
    if unknown:
        record.fail(f"{key} has the unknown key {unknown[0]!r}: was it written by a newer version?")
    return Record(values, record.path, f"{record.place}, {key}")


def _provenance(own: Record) -> Provenance:
    known = {"person", "method", "weights", "round", "predicted_quality"}
    record = _object(own, "provenance", own.values["provenance"], known)
    quality = record.values.get("predicted_quality")
    if quality is not None and not is_finite(quality):
        record.fail(f"predicted_quality must be a number or null, not {shown(quality)}")
    texts = {key: record.values[key] for key in ("person", "method", "weights") if key in record.values}
    for key, value in texts.items():
        if not isinstance(value, str):
            record.fail(f"{key} must be a text, not {shown(value)}")
    return Provenance(**texts, round=record.whole("round", 0), predicted_quality=quality)
