"""Images with masks of objects or regions, read from the formats of data sets."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Integer, UInt8
from PIL import Image

from fewclicks.datasets.specs import read_annotated, split_weight
from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.formats.coco_panoptic import CocoPanoptic, is_panoptic, photo_folder
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.partitions import split
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Dataset, Point

HELD_OUT = 10  # every tenth photo judges answers and trains nothing else
SMALLEST_AREA = 60  # pixels; smaller regions are mostly annotation errors


@dataclass(frozen=True)
class MaskedImage:
    """An image file and the masks of the objects or regions in it.

    things: whether each mask is a thing (True) or stuff (False); None where that is not known.
    """

    path: Path
    masks: tuple[Mask, ...]
    things: tuple[bool, ...] | None = None

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        """Read the image as RGB. Raises InputError unless it is an image of the size of the masks."""
        return read_annotated(self.path, self.masks[0].size_hw if self.masks else None, "masks")


@dataclass(frozen=True)
class Source:
    """A data set: its images, and how often training draws from it relative to other data sets."""

    name: str
    images: tuple[MaskedImage, ...]
    weight: float = 1.0

    def held_out(self, every: int = HELD_OUT) -> tuple["Source", "Source"]:
        """Return the source without every `every`th photo by name, and with those alone; a photo's annotators stay
        together.
        """
        photos = sorted({image.path for image in self.images})
        held = set(photos[every - 1 :: every])
        kept, left = ([each for each in self.images if (each.path in held) == out] for out in (False, True))
        return replace(self, images=tuple(kept)), replace(self, images=tuple(left))


def read_source(spec: str, smallest_area: int = SMALLEST_AREA) -> Source:
    """Read `PATH` or `PATH:WEIGHT`: COCO instances, COCO panoptic, or a folder of label images.

    COCO panoptic: the PNGs of NAME.json are in NAME, the photos in NAME without "panoptic_". COCO instances: the photos
    are in "images" beside the file if there is such a folder, otherwise beside the file. Label images: those of FOLDER
    are in FOLDER_labels, named PHOTO_k.png for annotator k. Masks below `smallest_area` pixels are left out.
    Raises InputError for data that cannot be read, or that have no masks.
    """
    place, weight = split_weight(spec)
    path = Path(place)
    if path.is_dir():
        images = list(_label_images(path))
    elif path.is_file():
        images = list(_coco(path))
    else:
        raise InputError("file or folder not found; check the path", path)
    images = [_without_small(image, smallest_area) for image in images]
    images = [image for image in images if image.masks]
    if not images:
        minimum = f" of {smallest_area} pixels or more" if smallest_area > 1 else ""
        raise InputError(f"no masks{minimum}; choose data with masks", path)
    return Source(f"{path.parent.name}/{path.stem}", tuple(images), weight)


def _without_small(image: MaskedImage, smallest_area: int) -> MaskedImage:
    large = [index for index, mask in enumerate(image.masks) if mask.area >= smallest_area]
    things = None if image.things is None else tuple(image.things[index] for index in large)
    return MaskedImage(image.path, tuple(image.masks[index] for index in large), things)


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
        if not annotation.crowd and not isinstance(annotation.shape, Point):
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
    """Read region numbers of 8 or 16 bits, unchanged."""
    try:
        with Image.open(path) as image:
            ids = np.asarray(image)
    except OSError as error:
        raise InputError("not a readable label image; fix or remove it", path) from error
    if ids.ndim != 2:
        raise InputError(f"expected one channel of region numbers, got {ids.shape[2]}", path)
    return ids
