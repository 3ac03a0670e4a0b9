"""Two small real models of the task `mask`: `discs` gives a box the ellipse in it, `dots` takes clicks alone.

The method is a package of its own, with an entry point, as a user would install it (tests/halfway.py).
"""

import os
import time
from dataclasses import dataclass

import numpy as np

from fewclicks.answers import MaskAnswer
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, read_region, size_of
from fewclicks.methods.spec import Files, MethodSpec, Resources, Role
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import BoxPrompt, Click, Prompts

VERSION = "discs-1"
SECONDS = "DISCS_SECONDS"  # for each answer, in the environment
NOTHING, BROKEN = (0, 0, 0), (255, 255, 255)  # at the centre of a box without an object, and of one that fails

METHOD = MethodSpec(
    name="discs",
    title="Discs",
    summary="Give a box the ellipse in it.",
    roles=(
        Role(name="discs", task="mask", prompts=(BoxPrompt, Click), open="fewclicks_discs:open_discs"),
        Role(name="dots", task="mask", prompts=(Click,), open="fewclicks_discs:open_dots"),
    ),
)


@dataclass(frozen=True)
class DiscsModel(Model[np.ndarray, MaskAnswer, None]):
    """The predicted IoU is the shorter side of the box, divided by the longer one."""

    role: str = "discs"

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("discs", self.role, VERSION)

    def encode(self, image: ImageSource) -> Encoding[np.ndarray]:
        height, width = size_of(image)
        return Encoding((height, width), read_region(image, (0, 0, width, height)), 3 * height * width)

    def respond(
        self,
        encoding: Encoding[np.ndarray],
        prompts: Prompts,
        previous: Response[MaskAnswer, None] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, None]:
        time.sleep(float(os.environ.get(SECONDS, "0")))
        boxes = [prompt for prompt in prompts.all if isinstance(prompt, BoxPrompt)]
        x0, y0, x1, y1 = boxes[-1].xyxy
        rows, columns = np.indices(encoding.size_hw) + 0.5
        disc = ((columns - (x0 + x1) / 2) / (x1 - x0)) ** 2 + ((rows - (y0 + y1) / 2) / (y1 - y0)) ** 2 <= 0.25
        colour = tuple(encoding.data[int(y0 + y1) // 2, int(x0 + x1) // 2].tolist())
        if colour == BROKEN:
            raise RuntimeError("white is too bright")
        sides = sorted((x1 - x0, y1 - y0))
        answer = MaskAnswer.of(Mask.from_full(disc & (colour != NOTHING)), sides[0] / sides[1])
        return Response(answer, nbytes=answer.nbytes)


def open_discs(files: Files, resources: Resources) -> DiscsModel:
    """Return the model, which has no files."""
    return DiscsModel()


def open_dots(files: Files, resources: Resources) -> DiscsModel:
    """Return the model, which has no files."""
    return DiscsModel("dots")
