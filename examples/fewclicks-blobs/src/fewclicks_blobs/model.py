"""Boxes around connected pixels whose colour is near that of a click, in the class of the click."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, UInt16

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.images.source import ImageSource, check_rgb, read_region, size_of
from fewclicks.methods.shared.prompt_kinds import of_kind
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import ClassClick, Example, Prompt, Prompts

REACH = 40.0  # distance in RGB below which two colours count as the same
SMALLEST = 4  # pixels of a blob
BAND = 256  # rows of the image that are compared at a time

Colours = tuple[tuple[int, tuple[float, ...]], ...]  # class and colour of every example and click
Box = Float64[np.ndarray, "5"]  # as in BoxesAnswer
Band = UInt16[np.ndarray, "h W"]  # the nearest colour of each pixel: 0 for none, k for the k-th


@dataclass(frozen=True, slots=True, eq=False)
class Memo:
    """The bands of the image that were compared with these colours, by their numbers from the top."""

    colours: Colours
    bands: Mapping[int, Band]


class BlobsModel(Model[ImageSource, BoxesAnswer, Memo]):
    """Answers in parts: each call compares at least one band of the image."""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("blobs", "blobs", "blobs-1")

    def encode(self, image: ImageSource) -> Encoding[ImageSource]:
        """Compute nothing ahead; `respond` reads the image band by band."""
        if isinstance(image, np.ndarray):
            check_rgb(image)
        return Encoding(size_of(image), image, 0)

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[BoxesAnswer, Memo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, Memo]:
        """See `Model.respond`. Bands in view come first, then those near the last click."""
        started = time.perf_counter()
        examples = (*prompts.examples, *self.examples(encoding, prompts.all))
        colours: Colours = tuple((each.class_id, tuple(each.arrays[0].tolist())) for each in examples)
        memo = previous.memo if previous is not None else None
        bands = dict(memo.bands) if memo is not None and memo.colours == colours else {}
        count = -(-encoding.size_hw[0] // BAND)
        for number in _nearest_first(count, prompts, options):
            if number not in bands:
                bands[number] = _compared(encoding.data, number, colours)
                if options.seconds is not None and time.perf_counter() - started >= options.seconds:
                    break
        answer = _boxes(bands, colours, encoding.size_hw, options.lowest_score)
        nbytes = answer.nbytes + sum(band.nbytes for band in bands.values())
        return Response(answer, Memo(colours, bands), len(bands) / count, nbytes)

    def examples(self, encoding: Encoding[ImageSource], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """Return the colour under each click."""
        clicks = of_kind(ClassClick, prompts, "blobs")
        return tuple(Example(click.class_id, self.info.version, (_colour(encoding, click),)) for click in clicks)


def open_blobs(files: Files, resources: Resources) -> BlobsModel:
    """Return the model, which has no files."""
    return BlobsModel()


def _colour(encoding: Encoding[ImageSource], click: ClassClick) -> Float32[np.ndarray, "3"]:
    height, width = encoding.size_hw
    if not (0 <= click.x <= width and 0 <= click.y <= height):
        raise InputError(f"the click at ({click.x:g}, {click.y:g}) is outside the {width}x{height} image")
    x, y = min(int(click.x), width - 1), min(int(click.y), height - 1)
    return np.array(read_region(encoding.data, (x, y, x + 1, y + 1))[0, 0], np.float32)


def _nearest_first(count: int, prompts: Prompts, options: Options) -> list[int]:
    clicks = of_kind(ClassClick, prompts.all, "blobs")
    y = clicks[-1].y if clicks else 0.0
    top, bottom = (options.view[1], options.view[3]) if options.view is not None else (y, y)

    def distances(number: int) -> tuple[float, float]:
        start, end = number * BAND, (number + 1) * BAND
        return max(top - end, start - bottom, 0.0), max(y - end, start - y, 0.0)

    return sorted(range(count), key=distances)


def _compared(image: ImageSource, number: int, colours: Colours) -> Band:
    height, width = size_of(image)
    rgb = read_region(image, (0, number * BAND, width, min((number + 1) * BAND, height))).astype(np.float32)
    smallest = np.full(rgb.shape[:2], REACH, np.float32)
    nearest = np.zeros(rgb.shape[:2], np.uint16)
    for index, (_, colour) in enumerate(colours, start=1):
        distance = np.linalg.norm(rgb - np.array(colour, np.float32), axis=2)
        nearest[distance < smallest] = index
        np.minimum(smallest, distance, out=smallest)
    return nearest


def _boxes(bands: Mapping[int, Band], colours: Colours, size_hw: tuple[int, int], lowest_score: float) -> BoxesAnswer:
    """Return the box of every blob; its confidence is the share of the box that the blob fills."""
    nearest = np.zeros(size_hw, np.uint16)
    for number, band in bands.items():
        nearest[number * BAND : number * BAND + len(band)] = band
    found: list[tuple[Box, float, int]] = []
    for class_id in sorted({class_id for class_id, _ in colours}):
        indices = [index for index, (each, _) in enumerate(colours, start=1) if each == class_id]
        found += [(box, score, class_id) for box, score in _blobs(np.isin(nearest, indices)) if score >= lowest_score]
    found.sort(key=lambda each: -each[1])
    boxes = np.array([box for box, _, _ in found], np.float64).reshape(-1, 5)
    scores = np.array([score for _, score, _ in found], np.float64)
    return BoxesAnswer.of(boxes, scores, np.array([class_id for _, _, class_id in found], np.int64))


def _blobs(mask: Bool[np.ndarray, "H W"]) -> list[tuple[Box, float]]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    found = []
    for x, y, width, height, area in stats[1:count].tolist():
        if area >= SMALLEST:
            box = oriented.from_upright(np.array([x, y, x + width, y + height], np.float64))
            found.append((box, area / (width * height)))
    return found
