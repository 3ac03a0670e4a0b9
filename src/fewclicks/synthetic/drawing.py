"""Synthetic data sets of many small oriented objects of several classes on a textured ground: `fewclicks synthetic`.

A seed determines the whole data set. Classes are drawn at random (looks.py), so that class slots can be trained on
such data. The format is COCO with outlines, from which both upright and oriented boxes follow exactly.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float64, Int64, UInt8
from PIL import Image

from fewclicks.errors import InputError, StorageError
from fewclicks.formats.coco import CocoInstances
from fewclicks.labels import Annotation, Dataset, ImageRecord, LabelClass, Polygons
from fewclicks.scratch import scratch_folder
from fewclicks.synthetic.looks import TEXTURES, Look, draw_looks

SET_NAME = "set.json"
IMAGES = "images"
FINER = 4  # subpixels a side of a pixel when an outline is filled
ROOM = 0.8  # radius kept free around an object, relative to that of its circle
TRIES = 60
MOST_CLASSES_AT_ONCE = 6


@dataclass(frozen=True)
class Wanted:
    """The data set to write.

    images: their number. classes: number of classes. side: of an image, in pixels. objects: mean number in an image.
    first: number of the first image; other numbers give other images of the same classes.
    """

    images: int = 40
    classes: int = 6
    side: int = 640
    objects: int = 40
    seed: int = 0
    first: int = 1


@dataclass(frozen=True)
class Scene:
    """An image, the outlines of its objects in pixels, and the index of the look of each object."""

    image: UInt8[np.ndarray, "H W 3"]
    outlines: tuple[Float64[np.ndarray, "_ 2"], ...]
    looks: Int64[np.ndarray, "N"]


def write_set(wanted: Wanted, folder: Path, advance: Callable[[], None] = lambda: None) -> Path:
    """Write `folder` with the images and `set.json`, completely or not at all; return the path of that file.

    Raises InputError when the folder exists, StorageError when it cannot be written.
    """
    if folder.exists():
        raise InputError("the folder already exists; choose another name", folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(folder) as part:
            (part / "set").mkdir()
            _fill(part / "set", wanted, advance)
            os.rename(part / "set", folder)
    except OSError as error:
        problem = f"cannot write: {error.strerror or error}; check the permissions and the free space"
        raise StorageError(f"{folder}: {problem}") from error
    return folder / SET_NAME


def _fill(folder: Path, wanted: Wanted, advance: Callable[[], None]) -> None:
    looks = draw_looks(wanted.classes, np.random.default_rng([wanted.seed, 0]))
    records: list[ImageRecord] = []
    annotations: list[Annotation] = []
    (folder / IMAGES).mkdir()
    for number, scene in enumerate(draw_scenes(wanted, looks), wanted.first):
        record = ImageRecord(number, f"{number:04d}.png", wanted.side, wanted.side)
        Image.fromarray(scene.image).save(folder / IMAGES / record.file_name)
        records.append(record)
        for outline, look in zip(scene.outlines, scene.looks, strict=True):
            shape = Polygons((tuple(np.round(outline, 2).ravel().tolist()),))
            annotations.append(Annotation(str(len(annotations) + 1), number, int(look) + 1, shape))
        advance()
    classes = tuple(LabelClass(number, f"{look.name}-{number}") for number, look in enumerate(looks, 1))
    CocoInstances().write(Dataset(classes, tuple(records), tuple(annotations)), folder / SET_NAME)


def draw_scenes(wanted: Wanted, looks: Sequence[Look]) -> Iterator[Scene]:
    """Draw the images one by one; each shows at most MOST_CLASSES_AT_ONCE of the classes."""
    for number in range(wanted.first, wanted.first + wanted.images):
        rng = np.random.default_rng([wanted.seed, 1, number])
        shown = rng.permutation(len(looks))[:MOST_CLASSES_AT_ONCE]
        count = round(wanted.objects * rng.uniform(0.6, 1.4))
        yield draw_scene(looks, np.sort(shown), (wanted.side, wanted.side), count, rng)


def draw_scene(
    looks: Sequence[Look], shown: Int64[np.ndarray, "K"], size_hw: tuple[int, int], count: int, rng: np.random.Generator
) -> Scene:
    """Draw an image with `count` objects of the looks `shown`, or fewer when there is no space left."""
    colours = np.concatenate([looks[number].colours for number in shown])
    image = _ground(size_hw, colours, rng)
    outlines, drawn = [], []
    taken = np.zeros((0, 3))  # x, y, radius
    for _ in range(count):
        number = int(rng.choice(shown))
        half = looks[number].side_px / 2 * float(np.exp(rng.normal(0, 0.12)))
        place = _free_place(taken, ROOM * half * float(np.hypot(*looks[number].outline.T).max()), size_hw, rng)
        if place is None:
            continue
        taken = np.concatenate([taken, place[None]])
        outlines.append(_draw(image, looks[number], place[:2], half, float(rng.uniform(0, 2 * np.pi)), rng))
        drawn.append(number)
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.8)) + rng.normal(0, rng.uniform(1, 6), image.shape)
    return Scene(np.clip(np.rint(image), 0, 255).astype(np.uint8), tuple(outlines), np.array(drawn, np.int64))


def _free_place(
    taken: Float64[np.ndarray, "N 3"], radius: float, size_hw: tuple[int, int], rng: np.random.Generator
) -> Float64[np.ndarray, "3"] | None:
    """Return x, y and the radius of a circle that overlaps no other one; None when none was found."""
    edge = min(radius / ROOM + 1, min(size_hw) / 2)
    for _ in range(TRIES):
        x, y = rng.uniform(edge, size_hw[1] - edge), rng.uniform(edge, size_hw[0] - edge)
        if (np.hypot(taken[:, 0] - x, taken[:, 1] - y) > taken[:, 2] + radius).all():
            return np.array([x, y, radius])
    return None


def _draw(
    image: Float64[np.ndarray, "H W 3"],
    look: Look,
    centre_xy: Float64[np.ndarray, "2"],
    half: float,
    turn: float,
    rng: np.random.Generator,
) -> Float64[np.ndarray, "M 2"]:
    """Paint an object into the image; return its outline in pixels."""
    cos, sin = np.cos(turn), np.sin(turn)
    turned = look.outline @ np.array([[cos, sin], [-sin, cos]]) * half
    outline = turned + centre_xy
    low = np.maximum(np.floor(outline.min(0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(outline.max(0)).astype(int) + 1, image.shape[1::-1])
    cover = _cover(outline - low, (high - low)[::-1])
    if look.hole:
        cover = cover * (1 - _cover(turned * look.hole + centre_xy - low, (high - low)[::-1]))
    ys, xs = np.mgrid[low[1] : high[1], low[0] : high[0]] + 0.5
    dx, dy = (xs - centre_xy[0]) / half, (ys - centre_xy[1]) / half
    mixed = TEXTURES[look.texture](dx * cos + dy * sin, dy * cos - dx * sin, look.waves)[..., None]
    paint = look.colours[0] * (1 - mixed) + look.colours[1] * mixed
    paint = paint * rng.uniform(0.85, 1.15) + rng.normal(0, 4, paint.shape)
    window = image[low[1] : high[1], low[0] : high[0]]
    window += (np.clip(paint, 0, 255) - window) * cover[..., None]
    return outline


def _cover(outline: Float64[np.ndarray, "M 2"], size_hw: Int64[np.ndarray, "2"]) -> Float64[np.ndarray, "h w"]:
    """Return the share of each pixel that is inside the outline, 0..1."""
    height, width = (int(side) for side in size_hw)
    fine = np.zeros((height * FINER, width * FINER), np.uint8)
    cv2.fillPoly(fine, [np.rint(outline * FINER - 0.5).astype(np.int32)], 1)
    return fine.reshape(height, FINER, width, FINER).mean((1, 3))


def _ground(
    size_hw: tuple[int, int], avoid: Float64[np.ndarray, "K 3"], rng: np.random.Generator
) -> Float64[np.ndarray, "H W 3"]:
    """Draw noise of several scales, uneven light, and some lines, in a colour far from those to `avoid`."""
    bases = rng.uniform(20, 235, (12, 3))
    base = bases[np.linalg.norm(bases[:, None] - avoid, axis=2).min(1).argmax()]
    image = np.broadcast_to(base, (*size_hw, 3)).copy()
    for cells in (3, 9, 27, 81):
        field = rng.normal(0, 1, (cells, cells, 3)) * 0.4 + rng.normal(0, 1, (cells, cells, 1))
        image += cv2.resize(field, size_hw[::-1], interpolation=cv2.INTER_CUBIC) * rng.uniform(2, 12)
    for _ in range(int(rng.integers(0, 8))):
        ends = rng.uniform(0, max(size_hw), (2, 2)).astype(int)
        shade = np.clip(base + rng.normal(0, 25, 3), 0, 255).tolist()
        cv2.line(image, tuple(ends[0].tolist()), tuple(ends[1].tolist()), shade, int(rng.integers(1, 9)), cv2.LINE_AA)
    return image
