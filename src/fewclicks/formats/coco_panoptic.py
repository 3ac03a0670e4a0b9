"""COCO panoptic: a JSON file, and beside it a folder of PNGs in which every pixel has the id of its segment."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from types import MappingProxyType
from typing import Any

import numpy as np

from fewclicks.errors import InputError, StorageError
from fewclicks.files import check_replaceable, read_json, write_text_and_folder
from fewclicks.formats.coco_frame import Frame, Groups, as_text, crowd_of, left_out, read_frame, unique
from fewclicks.formats.coco_own import Own, read_own
from fewclicks.formats.panoptic_content import (
    RECORD_EXTRA,
    RECORD_KEYS,
    SEGMENT_ID,
    SEGMENT_KEYS,
    ImageSegments,
    annotation_id,
    content_of,
    numbered,
    record_extra,
    unsaid,
)
from fewclicks.formats.panoptic_partition import losses, partition
from fewclicks.formats.panoptic_png import LARGEST_ID, VOID, png_of, read_ids
from fewclicks.formats.record import Record, shown
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import split
from fewclicks.labels import Annotation, Dataset, ImageRecord

Masks = Mapping[int, Mask]


class CocoPanoptic:
    """COCO's panoptic format. What it keeps and what it does not stands in docs/formats.md."""

    def read(self, path: Path) -> Dataset:
        """The data set of a panoptic JSON file and its PNGs. Raises InputError that names the file and the record."""
        folder = _png_folder(path)
        return _dataset(read_json(path), path, lambda record, image: _masks_in_png(folder, record, image))

    def write(self, dataset: Dataset, path: Path) -> list[str]:
        """Write the JSON file and the folder of PNGs, both or none, and return what they could not hold.

        Raises InputError when the data set contradicts itself; StorageError when they cannot be written, or when
        the folder holds files that are not the PNGs of the JSON file that is there.
        """
        folder = _png_folder(path)
        partitions = partition(dataset, path)
        images = numbered(dataset, partitions)
        content = content_of(dataset, images)
        masks = {found.image.id: {number: kept.mask for number, kept in found.segments.items()} for found in images}
        again = _dataset(content, path, lambda _, image: masks[image.id])  # nothing is written that cannot be read
        _check_free(folder, path)
        check_replaceable(path)
        write_text_and_folder(path, as_text(content), folder, _pngs(images))
        extras: Groups = [
            ("annotations", [found.extra for found in dataset.annotations], SEGMENT_KEYS),
            ("the records of images", map(record_extra, dataset.images), RECORD_KEYS),
        ]
        segments = [segment for found in partitions.values() for segment in found]
        return [*losses(dataset, segments), *unsaid(dataset), *left_out(dataset, again, extras)]


def is_panoptic(path: Path) -> bool:
    """Whether a JSON file speaks of segments. Raises InputError when it is no JSON file."""
    content = read_json(path)
    annotations = content.get("annotations") if isinstance(content, dict) else None
    first = annotations[0] if isinstance(annotations, list) and annotations else None
    return isinstance(first, dict) and "segments_info" in first


def photo_folder(path: Path) -> Path:
    """Where photos of a panoptic JSON file lie in COCO: `train` for panoptic_train.json."""
    return path.parent / path.stem.removeprefix("panoptic_")


def _png_folder(path: Path) -> Path:
    folder = path.with_suffix("")
    if folder == path:
        raise InputError(
            "the name has no ending; add .json, because the name without an ending is used for the folder of PNGs", path
        )
    return folder


# --- reading -------------------------------------------------------------------------------------


def _dataset(content: Any, path: Path, masks_of: Callable[[Record, ImageRecord], Masks]) -> Dataset:
    """The data set of a JSON file; `masks_of` gives the pixels of the segments of a record by their ids."""
    frame = read_frame(content, path)
    for category in frame.top.records("categories"):
        if category.values.get("isthing", 1) not in (0, 1):
            category.fail(f"isthing must be 0 or 1, not {shown(category.values['isthing'])}")
    images = dict(frame.images)
    found: dict[str, Annotation] = {}
    orders: dict[str, int] = {}
    for record in unique(frame.top.records("annotations"), "image_id"):
        image = frame.image_of(record)
        if extra := record.extra(RECORD_KEYS):
            images[image.id] = replace(image, extra=MappingProxyType({**image.extra, RECORD_EXTRA: dict(extra)}))
        for segment, mask in _segments(record, masks_of(record, image)):
            own = read_own(segment)
            annotation = _annotation(segment, own, image.id, mask, frame)
            if annotation.id in found:
                segment.fail(f"the id {annotation.id!r} is used twice")
            found[annotation.id] = annotation
            orders[annotation.id] = len(orders) if own.order is None else own.order
    annotations = sorted(found.values(), key=lambda annotation: orders[annotation.id])
    return replace(frame, images=images).around(annotations)


