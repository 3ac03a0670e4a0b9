"""A small real model of the task `mask`: pixels whose colour is nearer to a click inside than to a click outside."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, Click, ExtremePoints, MaskPrompt, Prompt, Prompts

REACH = 60.0  # how far in RGB a colour may be from the nearest clicked one

Smooth = Float[np.ndarray, "H W 3"]
ColourEncoding = Encoding[Smooth]
ColourResponse = Response[MaskAnswer, None]


@dataclass(frozen=True)
class ColourModel(Model[Smooth, MaskAnswer, None]):
    """Without trained weights, but with everything the server relies on: boxes, clicks, masks and rounds."""

    role: str = "segment"
    version: str = "colour-1"

    @property
    def info(self) -> ModelInfo:
        return ModelInfo(self.role, self.role, self.version)

    def encode(self, image: ImageSource) -> ColourEncoding:
        height, width = size_of(image)
        smooth = cv2.blur(read_region(image, (0, 0, width, height)), (3, 3)).astype(np.float32)
        return Encoding((height, width), smooth, smooth.nbytes)

    def respond(
        self,
        encoding: ColourEncoding,
        prompts: Prompts,
        previous: ColourResponse | None = None,
        options: Options = COMPLETE,
    ) -> ColourResponse:
        if not prompts.all:
            raise InputError("there is no prompt to answer")
        mask: Mask | None = None
        given: list[Prompt] = []
        for prompts_of_round in prompts.rounds:
            for prompt in prompts_of_round:
                if isinstance(prompt, MaskPrompt):
                    mask = prompt.mask
                else:
                    given.append(prompt)
            mask = _answer(encoding, given, mask)
        assert mask is not None
        answer = MaskAnswer.of(mask, 1.0 - 0.5 / (1 + len(given)))
        return Response(answer, nbytes=answer.nbytes)


def _answer(encoding: ColourEncoding, prompts: Sequence[Prompt], before: Mask | None) -> Mask:
    inside = _colours(encoding.data, prompts, adds=True)
    outside = _colours(encoding.data, prompts, adds=False)
    near = _distance(encoding.data, inside)
    mask = (near < REACH) & (near <= _distance(encoding.data, outside)) & _window(encoding, prompts)
    if before is not None:
        mask |= before.full() & (_distance(encoding.data, outside) > REACH)
    return Mask.from_full(mask)


def _colours(image: Smooth, prompts: Sequence[Prompt], adds: bool) -> Float[np.ndarray, "n 3"]:
    height, width = image.shape[:2]
    points = [(p.x, p.y) for p in prompts if isinstance(p, Click) and p.adds == adds]
    if adds:
        boxes = [p.xyxy for p in prompts if isinstance(p, BoxPrompt | ExtremePoints)]
        points += [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in boxes]
    at = [(min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)) for x, y in points]
    return np.array([image[y, x] for y, x in at], np.float32).reshape(-1, 3)


def _distance(image: Smooth, colours: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "H W"]:
    far = np.full(image.shape[:2], np.inf, np.float32)
    for colour in colours:
        np.minimum(far, np.linalg.norm(image - colour, axis=2), out=far)
    return far


def _window(encoding: ColourEncoding, prompts: Sequence[Prompt]) -> Bool[np.ndarray, "H W"]:
    window = np.ones(encoding.size_hw, bool)
    for prompt in prompts:
        if isinstance(prompt, BoxPrompt | ExtremePoints):
            x0, y0, x1, y1 = (max(round(value), 0) for value in prompt.xyxy)
            window[:] = False
            window[y0:y1, x0:x1] = True
    return window
