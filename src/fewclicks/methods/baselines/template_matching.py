"""Normalised template matching: what labelling tools without a trained model offer to find objects like an example."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float32, Float64, UInt8

from fewclicks.answers import BoxesAnswer
from fewclicks.errors import InputError
from fewclicks.geometry import oriented
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.methods.shared.prompt_kinds import of_kind
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, Prompts

LEAST_CORRELATION = 0.3
MOST_PEAKS = 100  # of one template
NMS_IOU = 0.3
SMALLEST_SIDE = 3  # pixels of a template
FLAT = 1e-3  # standard deviation below which a template cannot be correlated

Pixels = UInt8[np.ndarray, "H W *channels"]
INFO = ModelInfo(
    "baselines", "template-matching", f"OpenCV {cv2.__version__}", details={"variant": "template-matching"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The boxes that look like one example, and their correlation with it, 0..1."""

    boxes: Float64[np.ndarray, "K 5"]
    scores: Float64[np.ndarray, "K"]

    @property
    def nbytes(self) -> int:
        return self.boxes.nbytes + self.scores.nbytes


FoundBy = Mapping[BoxPrompt, Found]


class TemplateMatching(Model[Pixels, BoxesAnswer, FoundBy]):
    """Zero-mean normalised cross-correlation (OpenCV's TM_CCOEFF_NORMED) of example boxes with their image.

    The boxes have the size of the example; there is no search over scales or rotations.
    """

    @property
    def info(self) -> ModelInfo:
        return INFO

    def encode(self, image: ImageSource) -> Encoding[Pixels]:
        """See `Model.encode`. Of a grey image one channel is kept, which correlates equally in a fifth of the time."""
        height, width = size_hw = size_of(image)
        pixels = read_region(image, (0, 0, width, height))
        grey = bool((pixels == pixels[..., :1]).all())
        kept = np.ascontiguousarray(pixels[..., 0]) if grey else pixels
        return Encoding(size_hw, kept, kept.nbytes if grey else 0)

    def respond(
        self,
        encoding: Encoding[Pixels],
        prompts: Prompts,
        previous: Response[BoxesAnswer, FoundBy] | None = None,
        options: Options = COMPLETE,
    ) -> Response[BoxesAnswer, FoundBy]:
        """Return boxes where an example correlates best, in the class of the example, scored by the correlation.

        Raises InputError for a box without a class or outside the image. Examples from other images are not used.
        """
        boxes = of_kind(BoxPrompt, prompts.all, INFO.role)
        for box in boxes:
            _check(box, encoding.size_hw)
        known = previous.memo if previous is not None and previous.memo is not None else {}
        found = {box: known[box] if box in known else _like(encoding.data, box) for box in boxes}
        answer = _joined(found)
        answer = answer.where(answer.scores >= options.lowest_score)
        return Response(answer, found, nbytes=answer.nbytes + sum(each.nbytes for each in found.values()))


def open_template_matching(files: Files, resources: Resources) -> TemplateMatching:
    """Open the baseline, which has no files."""
    return TemplateMatching()


def _check(box: BoxPrompt, size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    place = f"the box ({box.x0:g}, {box.y0:g}, {box.x1:g}, {box.y1:g})"
    if box.class_id is None:
        raise InputError(f"{place} has no class; add one")
    if not (box.x1 >= 0 and box.x0 <= width and box.y1 >= 0 and box.y0 <= height):  # also True for NaN
        raise InputError(f"{place} is outside the {width}x{height} image; move it inside")


def _joined(found: FoundBy) -> BoxesAnswer:
    boxes = np.concatenate([np.zeros((0, 5)), *(each.boxes for each in found.values())])
    scores = np.concatenate([np.zeros(0), *(each.scores for each in found.values())])
    counts = [len(each.scores) for each in found.values()]
    class_ids = np.repeat([box.class_id for box in found], counts).astype(np.int64)
    kept = oriented.nms(boxes, scores, NMS_IOU, class_ids)
    return BoxesAnswer.of(boxes[kept], scores[kept], class_ids[kept])


def _like(image: Pixels, box: BoxPrompt) -> Found:
    """Return what looks like the content of the box; the box alone when it is too small or flat to correlate."""
    example = oriented.from_upright(np.array([box.xyxy], np.float64))
    height, width = image.shape[:2]
    x0, y0, x1, y1 = np.clip(np.rint(oriented.enclosing(example)[0]), 0, [width, height] * 2).astype(int)
    template = image[y0:y1, x0:x1]
    if min(template.shape[:2]) < SMALLEST_SIDE or template.std() < FLAT:
        return Found(example, np.ones(1))
    places, scores = _peaks(cv2.matchTemplate(image, template, cv2.TM_CCOEFF_NORMED))
    boxes = np.repeat(example, len(places), axis=0)
    boxes[:, :2] += places - (x0, y0)
    return Found(boxes, scores)


def _peaks(correlation: Float32[np.ndarray, "h w"]) -> tuple[Float64[np.ndarray, "K 2"], Float64[np.ndarray, "K"]]:
    """Return x, y and value of the highest local maxima, highest first."""
    around = cv2.dilate(correlation, np.ones((3, 3), np.uint8))
    ys, xs = np.nonzero((correlation == around) & (correlation >= LEAST_CORRELATION))
    values = correlation[ys, xs]
    best = np.argsort(-values, kind="stable")[:MOST_PEAKS]
    places = np.stack([xs[best], ys[best]], axis=1).astype(np.float64)
    return places, np.clip(values[best], 0, 1).astype(np.float64)
