"""The options of c3det: those that a network is built by (Sec. 4.1, 5.3, 5.6), and the names of all."""

from dataclasses import dataclass
from typing import Literal

from fewclicks.errors import InputError

Variant = Literal["c3det", "late", "early", "none"]
Stages = Literal["one", "two"]
LateFusion = Literal["small", "resnet18", "off"]
EarlyFusion = Literal["pretrained", "random"]
Correlation = Literal["dot", "cosine", "off"]
Collation = Literal["after", "before"]
Uel = Literal["paper", "classes", "code", "off"]
ClickCount = Literal["share", "number"]

STRIDES = (8, 16, 32)  # of the feature maps, in pixels of the network's input
CHANNELS = 64  # of every feature map


@dataclass(frozen=True, slots=True)
class Design:
    """How a detector uses clicks, and which detector it is.

    variant: `c3det` has the late fusion module and class-wise collated correlation; `late` the late fusion module
    alone; `early` draws clicks into the image; `none` is the baseline without clicks.
    stages: RetinaNet-like, or Faster R-CNN-like. oriented: whether boxes are oriented.
    late_fusion: the network that reads heatmaps: a small one at stride 4, or the paper's ResNet-18.
    correlation: Eq. 2, or of features and templates of length 1. collation: by class after correlating (the paper's
    C3), or before. sigma: standard deviation of the heatmaps in pixels of the input (footnote 7); weights files
    without it have 1.

    Raises InputError for a variant whose parts are all off.
    """

    variant: Variant = "c3det"
    stages: Stages = "one"
    oriented: bool = False
    late_fusion: LateFusion = "small"
    correlation: Correlation = "cosine"
    collation: Collation = "after"
    sigma: float = 1.0

    def __post_init__(self) -> None:
        if self.variant in ("c3det", "late") and not (self.fuses_late or self.correlates):
            raise InputError(f"the variant {self.variant!r} has all its parts off; use the variant 'none'")

    @property
    def fuses_late(self) -> bool:
        return self.variant in ("c3det", "late") and self.late_fusion != "off"

    @property
    def correlates(self) -> bool:
        return self.variant == "c3det" and self.correlation != "off"

    @property
    def heat_stride(self) -> int:
        """Pixels of the input that a cell of the heatmaps covers; 0 where there are none."""
        if self.variant == "early":
            return 1
        return {"small": 4, "resnet18": 1}[self.late_fusion] if self.fuses_late else 0

    @property
    def box_values(self) -> int:
        """How many numbers a box is predicted by (box_coding.py)."""
        return 7 if self.oriented else 4
