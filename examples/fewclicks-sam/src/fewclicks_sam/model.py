"""Segment Anything (Kirillov et al. 2023) from an ONNX encoder and an ONNX decoder with low-resolution mask input."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32, UInt8

from fewclicks.answers import MOST_MASKS, MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, check_rgb, read_region, size_of
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, MaskPrompt, Prompt, Prompts

SIDE = 1024  # pixels of the encoder's input, longer side
MEAN, STD = np.array([123.675, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)
OUTSIDE, INSIDE, BOX_START, BOX_END, PADDING = 0, 1, 2, 3, -1  # labels of points
CERTAIN = 8.0  # logit of a mask that a person gave
INPUTS = {"image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"}
OUTPUTS = {"iou_predictions", "low_res_masks"}

Logits = Float32[np.ndarray, "g g"]
Round = tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The image embedding, and the size of the image within the encoder's square input."""

    embedding: Float32[np.ndarray, "1 C h w"]
    scaled_hw: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The logits of the best mask of one round, and the answer."""

    logits: Logits
    answer: MaskAnswer


@dataclass(frozen=True, slots=True, eq=False)
class Memo:
    """The rounds that were answered, and what came of each."""

    rounds: tuple[Round, ...]
    answered: tuple[Answered, ...]


class SamModel(Model[Embedded, MaskAnswer, Memo]):
    """Every round is decoded with all clicks so far and with the logits of the round before."""

    def __init__(self, encoder: Path, decoder: Path, threads: int = 0) -> None:
        """Raises InputError for a file that is not ONNX or has other inputs and outputs."""
        self._encoder, self._decoder = _open(encoder, threads), _open(decoder, threads)
        shape = self._encoder.get_inputs()[0].shape
        if len(shape) not in (3, 4):
            raise InputError(f"expected an encoder with an input of 3 or 4 dimensions, got {len(shape)}", encoder)
        self._takes_pixels = len(shape) == 3
        self._side = SIDE if self._takes_pixels or not isinstance(shape[2], int) else shape[2]
        _check_names(self._decoder, decoder)
        self._grid = _fixed(self._decoder, "mask_input", self._side // 4)
        self._info = ModelInfo("sam", "sam", f"sam-{_fingerprint(encoder, decoder)}")

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[Embedded]:
        """Scale the image to the encoder's input and embed it."""
        if isinstance(image, np.ndarray):
            check_rgb(image)
        height, width = size_of(image)
        scale = self._side / max(height, width)
        pixels = read_region(image, (0, 0, width, height), max(1, int(1 / scale)))
        scaled_hw = (int(height * scale + 0.5), int(width * scale + 0.5))
        pixels = cv2.resize(pixels, scaled_hw[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        feed = {self._encoder.get_inputs()[0].name: self._input(pixels)}
        embedding = self._encoder.run(None, feed)[0]
        return Encoding((height, width), Embedded(embedding, scaled_hw), embedding.nbytes)

    def respond(
        self,
        encoding: Encoding[Embedded],
        prompts: Prompts,
        previous: Response[MaskAnswer, Memo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, Memo]:
        """See `Model.respond`. Raises InputError without a prompt, and for a click or a box outside the image."""
        _check(prompts, encoding.size_hw)
        answered = _common(prompts.rounds, previous)
        for number in range(len(answered), len(prompts.rounds)):
            answered.append(self._answer(encoding, prompts.rounds[: number + 1], answered[-1] if answered else None))
        nbytes = sum(each.logits.nbytes + each.answer.nbytes for each in answered)
        return Response(answered[-1].answer, Memo(prompts.rounds, tuple(answered)), nbytes=nbytes)

    def _input(self, pixels: UInt8[np.ndarray, "h w 3"]) -> np.ndarray:
        """What the encoder takes: the pixels, or a normalised square, zero to the right and below."""
        if self._takes_pixels:
            return pixels.astype(np.float32)
        square = np.zeros((1, 3, self._side, self._side), np.float32)
        square[0, :, : pixels.shape[0], : pixels.shape[1]] = ((pixels - MEAN) / STD).transpose(2, 0, 1)
        return square

    def _answer(self, encoding: Encoding[Embedded], rounds: tuple[Round, ...], before: Answered | None) -> Answered:
        image, drawn = encoding.data, [each for each in rounds[-1] if isinstance(each, MaskPrompt)]
        logits = before.logits if before is not None else None
        if drawn:
            logits = self._as_logits(drawn[-1].mask, image)
            if len(drawn) == len(rounds[-1]):
                return Answered(logits, MaskAnswer.of(drawn[-1].mask))
        points, labels = _points([prompt for each in rounds for prompt in each])
        scale = np.array(image.scaled_hw[::-1]) / np.array(encoding.size_hw[::-1])
        feeds = {
            "image_embeddings": image.embedding,
            "point_coords": (points * scale).astype(np.float32)[None],
            "point_labels": labels[None],
            "mask_input": np.zeros((1, 1, self._grid, self._grid), np.float32)
            if logits is None
            else logits[None, None],
            "has_mask_input": np.array([0 if logits is None else 1], np.float32),
            "orig_im_size": np.array(encoding.size_hw, np.float32),
        }
        ious, masks = self._decoder.run(["iou_predictions", "low_res_masks"], feeds)
        chosen = _best(ious[0], is_ambiguous=logits is None and len(points) == 2)
        found = tuple(self._mask(masks[0, index], image, encoding.size_hw) for index in chosen)
        return Answered(masks[0, chosen[0]], MaskAnswer(found, tuple(float(ious[0, index]) for index in chosen)))

    def _mask(self, logits: Logits, image: Embedded, size_hw: tuple[int, int]) -> Mask:
        """The logits above 0, at the size of the image.

        The decoder's own output `masks` is not used: its size is fixed in files that were traced with another image.
        """
        square = cv2.resize(logits, (self._side, self._side), interpolation=cv2.INTER_LINEAR)
        inside = square[: image.scaled_hw[0], : image.scaled_hw[1]]
        return Mask.from_full(cv2.resize(inside, size_hw[::-1], interpolation=cv2.INTER_LINEAR) > 0)

    def _as_logits(self, mask: Mask, image: Embedded) -> Logits:
        square = np.full((self._side, self._side), -CERTAIN, np.float32)
        full = np.where(mask.full(), CERTAIN, -CERTAIN).astype(np.float32)
        inside = cv2.resize(full, image.scaled_hw[::-1], interpolation=cv2.INTER_AREA)
        square[: image.scaled_hw[0], : image.scaled_hw[1]] = inside
        return cv2.resize(square, (self._grid, self._grid), interpolation=cv2.INTER_AREA)


def open_sam(files: Files, resources: Resources) -> SamModel:
    """The model of an encoder and a decoder. Raises InputError."""
    return SamModel(files[".encoder.onnx"], files[".decoder.onnx"], resources.threads)


def _check(prompts: Prompts, size_hw: tuple[int, int]) -> None:
    height, width = size_hw
    if not prompts.all:
        raise InputError("expected a click, a box, extreme points or a mask, got nothing")
    for prompt in prompts.all:
        if not isinstance(prompt, Click | BoxPrompt | ExtremePoints | MaskPrompt):
            raise InputError(f"sam takes clicks, boxes, extreme points and masks, not a {prompt.kind}")
        if isinstance(prompt, Click) and not (0 <= prompt.x <= width and 0 <= prompt.y <= height):
            raise InputError(f"the click at ({prompt.x:g}, {prompt.y:g}) is outside the {width}x{height} image")
        if isinstance(prompt, MaskPrompt) and prompt.mask.size_hw != size_hw:
            raise InputError(f"the mask is for an image of {prompt.mask.size_hw}, this one is {size_hw}")
    if all(isinstance(prompt, Click) and not prompt.adds for prompt in prompts.all):
        raise InputError("an object needs a click on it, a box or a mask before a click that removes")


def _points(prompts: list[Prompt]) -> tuple[np.ndarray, np.ndarray]:
    """All clicks and box corners in image pixels with their labels; a padding point in place of a box."""
    points: list[tuple[float, float]] = []
    labels: list[int] = []
    for prompt in prompts:
        if isinstance(prompt, Click):
            points.append((prompt.x, prompt.y))
            labels.append(INSIDE if prompt.adds else OUTSIDE)
    boxes = [prompt.xyxy for prompt in prompts if isinstance(prompt, BoxPrompt | ExtremePoints)]
    if boxes:
        x0, y0, x1, y1 = boxes[-1]
        points, labels = [*points, (x0, y0), (x1, y1)], [*labels, BOX_START, BOX_END]
    else:
        points, labels = [*points, (0.0, 0.0)], [*labels, PADDING]
    return np.array(points, float), np.array(labels, np.float32)


def _best(ious: Float32[np.ndarray, "M"], is_ambiguous: bool) -> list[int]:
    """The masks to answer with, best first. Of four, the first is meant for clear prompts, the others for one click."""
    order = [int(index) for index in np.argsort(-ious, kind="stable")]
    if len(ious) <= MOST_MASKS:
        return order
    return [index for index in order if index > 0][:MOST_MASKS] if is_ambiguous else [0]


def _common(rounds: tuple[Round, ...], previous: Response[MaskAnswer, Memo] | None) -> list[Answered]:
    """What the first of `rounds` came to, as far as `previous` had the same ones."""
    if previous is None or previous.memo is None:
        return []
    memo, same = previous.memo, 0
    while same < min(len(rounds), len(memo.rounds)) and rounds[same] == memo.rounds[same]:
        same += 1
    return list(memo.answered[:same])


def _open(path: Path, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors have no public base class
        raise InputError("this is not an ONNX file that can be loaded", path) from error


def _check_names(decoder: onnxruntime.InferenceSession, path: Path) -> None:
    inputs, outputs = ({each.name for each in side} for side in (decoder.get_inputs(), decoder.get_outputs()))
    missing = sorted((INPUTS - inputs) | (OUTPUTS - outputs))
    if missing:
        raise InputError(f"this is not a decoder of Segment Anything: it lacks {', '.join(missing)}", path)


def _fixed(session: onnxruntime.InferenceSession, name: str, default: int) -> int:
    """The last dimension of an input where it is fixed."""
    size = next(each.shape[-1] for each in session.get_inputs() if each.name == name)
    return size if isinstance(size, int) else default


def _fingerprint(*paths: Path) -> str:
    digest = blake2b(digest_size=4)
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()
