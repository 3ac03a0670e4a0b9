"""GrabCut (Rother et al. 2004, OpenCV's implementation) as a model, to be measured beside `segment`."""

from contextlib import suppress
from functools import partial

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError, ModelError
from fewclicks.geometry.masks import Mask
from fewclicks.images.source import ImageSource, check_rgb
from fewclicks.methods.baselines import GRABCUT
from fewclicks.methods.shared.object_prompts import ObjectPrompts
from fewclicks.methods.shared.prompt_kinds import check_kinds
from fewclicks.methods.shared.rounds import RoundsMemo, answer_rounds
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Prompts

CLICK_RADIUS = 5
ITERATIONS = 5

Bgr = UInt8[np.ndarray, "H W 3"]


class GrabCut(Model[Bgr, MaskAnswer, RoundsMemo]):
    """Graph cuts on colour models: the box bounds the object, and clicked pixels are fixed."""

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("baselines", GRABCUT.name, f"OpenCV {cv2.__version__}")

    def encode(self, image: ImageSource) -> Encoding[Bgr]:
        """Keep the pixels. Raises ModelError for an image that is not in memory."""
        if not isinstance(image, np.ndarray):
            raise ModelError("the image is too large for GrabCut; use a smaller one")
        check_rgb(image)
        return Encoding((image.shape[0], image.shape[1]), cv2.cvtColor(image, cv2.COLOR_RGB2BGR), image.nbytes)

    def respond(
        self,
        encoding: Encoding[Bgr],
        prompts: Prompts,
        previous: Response[MaskAnswer, RoundsMemo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[MaskAnswer, RoundsMemo]:
        """Return the mask for a box and clicks. Raises InputError without a box."""
        check_kinds(GRABCUT.name, prompts.all, GRABCUT.prompts)
        return answer_rounds(prompts, encoding.size_hw, previous, partial(_answer, encoding.data))


def open_model(files: Files, resources: Resources | None = None) -> GrabCut:
    """GrabCut, which has no files."""
    return GrabCut()


def _answer(bgr: Bgr, prompts: ObjectPrompts, before: Mask | None) -> MaskAnswer:
    if prompts.box_xyxy is None:
        raise InputError("no box or extreme points for GrabCut; give them before clicks")
    size_hw = (bgr.shape[0], bgr.shape[1])
    labels = np.full(size_hw, cv2.GC_BGD, np.uint8)
    box = prompts.first_mask(size_hw).full()
    labels[box] = cv2.GC_PR_FGD
    if before is not None and before.area:
        labels[box & ~before.full()] = cv2.GC_PR_BGD
    for click in prompts.clicks:
        value = cv2.GC_FGD if click.adds else cv2.GC_BGD
        cv2.circle(labels, (int(click.x), int(click.y)), CLICK_RADIUS, int(value), -1)
    found = _cut(bgr, labels) if (labels == cv2.GC_BGD).any() else box
    return MaskAnswer.of(Mask.from_full(found))


def _cut(bgr: Bgr, labels: UInt8[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    cv2.setRNGSeed(0)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    with suppress(cv2.error):  # a colour model without a pixel: what is known stays
        cv2.grabCut(bgr, labels, None, *models, ITERATIONS, cv2.GC_INIT_WITH_MASK)
    return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
