"""Segment Anything (Kirillov et al. 2023) from an ONNX encoder and an ONNX decoder with low-resolution mask input."""

from dataclasses import dataclass
from hashlib import blake2b, file_digest
from itertools import takewhile
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from jaxtyping import Float32, Float64, UInt8

from fewclicks.answers import MOST_MASKS, MaskAnswer
from fewclicks.errors import InputError, ModelError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, check_rgb, read_region, size_of
from fewclicks.methods.shared.object_prompts import ObjectPrompts, Round
from fewclicks.methods.shared.onnx_files import open_onnx
from fewclicks.methods.shared.prompt_kinds import check_kinds
from fewclicks.methods.shared.rounds import NO_OTHER_MASK, turns_after
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import MaskPrompt, Prompts
from fewclicks_sam import SAM

MOST_PIXELS = 100_000_000  # of an image: logits at its size take 400 MB
SIDE = 1024  # pixels of the longer side of the encoder's input
MEAN, STD = np.array([123.675, 116.28, 103.53], np.float32), np.array([58.395, 57.12, 57.375], np.float32)
REMOVES, ADDS, BOX_START, BOX_END, PADDING = 0, 1, 2, 3, -1  # labels of points
CERTAIN = 8.0  # logit of a mask that a person gave
INPUTS = {"image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"}
OUTPUTS = {"iou_predictions", "low_res_masks"}

Logits = Float32[np.ndarray, "g g"]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """The image embedding, and the size of the scaled image within the encoder's square input."""

    embedding: Float32[np.ndarray, "1 C h w"]
    scaled_hw: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """The answer to one round, and the logits of its masks; the next round starts from those of the first one."""

    answer: MaskAnswer
    logits: tuple[Logits, ...]

    def turned(self) -> "Answered":
        """Return the same masks with the next one first. Raises InputError if there is only one."""
        if len(self.logits) == 1:
            raise InputError(NO_OTHER_MASK)
        masks, ious = self.answer.masks, self.answer.predicted_ious
        return Answered(MaskAnswer((*masks[1:], masks[0]), (*ious[1:], ious[0])), (*self.logits[1:], self.logits[0]))


@dataclass(frozen=True, slots=True, eq=False)
class Memo:
    """The rounds so far, and the answer to each."""

    rounds: tuple[Round, ...]
    answered: tuple[Answered, ...]


