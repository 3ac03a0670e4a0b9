"""A small real detector: boxes around all connected blobs whose colour is that of a click, in the clicked class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float32, Float64

from fewclicks.answers import BoxesAnswer
from fewclicks.geometry import oriented
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.methods.detect.inference.prompts import checked_clicks, templates_of
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Example, Prompt, Prompts

REACH = 40.0  # how far in RGB the colour of an object may be from that of an example

Pixels = Float32[np.ndarray, "H W 3"]
Colours = Mapping[int, Float32[np.ndarray, "K 3"]]


@dataclass(frozen=True)
class BlobDetector(Model[Pixels, BoxesAnswer, None]):
    """Without trained weights: an example is the colour that was clicked.

    `oriented` boxes are rotated with their blob, others are upright.
    """

    oriented: bool = False
    weights: str = "blob-1"
    class_names: Mapping[int, str] = field(default_factory=dict)

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("detect", "detect", self.weights, self.class_names)

    def encode(self, image: ImageSource) -> Encoding[Pixels]:
        height, width = size_hw = size_of(image)
        pixels = read_region(image, (0, 0, width, height)).astype(np.float32)
        return Encoding(size_hw, pixels, pixels.nbytes)

    def respond(
        self,
        encoding: Encoding[Pixels],
        prompts: Prompts,
        previous: Response[BoxesAnswer, None] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, None]:
        here = self.examples(encoding, prompts.all)
        wanted = templates_of((*here, *prompts.examples), self.info)
        rows = list(_blobs(encoding.data, wanted, self.oriented)) if wanted else []
        rows.sort(key=lambda row: -row[1])
        answer = BoxesAnswer.of(
            np.array([box for box, _, _ in rows], np.float64).reshape(-1, 5),
            np.array([score for _, score, _ in rows], np.float64),
            np.array([class_id for _, _, class_id in rows], np.int64),
            self.oriented,
        )
        return Response(answer, nbytes=answer.nbytes)

    def examples(self, encoding: Encoding[Pixels], prompts: Sequence[Prompt]) -> tuple[Example, ...]:
        clicks, (height, width) = checked_clicks(prompts, encoding.size_hw, self.info), encoding.size_hw
        colours = [encoding.data[min(int(click.y), height - 1), min(int(click.x), width - 1)] for click in clicks]
        return tuple(
            Example(click.class_id, self.weights, (colour,)) for click, colour in zip(clicks, colours, strict=True)
        )


def _blobs(
    image: Float32[np.ndarray, "H W 3"], wanted: Colours, turned: bool
) -> Iterator[tuple[Float64[np.ndarray, "5"], float, int]]:
    """The box of every blob of four pixels or more, which part of it the blob fills, and the class of its colour."""
    colours = np.concatenate(list(wanted.values()))
    owners = np.repeat(list(wanted), [len(rows) for rows in wanted.values()])
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
