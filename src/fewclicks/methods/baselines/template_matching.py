"""Normalised template matching as a detector, to be measured beside the learned one: what labelling tools without a
model offer to find things like the one that was marked.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from fewclicks.geometry import oriented
from fewclicks.methods.detect.inference.detections import Detections, Templates
from fewclicks.methods.detect.inference.passthrough import contains
from fewclicks.methods.detect.inference.prompts import check_clicks
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick

LEAST_CORRELATION = 0.3
MOST_PEAKS = 100  # of one template
NMS_IOU = 0.3
SMALLEST_SIDE = 3  # pixels of a template
FLAT = 1e-3  # standard deviation below which a template correlates with nothing


class TemplateMatching:
    """Zero-mean normalised cross-correlation (OpenCV's TM_CCOEFF_NORMED) of the clicked objects with the image.

    Tools that do this ask for a box around the example. A click has no size, so this detector is given `boxes`, the
    true boxes of its one image (cx, cy, w, h, angle), and takes the smallest that contains the click: more than a click
    says. What is found has the size and angle of the example; there is no search over scales or turns.
    """

    name = "template-matching"
    weights = f"OpenCV {cv2.__version__}"
    class_names: Mapping[int, str] = MappingProxyType({})

    def __init__(self, boxes: Float64[np.ndarray, "N 5"]) -> None:
        self.boxes = boxes

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        grey = (image == image[..., :1]).all()  # one channel says as much then, in a fifth of the time
        pixels = np.ascontiguousarray(image[..., 0]) if grey else image
        return Encoding((image.shape[0], image.shape[1]), pixels, pixels.nbytes if grey else 0)

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        """Boxes where a clicked object correlates best, scored by the correlation. `templates` are not used."""
        check_clicks(clicks, encoding.size_hw, None)
        known = previous.kept if previous is not None else {}
        found = {click: known.get(click) or self._like(encoding.data, click) for click in clicks}
        boxes = np.concatenate([np.zeros((0, 5)), *(each for each, _ in found.values())])
        scores = np.concatenate([np.zeros(0), *(each for _, each in found.values())])
        class_ids = np.repeat([click.class_id for click in found], [len(each) for _, each in found.values()])
        class_ids = class_ids.astype(np.int64)
        stays = oriented.nms(boxes, scores, NMS_IOU, class_ids)
        return Detections(boxes[stays], scores[stays], class_ids[stays], kept=found)

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        """None: what is compared here are pixels of one image."""
        return {}

    def _like(
        self, image: UInt8[np.ndarray, "H W *channels"], click: ClassClick
    ) -> tuple[Float64[np.ndarray, "K 5"], Float64[np.ndarray, "K"]]:
        """Boxes of what looks like the object at the click, and how much, 0..1."""
        own = self.boxes[contains(self.boxes, click.x, click.y)]
        if not len(own):
            return np.zeros((0, 5)), np.zeros(0)
        example = own[[oriented.area(own).argmin()]]
        height, width = image.shape[:2]
        x0, y0, x1, y1 = np.clip(np.rint(oriented.enclosing(example)[0]), 0, [width, height] * 2).astype(int)
        template = image[y0:y1, x0:x1]
        if min(template.shape[:2]) < SMALLEST_SIDE or template.std() < FLAT:
            return example, np.ones(1)
        places, scores = _peaks(cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED))
        boxes = np.repeat(example, len(places), axis=0)
        boxes[:, :2] += places - (x0, y0)
        return boxes, scores


def _peaks(correlation: Float32[np.ndarray, "h w"]) -> tuple[Float64[np.ndarray, "K 2"], Float64[np.ndarray, "K"]]:
    """x, y and value of the highest local maxima, highest first."""
    around = cv2.dilate(correlation, np.ones((3, 3), np.uint8))
    ys, xs = np.nonzero((correlation == around) & (correlation >= LEAST_CORRELATION))
    values = correlation[ys, xs]
    best = np.argsort(-values, kind="stable")[:MOST_PEAKS]
    places = np.stack([xs[best], ys[best]], axis=1).astype(np.float64)
    return places, np.clip(values[best], 0, 1).astype(np.float64)
