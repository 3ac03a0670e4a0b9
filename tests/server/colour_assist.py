"""A small real assist: pixels whose colour is nearer to what was clicked inside than to what was clicked outside."""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, UInt8

from fewclicks.errors import InputError
from fewclicks.geometry.masks import Mask
from fewclicks.methods.protocol import Encoding, Prediction
from fewclicks.prompts import Click, History

REACH = 60.0  # how far in RGB a colour may be from the nearest clicked one


@dataclass(frozen=True)
class ColourAssist:
    """Without trained weights, but with everything the server relies on: box, clicks, rounds and `previous`."""

    name: str = "segment"
    weights: str = "colour-1"

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        smooth = cv2.blur(image, (3, 3)).astype(np.float32)
        return Encoding((image.shape[0], image.shape[1]), smooth, smooth.nbytes)

    def respond(self, encoding: Encoding, history: History, previous: Prediction | None = None) -> Prediction:
        if not history:
            raise InputError("there is no prompt to answer")
        inside = _colours(encoding.data, history, adds=True)
        outside = _colours(encoding.data, history, adds=False)
        near = _distance(encoding.data, inside)
        mask = (near < REACH) & (near <= _distance(encoding.data, outside)) & _window(encoding, history)
        if previous is not None:
            mask |= previous.mask.full() & (_distance(encoding.data, outside) > REACH)
        rounds = max((prompt.round for prompt in history if isinstance(prompt, Click)), default=0)
        return Prediction(Mask.from_full(mask), 1.0 - 0.5 / (1 + len(history)), rounds)


def _colours(image: Float[np.ndarray, "H W 3"], history: History, adds: bool) -> Float[np.ndarray, "n 3"]:
    height, width = image.shape[:2]
    points = [(p.x, p.y) for p in history if isinstance(p, Click) and p.adds == adds]
    if adds:
        boxes = [p.xyxy for p in history if not isinstance(p, Click)]
        points += [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in boxes]
    at = [(min(max(int(y), 0), height - 1), min(max(int(x), 0), width - 1)) for x, y in points]
    return np.array([image[y, x] for y, x in at], np.float32).reshape(-1, 3)


def _distance(image: Float[np.ndarray, "H W 3"], colours: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "H W"]:
    far = np.full(image.shape[:2], np.inf, np.float32)
    for colour in colours:
        np.minimum(far, np.linalg.norm(image - colour, axis=2), out=far)
    return far


def _window(encoding: Encoding, history: History) -> Bool[np.ndarray, "H W"]:
    window = np.ones(encoding.size_hw, bool)
    for prompt in history:
        if not isinstance(prompt, Click):
            x0, y0, x1, y1 = (max(round(value), 0) for value in prompt.xyxy)
            window[:] = False
            window[y0:y1, x0:x1] = True
    return window
