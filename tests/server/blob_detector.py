"""A small real detector: boxes around all connected blobs whose colour is that of a click, in the clicked class."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.detections import Detections, Templates
from fewclicks.methods.detect.inference.prompts import check_clicks
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick

REACH = 40.0  # how far in RGB the colour of an object may be from that of a template


@dataclass(frozen=True)
class BlobDetector:
    """Without trained weights, but with the face of a `Detector`: a template is the colour that was clicked.

    `oriented` boxes are turned with their blob, others are upright.
    """

    oriented: bool = False
    name: str = "detect"
    weights: str = "blob-1"
    class_names: Mapping[int, str] = field(default_factory=dict)

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        return Encoding((image.shape[0], image.shape[1]), image.astype(np.float32), image.nbytes * 4)

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        check_clicks(clicks, encoding.size_hw, self.class_names or None)
        looked_for = _joined(self.templates(encoding, clicks), templates or {})
        rows = list(_blobs(encoding.data, looked_for, self.oriented)) if looked_for else []
        rows.sort(key=lambda row: -row[1])
        return Detections(
            np.array([box for box, _, _ in rows], np.float64).reshape(-1, 5),
            np.array([score for _, score, _ in rows], np.float64),
            np.array([class_id for _, _, class_id in rows], np.int64),
        )

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        height, width = encoding.size_hw
        colours: dict[int, list[Float32[np.ndarray, 3]]] = {}
        for click in clicks:
            if not (0 <= click.x <= width and 0 <= click.y <= height):
                raise InputError(f"the click at {click.x:g}, {click.y:g} is outside the image")
            at = encoding.data[min(int(click.y), height - 1), min(int(click.x), width - 1)]
            colours.setdefault(click.class_id, []).append(at)
        return {class_id: np.stack(rows) for class_id, rows in colours.items()}


def _joined(here: Templates, elsewhere: Templates) -> Templates:
    ids = sorted({*here, *elsewhere})
    return {i: np.concatenate([source[i] for source in (here, elsewhere) if i in source]) for i in ids}


def _blobs(
    image: Float32[np.ndarray, "H W 3"], templates: Templates, turned: bool
) -> Iterator[tuple[Float64[np.ndarray, "5"], float, int]]:
    """The box of every blob of four pixels or more, which part of it the blob fills, and the class of its colour."""
    colours = np.concatenate(list(templates.values()))
    owners = np.repeat(list(templates), [len(rows) for rows in templates.values()])
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
