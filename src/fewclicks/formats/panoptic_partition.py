"""What of a data set becomes the segments of its images: which annotations, and which pixels of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fewclicks.errors import InputError
from fewclicks.formats.builtin import COCO_PANOPTIC
from fewclicks.formats.coco_shapes import check_corners
from fewclicks.formats.shape_kinds import LeftOut, kind_of, lacking
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import merge, split
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Annotation, Dataset, ImageRecord, Polygons


@dataclass(frozen=True, slots=True)
class Segment:
    """An annotation, its place among those of its data set, and the pixels that it has alone; perhaps none."""

    order: int
    annotation: Annotation
    drawn: Mask
    mask: Mask


def partition(dataset: Dataset, path: Path) -> dict[int, list[Segment]]:
    """The segments of every image by its id, in the order of the annotations; images that have any come first.

    A pixel has one segment: where annotations overlap it is the smallest (see `merge`). Boxes and points are left out.
    Raises InputError, which names `path` and the annotation, when the data set contradicts itself.
    """
    images, classes = {image.id: image for image in dataset.images}, {known.id for known in dataset.classes}
    grouped: dict[int, list[tuple[int, Annotation, Mask]]] = {}
    for order, annotation in enumerate(dataset.annotations):
        try:
            drawn = _drawn(annotation, images, classes)
        except InputError as error:
            raise InputError(error.problem, path, f"annotation {annotation.id}") from error
        if drawn is not None:
            grouped.setdefault(annotation.image_id, []).append((order, annotation, drawn))
    return {number: _segments(grouped.get(number, []), images[number]) for number in dict.fromkeys([*grouped, *images])}


def _drawn(annotation: Annotation, images: dict[int, ImageRecord], classes: set[int]) -> Mask | None:
    """The pixels of an annotation, or None for a box or a point."""
    if annotation.image_id not in images:
        raise InputError(f"image_id {annotation.image_id} is not in `images`")
    if annotation.class_id not in classes:
        raise InputError(f"category_id {annotation.class_id} is not in `categories`")
    shape, size_hw = annotation.shape, images[annotation.image_id].size_hw
    check_corners(shape)
    if isinstance(shape, Mask) and shape.size_hw != size_hw:
        (height, width), (wanted_height, wanted_width) = shape.size_hw, size_hw
        raise InputError(
            f"the mask is {width}x{height}, its image is {wanted_width}x{wanted_height}; they must be equal"
        )
    return None if kind_of(shape) in COCO_PANOPTIC.lacks else mask_from_shape(shape, size_hw)


def _segments(annotations: list[tuple[int, Annotation, Mask]], image: ImageRecord) -> list[Segment]:
    masks = split(merge([drawn for *_, drawn in annotations], image.size_hw))
    nothing = Mask.empty(image.size_hw)
    return [Segment(*annotation, masks.get(index, nothing)) for index, annotation in enumerate(annotations)]


def losses(dataset: Dataset, segments: Iterable[Segment]) -> list[str]:
    """One line for each way in which annotations are not, or not wholly, among the segments."""
    shapes = [annotation.shape for annotation in dataset.annotations]
    drawn = [(each.annotation.shape, each.drawn.area, each.mask.area) for each in segments]
    outlines = sum(isinstance(shape, Polygons) for shape in shapes)
    reduced = sum(0 < rest < area for _, area, rest in drawn)
    changed = (
        (outlines, f"{outlines} of the polygons written as the pixels that they cover"),
        (reduced, f"{reduced} of the annotations without the pixels of smaller ones that overlap them"),
    )
    gone = (
        LeftOut([shape for shape, area, rest in drawn if rest == 0 < area], "smaller ones cover all of their pixels"),
        LeftOut([shape for shape, area, _ in drawn if area == 0], "they cover no pixel of their image"),
    )
    lines = [*(line for number, line in changed if number), *(line for line in gone if line.kinds)]
    return [*lacking(Counter(map(kind_of, shapes)), COCO_PANOPTIC), *lines]
