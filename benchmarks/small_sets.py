"""The small copies of data sets that the fourth training run of `segment` learnt from (docs/segment_results.md).

    python benchmarks/small_sets.py --data DIR --out DIR/small

DIR holds the data sets under the names of the card's command. Each copy is COCO JSON with masks, OUT/NAME/train.json,
and photos as WebP beside it. Copies that are there stay. Train with `--data OUT/NAME/train.json:WEIGHT` for each.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image

from fewclicks.datasets.masked_images import MaskedImage, read_source
from fewclicks.formats.coco import CocoInstances
from fewclicks.geometry.masks import Mask
from fewclicks.geometry.rle import encode_rle
from fewclicks.geometry.shapes import mask_from_shape
from fewclicks.labels import Polygons

SMALLEST_AREA = 60  # pixels of a mask in the copy


@dataclass(frozen=True)
class Copy:
    """What to keep of a data set: the longest side of a photo in pixels, the quality of WebP, and the most photos.

    first: the first photos by name instead of photos from everywhere. masks: the most masks of a photo, if possible of
    more than `least` pixels in the original. around: crop a photo to so many times the box of its masks. holds_out:
    leave out every tenth photo by name. polygons: leave out objects that have a box only.
    """

    source: str
    longest: int
    quality: int
    photos: int | None = None
    first: bool = False
    masks: int | None = None
    least: int = 0
    around: float | None = None
    holds_out: bool = False
    polygons: bool = False


def _masks(name: str, longest: int, quality: int, photos: int | None = None) -> Copy:
    return Copy(f"masks/{name}/train.json", longest, quality, photos, holds_out=True)


def _polygons(name: str, longest: int, quality: int, photos: int | None = None) -> Copy:
    return Copy(f"boxes/{name}/train.json", longest, quality, photos, polygons=True)


COPIES = {
    "objects": Copy("objects/train.json", 368, 45, around=2.2, holds_out=True),
    "scenes": Copy("scenes/panoptic_train.json", 384, 50),
    "regions": Copy("regions/train", 336, 45, 190, masks=11, least=250),
    "nuclei": Copy("nuclei/train.json", 512, 60, masks=24),
    "coco": _masks("coco", 376, 45),
    "cats": Copy("masks/cats/train.json", 288, 40, 140, first=True),
    "people": _masks("people", 320, 42),
    "white_cells": _masks("white_cells", 192, 60),
    "car_parts": _masks("car_parts", 264, 40, 110),
    "food": _masks("food", 288, 50),
    "mandarins": _masks("mandarins", 320, 45),
    "field_plants": _masks("field_plants", 288, 36),
    "bolts": _polygons("bolts", 512, 45),
    "bottles": _polygons("bottles", 384, 45, 30),
    "colonies": _polygons("colonies", 640, 45, 12),
    "crystals": _polygons("crystals", 416, 50, 10),
    "facades": _polygons("facades", 400, 42),
    "particles": _polygons("particles", 640, 50, 12),
    "screws": _polygons("screws", 768, 45, 14),
}


def photos_of(data: Path, copy: Copy) -> list[MaskedImage]:
    """The photos to keep, by name, with the masks of all people who drew some."""
    photos: dict[Path, list[Mask]] = {}
    for image in with_polygons(data / copy.source) if copy.polygons else with_masks(data, copy):
        photos.setdefault(image.path, []).extend(image.masks)
    named = [MaskedImage(path, tuple(masks)) for path, masks in sorted(photos.items()) if masks]
    count = min(copy.photos or len(named), len(named))
    if copy.first:
        return named[:count]
    return [named[index] for index in np.linspace(0, len(named) - 1, count).astype(int)]


def with_masks(data: Path, copy: Copy) -> tuple[MaskedImage, ...]:
    source = read_source(str(data / copy.source))
    return source.held_out()[0].images if copy.holds_out else source.images


def with_polygons(path: Path) -> tuple[MaskedImage, ...]:
    """The photos with masks of the objects that have more than a box."""
    dataset = CocoInstances().read(path)
    sizes = {image.id: image.size_hw for image in dataset.images}
    drawn = [each for each in dataset.annotations if isinstance(each.shape, Polygons | Mask)]
    masks: dict[int, list[Mask]] = {image.id: [] for image in dataset.images}
    for annotation in drawn:
        masks[annotation.image_id].append(mask_from_shape(annotation.shape, sizes[annotation.image_id]))
    folder = path.parent / "images"
    return tuple(MaskedImage(folder / image.file_name, tuple(masks[image.id])) for image in dataset.images)


def fewer(masks: tuple[Mask, ...], copy: Copy, number: int) -> tuple[Mask, ...]:
    """The masks of photo `number` to keep, chosen at random."""
    if copy.masks is None or len(masks) <= copy.masks:
        return masks
    large = tuple(mask for mask in masks if mask.area > copy.least) or masks
    chosen = np.random.default_rng(number).permutation(len(large))[: copy.masks]
    return tuple(large[index] for index in sorted(chosen))


def part_of(image: MaskedImage, around: float | None) -> tuple[slice, slice]:
    """Rows and columns of the photo to keep."""
    height, width = image.masks[0].size_hw
    if around is None:
        return slice(0, height), slice(0, width)
    boxes = np.array([mask.xyxy for mask in image.masks])
    low, high = boxes[:, :2].min(0), boxes[:, 2:].max(0)
    centre, half = (low + high) / 2, (high - low).max() * around / 2
    x0, y0 = np.maximum(centre - half, 0).astype(int).tolist()
    x1, y1 = np.minimum(centre + half, (width, height)).astype(int).tolist()
    return slice(y0, y1), slice(x0, x1)


def scaled(mask: Bool[np.ndarray, "h w"], size: tuple[int, int]) -> Bool[np.ndarray, "H W"]:
    return cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) >= 0.5


def small(pixels: UInt8[np.ndarray, "H W 3"], longest: int) -> Image.Image:
    height, width = pixels.shape[:2]
    scale = min(1.0, longest / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)


def write_copy(photos: list[MaskedImage], copy: Copy, folder: Path) -> None:
    """Write the photos, then the JSON file."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for number, photo in enumerate(photos, 1):
        image = replace(photo, masks=fewer(photo.masks, copy, number))
        part = part_of(image, copy.around)
        picture = small(image.pixels()[part], copy.longest)
        name = f"{image.path.stem}.webp"
        picture.save(folder / "images" / name, "WEBP", quality=copy.quality, method=6)
        images.append({"id": number, "file_name": name, "width": picture.width, "height": picture.height})
        for mask in image.masks:
            shape = Mask.from_full(scaled(mask.full()[part], picture.size))
            if shape.area >= SMALLEST_AREA:
                annotations.append(record(len(annotations) + 1, number, shape))
    categories = [{"id": 1, "name": "object"}]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "train.json").write_text(json.dumps(content, separators=(",", ":")))
    print(f"{folder.name}: {len(images)} photos, {len(annotations)} masks")


def record(number: int, image: int, mask: Mask) -> dict[str, object]:
    """The COCO record of a mask."""
    x0, y0, x1, y1 = mask.tight().xyxy
    rle = {"size": list(mask.size_hw), "counts": encode_rle(mask)}
    return {
        "id": number, "image_id": image, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": mask.area, "iscrowd": 0, "segmentation": rle,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    for name, copy in COPIES.items():
        if not (options.out / name / "train.json").exists():
            write_copy(photos_of(options.data, copy), copy, options.out / name)


if __name__ == "__main__":
    main()
