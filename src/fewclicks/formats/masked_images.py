"""Images with masks of objects or regions, from the formats that training sets come in."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.shapes import mask_from_shape

SMALLEST_AREA = 60  # pixels; smaller regions are mostly noise of the labelling


@dataclass(frozen=True)
class MaskedImage:
    """An image file and the masks of the objects or regions in it."""

    path: Path
    masks: tuple[Mask, ...]

    def pixels(self) -> UInt8[np.ndarray, "H W 3"]:
        """RGB. Raises InputError when the file is not a readable image."""
        bgr = cv2.imread(str(self.path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise InputError("not a readable image", self.path)
        return cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


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
    path_text, _, weight = spec.rpartition(":") if _ends_with_weight(spec) else (spec, "", "1")
    path = Path(path_text)
    if path.is_dir():
        images = list(_label_images(path))
    elif path.is_file():
        images = list(_coco(path))
    else:
        raise InputError("no such file or folder", path)
    images = [_without_small(image, smallest_area) for image in images]
    images = [image for image in images if image.masks]
    if not images:
        raise InputError("no masks to train on", path)
    return Source(f"{path.parent.name}/{path.stem}", tuple(images), float(weight))


def _without_small(image: MaskedImage, smallest_area: int) -> MaskedImage:
    return MaskedImage(image.path, tuple(mask for mask in image.masks if mask.area >= smallest_area))


def _ends_with_weight(spec: str) -> bool:
    tail = spec.rpartition(":")[2]
    return ":" in spec and tail.replace(".", "", 1).isdigit()


def _coco(path: Path) -> Iterable[MaskedImage]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        panoptic = "segments_info" in content["annotations"][0]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"expected COCO JSON with annotations ({error})", path) from error
    return _panoptic(path, content) if panoptic else _instances(path)


def _instances(path: Path) -> Iterable[MaskedImage]:
    dataset = CocoInstances().read(path)
    folder = path.parent / "images" if (path.parent / "images").is_dir() else path.parent
    masks: dict[int, list[Mask]] = {}
    sizes = {image.id: image.size_hw for image in dataset.images}
    for annotation in dataset.annotations:
        if not annotation.crowd:
            mask = mask_from_shape(annotation.shape, sizes[annotation.image_id])
            masks.setdefault(annotation.image_id, []).append(mask)
    for image in dataset.images:
        yield MaskedImage(folder / image.file_name, tuple(masks.get(image.id, [])))


def _panoptic(path: Path, content: dict) -> Iterable[MaskedImage]:  # type: ignore[type-arg]
    pngs = path.with_suffix("")
    photos = path.parent / path.stem.removeprefix("panoptic_")
    for record in content["annotations"]:
        rgb = np.asarray(Image.open(pngs / record["file_name"]).convert("RGB")).astype(np.int32)
        ids = rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]
        kept = [segment["id"] for segment in record["segments_info"] if not segment.get("iscrowd")]
        yield MaskedImage((photos / record["file_name"]).with_suffix(".jpg"), _split(ids, kept))


def _label_images(folder: Path) -> Iterable[MaskedImage]:
    for label in sorted(folder.with_name(folder.name + "_labels").glob("*_*.png")):
        ids = np.asarray(Image.open(label))
        photo = folder / (label.stem.rsplit("_", 1)[0] + ".jpg")
        yield MaskedImage(photo, _split(ids, np.unique(ids).tolist()))


def _split(ids: np.ndarray, kept: Iterable[int]) -> tuple[Mask, ...]:
    return tuple(Mask.from_full(ids == number) for number in kept)
