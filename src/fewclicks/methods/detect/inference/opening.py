"""The detector that weights make: class slots may have to read an image twice, other models know their objects."""

from importlib import resources
from pathlib import Path

from fewclicks.methods.detect.inference.assist import DetectAssist
from fewclicks.methods.detect.inference.pyramid import PyramidDetector

SHIPPED = Path(str(resources.files("fewclicks.methods") / "weights" / "detect.onnx"))


def open_detector(model: Path = SHIPPED) -> DetectAssist | PyramidDetector:
    """Load `model` (ONNX) and the files beside it. Raises InputError."""
    assist = DetectAssist(model)
    return PyramidDetector(assist) if assist.traits.slots else assist
