"""Boxes around connected pixels whose colour is near that of a click, in the class of the click."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float32, UInt16

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.images.source import ImageSource, check_rgb, read_region, size_of
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import ClassClick, Example, Prompt, Prompts

REACH = 40.0  # how far apart in RGB two colours may be and still count as the same
SMALLEST = 4  # pixels of a blob
BAND = 256  # rows of the image that are compared at a time

Colours = tuple[tuple[int, tuple[float, ...]], ...]  # class and colour of every click and example


@dataclass(frozen=True, slots=True, eq=False)
class Memo:
    """For these colours, which colour each compared band of the image has: 0 for none, k for the k-th."""

    colours: Colours
    bands: Mapping[int, UInt16[np.ndarray, "h W"]]


class BlobsModel(Model[ImageSource, BoxesAnswer, Memo]):
    """Answers in parts: the image is compared band by band."""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("blobs", "blobs", "blobs-1")

    def encode(self, image: ImageSource) -> Encoding[ImageSource]:
        """Nothing is computed ahead; the image is read band by band."""
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
        """See `Model.respond`. The bands nearest to the last click come first. Raises InputError."""
        examples = (*prompts.examples, *self.examples(encoding, prompts.all))
        colours: Colours = tuple((each.class_id, tuple(each.arrays[0].tolist())) for each in examples)
        memo = previous.memo if previous is not None else None
        bands = dict(memo.bands) if memo is not None and memo.colours == colours else {}
        count, started = -(-encoding.size_hw[0] // BAND), time.perf_counter()
        for number in _nearest_first(count, prompts):
            if number not in bands:
                bands[number] = _compared(encoding.data, number, colours)
                if options.seconds is not None and time.perf_counter() - started >= options.seconds:
                    break
        answer = _boxes(bands, colours, encoding.size_hw, options.lowest_score)
        nbytes = answer.nbytes + sum(band.nbytes for band in bands.values())
        return Response(answer, Memo(colours, bands), len(bands) / count, nbytes)

    def examples(self, encoding: Encoding[ImageSource], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        """The colour under each click."""
        return tuple(self._example(encoding, prompt) for prompt in prompts)

    def _example(self, encoding: Encoding[ImageSource], prompt: Prompt) -> Example:
        height, width = encoding.size_hw
        if not isinstance(prompt, ClassClick):
            raise InputError(f"blobs takes class clicks, not a {prompt.kind}")
        if not (0 <= prompt.x <= width and 0 <= prompt.y <= height):
            raise InputError(f"the click at ({prompt.x:g}, {prompt.y:g}) is outside the {width}x{height} image")
        x, y = min(int(prompt.x), width - 1), min(int(prompt.y), height - 1)
        colour = read_region(encoding.data, (x, y, x + 1, y + 1))[0, 0].astype(np.float32)
        return Example(prompt.class_id, self.info.version, (colour,))


def open_blobs(files: Files, resources: Resources) -> BlobsModel:
    """The model has no files."""
    return BlobsModel()


def _nearest_first(count: int, prompts: Prompts) -> list[int]:
    clicks = [prompt for prompt in prompts.all if isinstance(prompt, ClassClick)]
    row = clicks[-1].y / BAND if clicks else 0.0
    return sorted(range(count), key=lambda number: abs(number + 0.5 - row))


def _compared(image: ImageSource, number: int, colours: Colours) -> UInt16[np.ndarray, "h W"]:
    height, width = size_of(image)
    rgb = read_region(image, (0, number * BAND, width, min((number + 1) * BAND, height))).astype(np.float32)
    nearest = np.full(rgb.shape[:2], REACH, np.float32)
    found = np.zeros(rgb.shape[:2], np.uint16)
    for index, (_, colour) in enumerate(colours, start=1):
        distance: Float32[np.ndarray, "h W"] = np.linalg.norm(rgb - np.array(colour, np.float32), axis=2)
        found[distance < nearest] = index
        np.minimum(nearest, distance, out=nearest)
    return found


def _boxes(
    bands: Mapping[int, UInt16[np.ndarray, "h W"]], colours: Colours, size_hw: tuple[int, int], lowest_score: float
) -> BoxesAnswer:
    """The box of every blob; its confidence is the share of the box that the blob fills."""
    found = np.zeros(size_hw, np.uint16)
    for number, band in bands.items():
        found[number * BAND : number * BAND + len(band)] = band
    rows = []
    for class_id in sorted({class_id for class_id, _ in colours}):
        own = [index for index, (each, _) in enumerate(colours, start=1) if each == class_id]
        rows += [(box, score, class_id) for box, score in _blobs(np.isin(found, own)) if score >= lowest_score]
    rows.sort(key=lambda row: -row[1])
    boxes = np.array([box for box, _, _ in rows], np.float64).reshape(-1, 5)
    scores = np.array([score for _, score, _ in rows], np.float64)
    return BoxesAnswer.of(boxes, scores, np.array([class_id for _, _, class_id in rows], np.int64))


def _blobs(mask: Bool[np.ndarray, "H W"]) -> list[tuple[np.ndarray, float]]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    found = []
    for x, y, width, height, area in stats[1:count].tolist():
        if area >= SMALLEST:
            box = oriented.from_upright(np.array([x, y, x + width, y + height], np.float64))
            found.append((box, area / (width * height)))
    return found
