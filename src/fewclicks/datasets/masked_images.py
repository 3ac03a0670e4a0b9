"""Images with masks of objects or regions, from the formats that training sets come in."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic, is_panoptic, photo_folder
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import split
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.images.files import read_image
from fewclicks.labels import Dataset

SMALLEST_AREA = 60  # pixels; smaller regions are mostly noise of the labelling


@dataclass(frozen=True)
class MaskedImage:
    """An image file and the masks of the objects or regions in it; `things` tells, where it is known, which are things
    and which are stuff.
    """

    path: Path
    masks: tuple[Mask, ...]
    things: tuple[bool, ...] | None = None

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        """RGB as the application reads it. Raises InputError for what is no image, or not of the masks' size."""
        image = read_image(self.path)
        if self.masks and self.masks[0].size_hw != image.shape[:2]:
            wanted, got = self.masks[0].size_hw, image.shape[:2]
            raise InputError(
                f"its masks are for {wanted[1]}x{wanted[0]} pixels, the image has {got[1]}x{got[0]}", self.path
            )
        return image


@dataclass(frozen=True)
class Source:
    """One training set: its images, and how often it is drawn from relative to the others."""

    name: str
    images: tuple[MaskedImage, ...]
    weight: float = 1.0


def read_source(spec: str, smallest_area: int = SMALLEST_AREA) -> Source:
    """Read `PATH` or `PATH:WEIGHT`: COCO instances, COCO panoptic, or a folder of label images.

    Panoptic PNGs lie in the folder named like the JSON file without its ending, photos in the folder of
    that name without "panoptic_"; COCO photos in "images" beside the file or beside it; label images of
    `FOLDER` in `FOLDER_labels`, named PHOTO_k.png for person k.
    """
    place, weight = split_weight(spec)
    path = Path(place)
    if path.is_dir():
        images = list(_label_images(path))
    elif path.is_file():
        images = list(_coco(path))
    else:
        raise InputError("no such file or folder", path)
    images = [_without_small(image, smallest_area) for image in images]
    images = [image for image in images if image.masks]
    if not images:
        least = f" of {smallest_area} pixels or more" if smallest_area > 1 else ""
        raise InputError(f"there are no masks{least} in it", path)
    return Source(f"{path.parent.name}/{path.stem}", tuple(images), weight)


def _without_small(image: MaskedImage, smallest_area: int) -> MaskedImage:
    kept = [index for index, mask in enumerate(image.masks) if mask.area >= smallest_area]
    things = None if image.things is None else tuple(image.things[index] for index in kept)
    return MaskedImage(image.path, tuple(image.masks[index] for index in kept), things)


def split_weight(spec: str) -> tuple[str, float]:
    """`PATH:WEIGHT` in its two parts; the weight is 1 where none is given. Raises InputError for a weight of 0."""
    place, colon, tail = spec.rpartition(":")
    if not colon or not tail.replace(".", "", 1).isdigit():
        return spec, 1.0
    if float(tail) <= 0:
        raise InputError(f"expected a weight above 0, got {tail}", place)
    return place, float(tail)


def _coco(path: Path) -> Iterable[MaskedImage]:
    if is_panoptic(path):
        return _masked(CocoPanoptic().read(path), photo_folder(path))
    folder = path.parent / "images"
    return _masked(CocoInstances().read(path), folder if folder.is_dir() else path.parent)


def _masked(dataset: Dataset, folder: Path) -> Iterable[MaskedImage]:
    masks: dict[int, list[Mask]] = {}
    things: dict[int, list[bool]] = {}
    is_thing = {each.id: each.extra.get("isthing", 1) != 0 for each in dataset.classes}
    sizes = {image.id: image.size_hw for image in dataset.images}
    for annotation in dataset.annotations:
        if not annotation.crowd:
            mask = mask_from_shape(annotation.shape, sizes[annotation.image_id])
            masks.setdefault(annotation.image_id, []).append(mask)
            things.setdefault(annotation.image_id, []).append(is_thing[annotation.class_id])
    for image in dataset.images:
        yield MaskedImage(folder / image.file_name, tuple(masks.get(image.id, [])), tuple(things.get(image.id, [])))


def _label_images(folder: Path) -> Iterable[MaskedImage]:
    for label in sorted(folder.with_name(folder.name + "_labels").glob("*_*.png")):
        photo = folder / (label.stem.rsplit("_", 1)[0] + ".jpg")
        yield MaskedImage(photo, tuple(split(_label_ids(label)).values()))


def _label_ids(path: Path) -> Integer[np.ndarray, "H W"]:
    """Region numbers, 8 or 16 bit, as they are in the file."""
    try:
        with Image.open(path) as image:
            ids = np.asarray(image)
    except OSError as error:
        raise InputError("not a readable label image", path) from error
    if ids.ndim != 2:
        raise InputError(f"expected one channel of region numbers, got {ids.shape[2]}", path)
    return ids