class SamModel(Model[Embedded, MaskAnswer, Memo]):
    """Decodes every round with all clicks so far and with the logits of the round before."""

    def __init__(self, encoder: Path, decoder: Path, threads: int = 0) -> None:
        """Raises InputError for a file that is not ONNX or has other inputs and outputs."""
        self._encoder, self._decoder = open_onnx(encoder, threads), open_onnx(decoder, threads)
        square = _square_side(self._encoder, encoder)
        self._takes_pixels, self._side = square is None, square or SIDE
        self._grid = _checked_grid(self._decoder, decoder) or self._side // 4
        self._info = ModelInfo("sam", SAM.name, f"sam-{_fingerprint(encoder)}{_fingerprint(decoder)}")

    @property
    def info(self) -> ModelInfo:
        return self._info

    def encode(self, image: ImageSource) -> Encoding[Embedded]:
        """Scale the image to the encoder's input and embed it. Raises ModelError above 100 million pixels."""
        if isinstance(image, np.ndarray):
            check_rgb(image)
        height, width = size_of(image)
        if height * width > MOST_PIXELS:
            raise ModelError(f"sam takes images of up to {MOST_PIXELS:,} pixels; this one is {width}x{height}")
        scale = self._side / max(height, width)
        scaled_hw = (max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5)))
        pixels = read_region(image, (0, 0, width, height), max(1, int(1 / scale)))
        pixels = cv2.resize(pixels, scaled_hw[::-1], interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        embedding = self._encoder.run(None, {self._encoder.get_inputs()[0].name: self._input(pixels)})[0]
        return Encoding((height, width), Embedded(embedding, scaled_hw), embedding.nbytes)

    def respond(
        self,
        encoding: Encoding[Embedded],
        prompts: Prompts,
        previous: Response[MaskAnswer, Memo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, Memo]:
        """See `Model.respond`. A mask that a person gave replaces all earlier rounds."""
        check_kinds(SAM.name, prompts.all, SAM.prompts)
        rounds = _since_mask(prompts)
        answered = _known(rounds, previous)
        for count in range(len(answered) + 1, len(rounds) + 1):
            if turns_after(rounds[:count]):
                answered += (answered[-1].turned(),)
            else:
                answered += (self._answer(encoding, rounds[:count], answered[-1].logits[0] if answered else None),)
        nbytes = sum(each.answer.nbytes + sum(logits.nbytes for logits in each.logits) for each in answered)
        return Response(answered[-1].answer, Memo(rounds, answered), nbytes=nbytes)

    def _input(self, pixels: UInt8[np.ndarray, "h w 3"]) -> Float32[np.ndarray, "..."]:
        """Return what the encoder takes: the pixels, or a normalised square that is 0 to the right and below."""
        if self._takes_pixels:
            return pixels.astype(np.float32)
        square = np.zeros((1, 3, self._side, self._side), np.float32)
        square[0, :, : pixels.shape[0], : pixels.shape[1]] = ((pixels - MEAN) / STD).transpose(2, 0, 1)
        return square

    def _answer(self, encoding: Encoding[Embedded], rounds: tuple[Round, ...], logits: Logits | None) -> Answered:
        """Return the answer to the last of `rounds`, given the logits of the round before."""
        given = [prompt.mask for prompt in rounds[-1] if isinstance(prompt, MaskPrompt)]
        if given:
            logits = self._logits_of(given[-1], encoding)
            if len(given) == len(rounds[-1]):
                return Answered(MaskAnswer.of(given[-1]), (logits,))
        prompts = ObjectPrompts.of(rounds, encoding.size_hw, correcting=logits is not None)
        ious, masks = self._decoded(encoding, prompts, logits)
        is_one_click = len(prompts.clicks) == 1 and prompts.box_xyxy is None and logits is None
        chosen = _best(ious, is_one_click)
        answer = MaskAnswer(
            tuple(self._mask_of(masks[index], encoding) for index in chosen),
            tuple(min(max(float(ious[index]), 0.0), 1.0) for index in chosen),
        )
        return Answered(answer, tuple(masks[index] for index in chosen))

    def _decoded(
        self, encoding: Encoding[Embedded], prompts: ObjectPrompts, logits: Logits | None
    ) -> tuple[Float32[np.ndarray, "M"], Float32[np.ndarray, "M g g"]]:
        """Return the predicted IoU and the logits of each mask."""
        points, labels = _points(prompts)
        scale = np.divide(encoding.data.scaled_hw[::-1], encoding.size_hw[::-1])
        before = np.zeros((self._grid, self._grid), np.float32) if logits is None else logits
        feeds = {
            "image_embeddings": encoding.data.embedding,
            "point_coords": (points * scale).astype(np.float32)[None],
            "point_labels": labels[None],
            "mask_input": before[None, None],
            "has_mask_input": np.array([0 if logits is None else 1], np.float32),
            "orig_im_size": np.array(encoding.size_hw, np.float32),
        }
        ious, masks = self._decoder.run(["iou_predictions", "low_res_masks"], feeds)
        return ious[0], masks[0]

    def _mask_of(self, logits: Logits, encoding: Encoding[Embedded]) -> Mask:
        """Return where logits are above 0, at the size of the image.

        The decoder's own output `masks` is not used: some exports fix its size to that of one image.
        """
        height, width = encoding.data.scaled_hw
        square = cv2.resize(logits, (self._side, self._side), interpolation=cv2.INTER_LINEAR)
        full = cv2.resize(square[:height, :width], encoding.size_hw[::-1], interpolation=cv2.INTER_LINEAR)
        return Mask.from_full(full > 0)

    def _logits_of(self, mask: Mask, encoding: Encoding[Embedded]) -> Logits:
        if mask.size_hw != encoding.size_hw:
            raise InputError(f"expected a mask of {encoding.size_hw} pixels (height, width), got {mask.size_hw}")
        height, width = encoding.data.scaled_hw
        square = np.zeros((self._side, self._side), np.float32)
        full = mask.full().astype(np.float32)
        square[:height, :width] = cv2.resize(full, (width, height), interpolation=cv2.INTER_AREA)
        small = cv2.resize(square, (self._grid, self._grid), interpolation=cv2.INTER_AREA)
        logits: Logits = (small * 2 - 1) * np.float32(CERTAIN)
        return logits


def open_sam(files: Files, resources: Resources) -> SamModel:
    """Open an encoder and a decoder. Raises InputError."""
    return SamModel(files[".encoder.onnx"], files[".decoder.onnx"], resources.threads)


def _since_mask(prompts: Prompts) -> tuple[Round, ...]:
    """Return the rounds that are not empty, from the last one with a mask. Raises InputError when there is none."""
    rounds = tuple(given for given in prompts.rounds if given)
    if not rounds:
        raise InputError("expected a click, a box, extreme points or a mask, got nothing")
    starts = [number for number, given in enumerate(rounds) if any(isinstance(each, MaskPrompt) for each in given)]
    return rounds[starts[-1] :] if starts else rounds


def _known(rounds: tuple[Round, ...], previous: Response[MaskAnswer, Memo] | None) -> tuple[Answered, ...]:
    """Return the answers to the first rounds, as far as `previous` has the same ones."""
    if previous is None or previous.memo is None:
        return ()
    pairs = zip(rounds, previous.memo.rounds, strict=False)
    return previous.memo.answered[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))]


