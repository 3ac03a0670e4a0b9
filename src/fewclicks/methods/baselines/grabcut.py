"""GrabCut (Rother et al. 2004, OpenCV's) as an assist, to be measured beside the learned one."""

from contextlib import suppress

import cv2
import numpy as np
from jaxtyping import UInt8

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.protocol import Encoding, Prediction
from fewclicks.methods.segment.inference.prompts import Prompts
from fewclicks.prompts import History

CLICK_RADIUS = 5


class GrabCut:
    """Graph cuts on colour models: the box bounds the object, clicks are certain."""

    name = "grabcut"
    weights = f"OpenCV {cv2.__version__}"

    def __init__(self, iterations: int = 5) -> None:
        self.iterations = iterations

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        return Encoding((image.shape[0], image.shape[1]), cv2.cvtColor(image, cv2.COLOR_RGB2BGR), image.nbytes)

    def respond(self, encoding: Encoding, history: History, previous: Prediction | None = None) -> Prediction:
        """The mask for a box and clicks; without a box InputError, since GrabCut has nothing to start from."""
        prompts = Prompts.of(history, encoding.size_hw)
        if prompts.box_xyxy is None:
            raise InputError("GrabCut needs a box")
        labels = np.full(encoding.size_hw, cv2.GC_BGD, np.uint8)
        box = prompts.first_mask(encoding.size_hw).full()
        labels[box] = cv2.GC_PR_FGD
        if previous is not None and previous.mask.area:
            labels[box & ~previous.mask.full()] = cv2.GC_PR_BGD
        for click in prompts.clicks:
            value = cv2.GC_FGD if click.adds else cv2.GC_BGD
            cv2.circle(labels, (int(click.x), int(click.y)), CLICK_RADIUS, int(value), -1)
        found = self._cut(encoding.data, labels) if (labels == cv2.GC_BGD).any() else box
        number = max((click.round for click in prompts.clicks), default=0)
        return Prediction(Mask.from_full(found), None, number)

    def _cut(self, bgr: UInt8[np.ndarray, "H W 3"], labels: UInt8[np.ndarray, "H W"]) -> np.ndarray:
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        with suppress(cv2.error):  # a colour model without a pixel: what is known stays
            cv2.grabCut(bgr, labels, None, *models, self.iterations, cv2.GC_INIT_WITH_MASK)
        return (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
