"""What COCO has no place for, under a key of our own in an annotation that other programs pass over."""

from dataclasses import asdict, dataclass
from typing import Any

from fewclicks.formats.record import Record, is_broken, is_finite, shown
from fewclicks.labels import Annotation, Box, OrientedBox, Polygons, Provenance, Shape

OWN_KEY = "fewclicks"
ROUNDING = 1e-6  # pixels: far above what adding a width rounds away, far below what a person would move


@dataclass(frozen=True, slots=True)
class Own:
    """What COCO has no place for: all of it is there only where it has to be.

    An `id` that does not follow from COCO's, who made the annotation, the corners that adding a width would round,
    the centre, sides and angle of an oriented box whose corners are the segmentation, and the place in the `order`
    of a data set that the file lists in another one.
    """

    id: str = ""
    provenance: Provenance | None = None
    xyxy: tuple[float, ...] | None = None
    oriented_box: tuple[float, ...] | None = None
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
    if isinstance(annotation.shape, OrientedBox):
        values["oriented_box"] = [float(value) for value in annotation.shape.cxcywha]
    return values


def read_own(record: Record) -> Own:
    """What stands under our key of an annotation; an empty `Own` when there is none."""
    values = record.values.get(OWN_KEY)
    if values is None:
        return Own()
    own = _object(record, OWN_KEY, values, {"id", "provenance", "xyxy", "oriented_box", "order"})
    xyxy, oriented = _numbers(own, "xyxy", 4), _numbers(own, "oriented_box", 5)
    provenance = _provenance(own) if "provenance" in own.values else None
    order = own.whole("order") if "order" in own.values else None
    return Own(own.text("id") if "id" in own.values else "", provenance, xyxy, oriented, order)


def _numbers(own: Record, key: str, count: int) -> tuple[float, ...] | None:
    return tuple(own.numbers(key, own.values[key], count)) if key in own.values else None


def exact(shape: Shape, own: Own) -> Shape:
    """`shape`, or what `own` says where both say the same; another program may have changed the shape since."""
    if isinstance(shape, Box) and own.xyxy is not None and _same(shape.xyxy, own.xyxy):
        return Box(*own.xyxy)
    if isinstance(shape, Polygons) and own.oriented_box is not None:
        box = OrientedBox(*own.oriented_box)
        return box if len(shape.rings) == 1 and _same(shape.rings[0], box.ring) else shape
    return shape


def _same(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return len(a) == len(b) and max(abs(x - y) for x, y in zip(a, b, strict=True)) <= ROUNDING


def _object(record: Record, key: str, values: Any, known: set[str]) -> Record:
    if not isinstance(values, dict):
        record.fail(f"{key} must be an object, not {shown(values)}")
    unknown = sorted(set(values) - known)
    if unknown:
        record.fail(f"{key} has the unknown key {unknown[0]!r}; update fewclicks or remove the key")
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
        if is_broken(value):
            record.fail(f"{key} must be whole characters, not {shown(value)}")
    return Provenance(**texts, round=record.whole("round", 0), predicted_quality=quality)