def _points(prompts: ObjectPrompts) -> tuple[Float64[np.ndarray, "P 2"], Float32[np.ndarray, "P"]]:
    """Return clicks and box corners in image pixels with their labels. Without a box, a padding point is needed."""
    points = [(click.x, click.y) for click in prompts.clicks]
    labels = [ADDS if click.adds else REMOVES for click in prompts.clicks]
    if prompts.box_xyxy is None:
        points, labels = [*points, (0.0, 0.0)], [*labels, PADDING]
    else:
        x0, y0, x1, y1 = prompts.box_xyxy
        points, labels = [*points, (x0, y0), (x1, y1)], [*labels, BOX_START, BOX_END]
    return np.array(points, np.float64), np.array(labels, np.float32)


def _best(ious: Float32[np.ndarray, "M"], is_one_click: bool) -> list[int]:
    """Return the masks to answer with, best first.

    Of four masks, the first is trained for several prompts, the others for one click, which can mean a part, an object
    or a group (Sec. 3 and appendix A).
    """
    order = [int(index) for index in np.argsort(-ious, kind="stable")]
    if len(ious) <= MOST_MASKS:
        return order
    return [index for index in order if index > 0][:MOST_MASKS] if is_one_click else [0]


def _square_side(encoder: onnxruntime.InferenceSession, path: Path) -> int | None:
    """Return the side of the normalised square that the encoder takes; None when it takes pixels of any size."""
    match encoder.get_inputs()[0].shape:
        case [str() | None, str() | None, 3]:
            return None
        case [_, 3, side, _]:
            return side if isinstance(side, int) else SIDE
        case shape:
            problem = "expected an encoder of Segment Anything with the input [height, width, 3] or [1, 3, side, side]"
            raise InputError(f"{problem}, got {shape}", path)


def _checked_grid(decoder: onnxruntime.InferenceSession, path: Path) -> int | None:
    """Return the side of the decoder's mask input; None when it is not fixed. Raises InputError for other inputs."""
    inputs = {each.name: each.shape for each in decoder.get_inputs()}
    outputs = {each.name for each in decoder.get_outputs()}
    if inputs.keys() != INPUTS or not outputs >= OUTPUTS:
        expected = f"the inputs {', '.join(sorted(INPUTS))} and the outputs {', '.join(sorted(OUTPUTS))}"
        problem = f"expected a decoder of Segment Anything with {expected}"
        raise InputError(f"{problem}, got {', '.join(sorted(inputs))} and {', '.join(sorted(outputs))}", path)
    side = inputs["mask_input"][-1]
    return side if isinstance(side, int) else None


def _fingerprint(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, lambda: blake2b(digest_size=4)).hexdigest()
