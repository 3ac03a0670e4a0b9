"""COCO instances: images, categories, and annotations by box, polygons, run lengths or a keypoint in one JSON file."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fewclicks.errors import InputError
from fewclicks.files import check_replaceable, read_json, write_text
from fewclicks.formats.coco_frame import Frame, Groups, allowed, as_text, crowd_of, framed, left_out, read_frame, unique
from fewclicks.formats.coco_own import OWN_KEY, exact, own_values, read_own
from fewclicks.formats.coco_shapes import read_shape, write_shape
from fewclicks.formats.coco_skeletons import unread, with_skeletons, without_skeletons
from fewclicks.formats.record import Record, is_finite, shown
from fewclicks.labels import Annotation, Dataset, Point, Shape

ANNOTATION_KEYS = frozenset({"id", "image_id", "category_id", "bbox", "area", "segmentation", "iscrowd", OWN_KEY})
KEYPOINT_KEYS = frozenset({"keypoints", "num_keypoints"})
POINT_KEYS = ANNOTATION_KEYS | KEYPOINT_KEYS


class CocoInstances:
    """COCO's object detection format. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of a COCO JSON file. Raises InputError that names the file and the record."""
        return _dataset(read_json(path), path)

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write one JSON file, a record a line, and return what it could not hold.

        Raises InputError when the data set contradicts itself, StorageError when the file cannot be written.
        """
        content = _content(dataset, path)
        again = _dataset(content, path)  # nothing is written that could not be read again
        check_replaceable(path)
        write_text(path, as_text(content))
        extras: Groups = [
            ("annotations", [found.extra for found in dataset.annotations], ANNOTATION_KEYS),
            ("points", [found.extra for found in dataset.annotations if isinstance(found.shape, Point)], KEYPOINT_KEYS),
            *unread(dataset),
        ]
        return left_out(dataset, again, extras)


# --- reading -------------------------------------------------------------------------------------


def _dataset(content: Any, path: Path) -> Dataset:
    frame = read_frame(content, path)
    annotations: dict[str, Annotation] = {}
    for record in unique(frame.top.records("annotations")):
        annotation = _annotation(record, frame)
        if annotation.id in annotations:
            record.fail(f"the id {annotation.id!r} is used twice")
        annotations[annotation.id] = annotation
    return without_skeletons(frame.around(annotations.values()))


def _annotation(record: Record, frame: Frame) -> Annotation:
    image, class_id, crowd = frame.image_of(record), frame.class_id_of(record), crowd_of(record)
    _check_area(record)
    own, shape = read_own(record), read_shape(record, image.size_hw)
    return Annotation(
        own.id or str(record.whole("id")),
        image.id,
        class_id,
        exact(shape, own),
        crowd,
        own.provenance,
        record.extra(_keys_of(shape)),
    )


def _keys_of(shape: Shape) -> frozenset[str]:
    """The keys that COCO uses for an annotation of this shape; `keypoints` of another shape are extra keys."""
    return POINT_KEYS if isinstance(shape, Point) else ANNOTATION_KEYS


def _check_area(record: Record) -> None:
    area = record.values.get("area")
    if area is not None and (not is_finite(area) or area < 0):
        record.fail(f"area must be a number that is not negative, not {shown(area)}")


# --- writing -------------------------------------------------------------------------------------


def _content(dataset: Dataset, path: Path) -> dict[str, Any]:
    numbers = _numbers(dataset.annotations)
    sizes = {image.id: image.size_hw for image in dataset.images}
    annotations = []
    for annotation, number in zip(dataset.annotations, numbers, strict=True):
        try:
            annotations.append(_annotation_values(annotation, number, sizes))
        except InputError as error:
            raise InputError(error.problem, path, f"annotation {annotation.id}") from error
    return framed(with_skeletons(dataset), annotations)


def _numbers(annotations: Iterable[Annotation]) -> list[int]:
    """COCO's ids are numbers: an id that is written as one is kept, others get the next numbers."""
    ids = [annotation.id for annotation in annotations]
    kept = [int(text) if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text) else None for text in ids]
    following = max((number for number in kept if number is not None), default=0)
    numbers = []
    for number in kept:
        following += number is None
        numbers.append(following if number is None else number)
    return numbers


def _annotation_values(annotation: Annotation, number: int, sizes: dict[int, tuple[int, int]]) -> dict[str, Any]:
    if annotation.image_id not in sizes:
        raise InputError(f"image_id {annotation.image_id} is not in `images`")
    values = {
        **allowed(annotation.extra, _keys_of(annotation.shape)),
        "id": number,
        "image_id": annotation.image_id,
        "category_id": annotation.class_id,
        "iscrowd": int(annotation.crowd),
        **write_shape(annotation.shape, sizes[annotation.image_id]),
    }
    own = own_values(annotation, str(number), values["bbox"])
    return {**values, OWN_KEY: own} if own else values
