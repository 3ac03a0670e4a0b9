"""Clicks that pass by the network, as detectors to be measured: passthrough (c3det, Sec. 5.3), and certain clicks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import UInt8

from fewclicks.methods.detect.inference.detections import Detections, Detector, Templates
from fewclicks.methods.detect.inference.passthrough import passthrough
from fewclicks.methods.detect.inference.prompts import check_clicks
from fewclicks.methods.protocol import Encoding
from fewclicks.prompts import ClassClick


class _Over:
    """What both leave to the detector below them."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.name = detector.name
        self.weights = detector.weights
        self.class_names = detector.class_names

    def encode(self, image: UInt8[np.ndarray, "H W 3"]) -> Encoding:
        return self.detector.encode(image)

    def templates(self, encoding: Encoding, clicks: Sequence[ClassClick]) -> Templates:
        return self.detector.templates(encoding, clicks)


class PassthroughDetector(_Over):
    """What `detector` finds without any click; a click changes the class of the box that it hits, and no other."""

    def __init__(self, detector: Detector) -> None:
        super().__init__(detector)
        self.name = "passthrough"

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        check_clicks(clicks, encoding.size_hw, None)
        found = self.detector.respond(encoding, (), None, templates) if previous is None else previous.kept
        return replace(passthrough(found, clicks), kept=found)


class CertainClicks(_Over):
    """What `detector` answers, with the last word to the clicks, as in the page (inference/passthrough.py)."""

    def respond(
        self,
        encoding: Encoding,
        clicks: Sequence[ClassClick],
        previous: Detections | None = None,
        templates: Templates | None = None,
    ) -> Detections:
        found = self.detector.respond(encoding, clicks, previous, templates)
        return replace(passthrough(found, clicks, certain=True), kept=found.kept)
