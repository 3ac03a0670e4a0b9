"""`regions` at run time: extreme points of all regions, then scribbles, give a partition. ONNX Runtime, no torch."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8, UInt16

from fewclicks.errors import InputError, ModelError
from fewclicks.images.source import RegionReader
from fewclicks.methods.protocol import Encoding
from fewclicks.methods.regions.inference.partition import (
    Opinion,
    Partition,
    RegionAnswer,
    compete,
    pixels_of,
    with_strokes,
)
from fewclicks.methods.regions.inference.prompts import (
    GRID,
    Question,
    RegionPrompts,
    annotation_maps,
    head_prompts,
    questions_about,
    regions_of,
)
from fewclicks.methods.shared.encoded_image import EncodedImage, encode_image
from fewclicks.methods.shared.onnx_files import open_onnx
from fewclicks.methods.shared.windows import crop_image
from fewclicks.prompts import ExtremePoints, History, Scribble

MOST_REGIONS = 1000
MOST_PIXELS = 100_000_000  # a partition is about every pixel of the image
AT_ONCE = 8  # regions that the head reads together; more at once is no faster and takes memory


@dataclass(frozen=True, slots=True)
class Traits:
    """What a weights file says of itself, in its ONNX metadata under "fewclicks"."""

    weights: str
    loss: str
    shared: bool


class RegionsAssist:
    """The model of full-image-scribbles (Sec. 3) for one set of weights."""

    name = "regions"

    def __init__(self, model: Path, threads: int = 0, shared: bool | None = None) -> None:
        """Load the head `model` (its eight-bit copy NAME.int8.onnx, if there is one) and NAME.encoder.onnx beside it.

        `threads` 0 uses all cores. Raises InputError.

        shared: whether the head sees the annotations of other regions; None: as it was trained.
        """
        copy = model.with_suffix(".int8.onnx")
        self._head, self.traits = _open(copy if copy.exists() else model, threads)
        self._encoder, _ = _open(model.with_suffix(".encoder.onnx"), threads)
        self.weights = self.traits.weights
        self._shared = self.traits.shared if shared is None else shared

    @classmethod
    def shipped(cls, shared: bool | None = None) -> "RegionsAssist":
        """The weights that come in the package."""
        return cls(Path(str(resources.files("fewclicks.methods") / "weights")) / "regions.onnx", shared=shared)

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        """Read an RGB image once."""
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
            raise InputError(f"expected an RGB image [H, W, 3] of uint8, got {image.dtype} {list(image.shape)}")
        encoded = encode_image(self._encoder, image)
        return Encoding((image.shape[0], image.shape[1]), encoded, encoded.nbytes)

    def encode_large(self, image: RegionReader) -> Encoding:
        """As `encode`, for an image of at most MOST_PIXELS. Raises ModelError for a larger one."""
        height, width = image.size_hw
        if height * width > MOST_PIXELS:
            limit = f"of at most {MOST_PIXELS // 1_000_000} million pixels; this one is {width}x{height}"
            raise ModelError(f"regions are made of whole images, {limit}")
        encoded = encode_image(self._encoder, image)
        return Encoding(image.size_hw, encoded, encoded.nbytes)

    def respond(
        self,
        encoding: Encoding,
        history: History,
        previous: Partition | None = None,
        base: Partition | None = None,
    ) -> Partition:
        """The partition for all extreme points and scribbles so far.

        `previous` is an earlier answer for the same image: regions whose question has not changed are not asked
        about again. The result is the same without it.
        `base` holds regions that have masks already (from a file, or drawn). They take part as if their extreme
        points had been clicked, and keep their pixels but for those where the history changes the model's opinion.
        Raises InputError for a history that makes no sense (see `regions_of`).
        """
        size_hw = encoding.size_hw
        start = base_history(base) if base is not None else ()
        regions = regions_of((*start, *history), size_hw)
        if len(regions) > MOST_REGIONS:
            raise InputError(f"{len(regions)} regions in one image are more than the {MOST_REGIONS} that are possible")
        before = previous if previous is not None and previous.size_hw == size_hw else None
        opinion = self._opinion(encoding, regions, before.opinion if before else None)
        labels, at_first = opinion.labels, None
        if base is not None and start:
            at_first = self._opinion(encoding, regions_of(start, size_hw), before.at_first if before else None)
            # Its regions come first in the opinion, too, in the same order: equal numbers are the same region.
            labels = np.where(labels != at_first.labels, labels, base.renumbered(tuple(regions)))
        strokes = [step for step in history if isinstance(step, Scribble)]
        return Partition(tuple(regions), with_strokes(labels, strokes, regions), opinion, at_first)

    def _opinion(self, encoding: Encoding, regions: Mapping[str, RegionPrompts], before: Opinion | None) -> Opinion:
        answers = self._answers(encoding.data, regions, before.answers if before else {})
        return Opinion(answers, _pasted(before, answers, encoding.size_hw))

    def _answers(
        self, encoded: EncodedImage, regions: Mapping[str, RegionPrompts], kept: Mapping[str, RegionAnswer]
    ) -> dict[str, RegionAnswer]:
        answers: dict[str, RegionAnswer] = {}
        asked: list[tuple[str, Question]] = []
        for name, question in questions_about(regions).items():
            known = kept.get(name)
            if known is not None and known.question == question:
                answers[name] = known
            else:
                asked.append((name, question))
        for start in range(0, len(asked), AT_ONCE):
            batch = asked[start : start + AT_ONCE]
            logits = self._logits(encoded, [question for _, question in batch])
            answers |= {name: RegionAnswer(q, answer) for (name, q), answer in zip(batch, logits, strict=True)}
        return {name: answers[name] for name in regions}

    def _logits(self, encoded: EncodedImage, questions: Sequence[Question]) -> Float32[np.ndarray, "N G G"]:
        windows = [question.window for question in questions]
        rgb = np.stack([crop_image(encoded.image, window, GRID) for window in windows])
        prompts = [
            head_prompts(annotation_maps(question), pixels, self._shared)
            for question, pixels in zip(questions, rgb, strict=True)
        ]
        rois = encoded.rois(windows)
        feeds = {"features": encoded.features, "windows": rois, "rgb": rgb, "prompts": np.stack(prompts)}
        (out,) = self._head.run(None, feeds)
        return out[:, 0]


def base_history(base: Partition) -> tuple[ExtremePoints, ...]:
    """The extreme points of the regions of `base` that have an area to click on."""
    masks = ((name, base.mask(name)) for name in base.regions)
    return tuple(ExtremePoints(mask.extreme_points(), name) for name, mask in masks if mask.area)


def _pasted(
    before: Opinion | None, answers: Mapping[str, RegionAnswer], size_hw: tuple[int, int]
) -> UInt16[np.ndarray, "H W"]:
    """Who wins each pixel; where no answer is another one than `before`, that is known."""
    if before is None or tuple(before.answers) != tuple(answers):
        return compete(answers, size_hw, (0, 0, size_hw[1], size_hw[0]))
    changed = [name for name, answer in answers.items() if answer is not before.answers[name]]
    if not changed:
        return before.labels
    corners = np.array([side.question.xyxy for name in changed for side in (before.answers[name], answers[name])])
    low, high = corners[:, :2].min(0), corners[:, 2:].max(0)
    x0, y0, x1, y1 = pixels_of((float(low[0]), float(low[1]), float(high[0]), float(high[1])), size_hw)
    labels = before.labels.copy()
    labels[y0:y1, x0:x1] = compete(answers, size_hw, (x0, y0, x1, y1))
    return labels


def _open(model: Path, threads: int) -> tuple[onnxruntime.InferenceSession, Traits]:
    session = open_onnx(model, threads)
    try:
        traits = Traits(**json.loads(session.get_modelmeta().custom_metadata_map["fewclicks"]))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"not a regions model of fewclicks ({type(error).__name__})", model) from error
    return session, traits