def _segments(record: Record, masks: Masks) -> Iterator[tuple[Record, Mask]]:
    """What is said of each segment, and its pixels; segments_info and the PNG have to name the same ids."""
    png, unnamed = record.text("file_name"), set(masks)
    for segment in unique(record.records("segments_info")):
        number = segment.whole("id")
        if not VOID < number <= LARGEST_ID:
            segment.fail(f"id must be 1 to {LARGEST_ID}, not {number}; {VOID} is void")
        if number not in masks:
            segment.fail(f"{png} has no pixel of this id")
        _check_extent(segment, masks[number])
        unnamed.remove(number)
        yield segment, masks[number]
    for number in sorted(unnamed):
        record.fail(f"{png} has {masks[number].area} pixels of the id {number}, which is not in segments_info")


def _check_extent(segment: Record, mask: Mask) -> None:
    """Where `area` and `bbox` are given, they are those of the pixels."""
    (x0, y0, x1, y1), values = mask.xyxy, segment.values
    area, bbox, tight = values.get("area"), values.get("bbox"), [x0, y0, x1 - x0, y1 - y0]
    if area is not None and area != mask.area:
        segment.fail(f"area is {shown(area)}, in the PNG it is {mask.area}")
    if bbox is not None and segment.numbers("bbox", bbox, 4) != tight:
        segment.fail(f"bbox is {bbox}, in the PNG it is {tight}")


def _annotation(segment: Record, own: Own, image_id: int, mask: Mask, frame: Frame) -> Annotation:
    number, extra = segment.whole("id"), segment.extra(SEGMENT_KEYS)
    if not own.id:
        extra = MappingProxyType({SEGMENT_ID: number, **extra})
    name = own.id or annotation_id(image_id, number)
    return Annotation(name, image_id, frame.class_id_of(segment), mask, crowd_of(segment), own.provenance, extra)


def _masks_in_png(folder: Path, record: Record, image: ImageRecord) -> Masks:
    """The pixels of every id that the PNG of a record has."""
    name = record.text("file_name")
    parts = PureWindowsPath(name)  # it takes both kinds of slashes, and knows drives
    if parts.anchor or ".." in parts.parts:
        record.fail(f"file_name must name a PNG in the folder {folder.name}, not {shown(name)}")
    if not folder.is_dir():
        raise InputError(f"the folder of its PNGs, {folder}, is missing; restore it", record.path)
    ids = read_ids(folder / name)
    if ids.shape != image.size_hw:
        sizes = f"{ids.shape[1]}x{ids.shape[0]}, its image {image.file_name} is {image.width}x{image.height}"
        record.fail(f"{name} is {sizes}")
    masks = split(ids)
    masks.pop(VOID, None)
    return masks


# --- writing -------------------------------------------------------------------------------------


def _pngs(images: Sequence[ImageSegments]) -> Iterator[tuple[str, bytes]]:
    for found in images:
        ids = np.full(found.image.size_hw, VOID, np.int32)
        for number, segment in found.segments.items():
            x0, y0, x1, y1 = segment.mask.xyxy
            ids[y0:y1, x0:x1][segment.mask.crop] = number
        yield found.png, png_of(ids)


def _check_free(folder: Path, path: Path) -> None:
    """Raise StorageError when replacing `folder` would take something away that is no PNG of the file at `path`."""
    if not folder.exists():
        return
    ours = _pngs_of(path)
    inside = folder.rglob("*") if folder.is_dir() else [folder]
    foreign = (found for found in inside if not found.is_dir() and found.relative_to(folder).as_posix() not in ours)
    if stranger := next(foreign, None):
        raise StorageError(
            f"{folder}: cannot replace it, because {stranger.name} is not part of an export; choose another name"
        )


def _pngs_of(path: Path) -> set[str]:
    """The PNGs that a panoptic file names; none for any other file, or for none."""
    try:
        return {record["file_name"] for record in read_json(path)["annotations"] if "segments_info" in record}
    except (InputError, KeyError, TypeError):
        return set()
