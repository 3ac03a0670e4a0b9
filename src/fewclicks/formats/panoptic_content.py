"""The JSON of a panoptic file, made from the segments of every image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, filterfalse
from typing import Any

from fewclicks.errors import InputError
from fewclicks.formats.coco_frame import HEX_COLOR, allowed, framed
from fewclicks.formats.coco_own import OWN_KEY, own_values
from fewclicks.formats.file_stems import file_stems
from fewclicks.formats.panoptic_partition import Segment
from fewclicks.formats.panoptic_png import LARGEST_ID
from fewclicks.labels import NO_EXTRA, Annotation, Dataset, Extra, ImageRecord

RECORD_KEYS = frozenset({"image_id", "file_name", "segments_info"})
SEGMENT_KEYS = frozenset({"id", "category_id", "area", "bbox", "iscrowd", OWN_KEY})
SEGMENT_ID = "segment_id"  # among the extra keys of an annotation: the id that it has in a panoptic file
RECORD_EXTRA = "panoptic_record"  # among those of an image: what its record holds beyond `RECORD_KEYS`


@dataclass(frozen=True, slots=True)
class ImageSegments:
    """An image as a panoptic file has it: the name of its PNG, and its segments by their ids."""

    image: ImageRecord
    png: str
    segments: Mapping[int, Segment]


def annotation_id(image_id: int, segment_id: int) -> str:
    """The id of an annotation that a file gives no other one: ids of segments are unique in their image only."""
    return f"{image_id}:{segment_id}"


def record_extra(image: ImageRecord) -> Extra:
    """What the record of an image holds beyond its segments."""
    kept = image.extra.get(RECORD_EXTRA)
    return kept if isinstance(kept, Mapping) and kept else NO_EXTRA


def numbered(dataset: Dataset, partitions: Mapping[int, Sequence[Segment]]) -> list[ImageSegments]:
    """The images in the order of `partitions`; a segment without pixels is none.

    Raises InputError for an image with more segments than there are ids.
    """
    images = {image.id: image for image in dataset.images}
    pngs = {image_id: f"{stem}.png" for image_id, stem in file_stems(dataset.images).items()}
    found = []
    for image_id, segments in partitions.items():
        kept = [segment for segment in segments if segment.mask.area]
        if len(kept) > LARGEST_ID:
            raise InputError(
                f"image {images[image_id].file_name} has {len(kept)} segments; the maximum is {LARGEST_ID}"
            )
        ids = _segment_ids([segment.annotation for segment in kept])
        found.append(ImageSegments(images[image_id], pngs[image_id], dict(zip(ids, kept, strict=True))))
    return found


def _segment_ids(annotations: Sequence[Annotation]) -> list[int]:
    """For each the id that it had in a panoptic file, else the lowest free one."""
    wished = [annotation.extra.get(SEGMENT_ID) for annotation in annotations]
    kept: dict[int, int] = {}
    for index, number in enumerate(wished):
        if type(number) is int and 0 < number <= LARGEST_ID:
            kept.setdefault(number, index)
    free = filterfalse(kept.__contains__, count(1))
    by_index = {index: number for number, index in kept.items()}
    return [by_index[index] if index in by_index else next(free) for index in range(len(annotations))]


def content_of(dataset: Dataset, images: Sequence[ImageSegments]) -> dict[str, Any]:
    """The whole content of the JSON file; every image has a record, also one without segments."""
    orders = [segment.order for found in images for segment in found.segments.values()]
    in_order = orders == sorted(orders)
    bare = replace(dataset, images=tuple(_without_record(image) for image in dataset.images))
    content = framed(bare, [_record(found, in_order) for found in images])
    content["categories"] = [_category(values) for values in content["categories"]]
    return content


def _without_record(image: ImageRecord) -> ImageRecord:
    if not record_extra(image):
        return image
    return replace(image, extra=allowed(image.extra, frozenset({RECORD_EXTRA})))


def _record(found: ImageSegments, in_order: bool) -> dict[str, Any]:
    segments = [_segment(found.image.id, number, segment, in_order) for number, segment in found.segments.items()]
    own = {"image_id": found.image.id, "file_name": found.png, "segments_info": segments}
    return {**allowed(record_extra(found.image), RECORD_KEYS), **own}


def _segment(image_id: int, number: int, segment: Segment, in_order: bool) -> dict[str, Any]:
    annotation = replace(segment.annotation, shape=segment.mask)
    read_id = annotation_id(image_id, number)
    as_read = annotation.id == read_id and annotation.extra.get(SEGMENT_ID) == number
    x0, y0, x1, y1 = segment.mask.xyxy
    values = {
        **allowed(annotation.extra, SEGMENT_KEYS | {SEGMENT_ID} if as_read else SEGMENT_KEYS),
        "id": number,
        "category_id": annotation.class_id,
        "area": segment.mask.area,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "iscrowd": int(annotation.crowd),
    }
    own = own_values(annotation, read_id if as_read else None, values["bbox"])
    if not in_order:
        own["order"] = segment.order
    return {**values, OWN_KEY: own} if own else values


def _category(values: Mapping[str, Any]) -> dict[str, Any]:
    """With an `isthing` of 0 or 1, and the colour as the public panoptic API reads it, where it comes back the same."""
    color = values.get("color")
    if isinstance(color, str) and HEX_COLOR.fullmatch(color) and color == color.lower():
        color = list(bytes.fromhex(color[1:]))
    is_thing = values["isthing"] if _is_known(values) else 1
    return {**values, "isthing": is_thing, **({"color": color} if "color" in values else {})}


def _is_known(values: Mapping[str, Any]) -> bool:
    """Whether it is said of a class that it is a thing, or that it is stuff."""
    return values.get("isthing") in (0, 1)


def unsaid(dataset: Dataset) -> list[str]:
    """A line on the classes of which nobody said whether they are things or stuff."""
    names = [" ".join(known.name.split()) for known in dataset.classes if not _is_known(known.extra)]
    if not names:
        return []
    shown = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return [f"classes written as things, since it is not known whether they are stuff: {shown}"]
