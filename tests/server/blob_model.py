"""A small real model of the task `boxes`: boxes around connected blobs whose colour is that of a click."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, ClassClick, Example, Prompt, Prompts

REACH = 40.0  # how far in RGB the colour of an object may be from that of an example

Pixels = Float32[np.ndarray, "H W 3"]
BlobResponse = Response[BoxesAnswer, None]


@dataclass(frozen=True)
class BlobModel(Model[Pixels, BoxesAnswer, None]):
    """Without trained weights: an example is the colour that was clicked, or that in the middle of a box.

    `oriented` boxes are turned with their blob, others are upright. `classes`: those that it knows, all if there are
    none.
    """

    oriented: bool = False
    version: str = "blob-1"
    classes: Mapping[int, str] = field(default_factory=dict)

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("detect", "detect", self.version, self.classes)

    def encode(self, image: ImageSource) -> Encoding[Pixels]:
        height, width = size_of(image)
        pixels = read_region(image, (0, 0, width, height)).astype(np.float32)
        return Encoding((height, width), pixels, pixels.nbytes)

    def respond(
        self,
        encoding: Encoding[Pixels],
        prompts: Prompts,
        previous: BlobResponse | None = None,
        options: Options = COMPLETE,
    ) -> BlobResponse:
        examples = (*self.examples(encoding, prompts.all), *prompts.examples)
        rows = list(_blobs(encoding.data, examples, self.oriented)) if examples else []
        rows.sort(key=lambda row: -row[1])
        answer = BoxesAnswer.of(
            np.array([box for box, _, _ in rows], np.float64).reshape(-1, 5),
            np.array([score for _, score, _ in rows], np.float64),
            np.array([class_id for _, _, class_id in rows], np.int64),
            self.oriented,
        )
        return Response(answer, nbytes=answer.nbytes)

    def examples(self, encoding: Encoding[Pixels], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        return tuple(self._example(encoding, prompt) for prompt in prompts)

    def _example(self, encoding: Encoding[Pixels], prompt: Prompt) -> Example:
        height, width = encoding.size_hw
        if isinstance(prompt, BoxPrompt) and prompt.class_id is not None:
            prompt = ClassClick((prompt.x0 + prompt.x1) / 2, (prompt.y0 + prompt.y1) / 2, prompt.class_id)
        if not isinstance(prompt, ClassClick):
            raise InputError(f"expected class clicks, got a {prompt.kind}")
        if not (0 <= prompt.x <= width and 0 <= prompt.y <= height):
            raise InputError(f"the click at {prompt.x:g}, {prompt.y:g} is outside the image")
        if self.classes and prompt.class_id not in self.classes:
            raise InputError(f"the class {prompt.class_id} is not known")
        colour = encoding.data[min(int(prompt.y), height - 1), min(int(prompt.x), width - 1)]
        return Example(prompt.class_id, self.version, (colour,))


def _blobs(
    image: Pixels, examples: Sequence[Example], turned: bool
) -> Iterator[tuple[Float64[np.ndarray, "5"], float, int]]:
    """The box of every blob of four pixels or more, which part of it the blob fills, and the class of its colour."""
    colours = np.stack([example.arrays[0] for example in examples])
    owners = np.array([example.class_id for example in examples])
    mask = np.min([np.linalg.norm(image - colour, axis=2) for colour in colours], axis=0) < REACH
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    for number in range(1, count):
        x, y, w, h, area = (int(value) for value in stats[number])
        if area < 4:
            continue
        own = labels[y : y + h, x : x + w] == number
        mean = image[y : y + h, x : x + w][own].mean(0)
        class_id = int(owners[np.linalg.norm(colours - mean, axis=1).argmin()])
        box = oriented.from_upright(np.array([x, y, x + w, y + h], np.float64))
        if turned:
            rows, columns = np.nonzero(own)
            ends = [np.stack([columns + dx, rows + dy], axis=1) for dx in (0, 1) for dy in (0, 1)]
            box = oriented.from_points(np.concatenate(ends).astype(np.float64) + np.array([x, y]))
        yield box, min(area / float(box[2] * box[3]), 1.0), class_id
