"""What `regions` keeps with an answer, so that the next answer computes only what changed."""

from dataclasses import dataclass

from fewclicks.answers import PartitionAnswer
from fewclicks.errors import InputError
from fewclicks.geometry.partitions import split
from fewclicks.methods.regions.inference.prediction import Prediction
from fewclicks.prompts import ExtremePoints, MaskPrompt


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The masks that a partition starts from.

    given: the prompts. partition: the masks without overlap. extremes: the extreme points of each mask that has pixels
    in the partition. prediction: that of the network for these extreme points alone.
    """

    given: tuple[MaskPrompt, ...]
    partition: PartitionAnswer
    extremes: tuple[ExtremePoints, ...]
    prediction: Prediction | None = None

    @property
    def nbytes(self) -> int:
        return self.partition.nbytes + (0 if self.prediction is None else self.prediction.nbytes)


@dataclass(frozen=True, slots=True, eq=False)
class RegionsMemo:
    """The network's prediction for all regions, and the base of the answer, None without masks."""

    prediction: Prediction
    base: Base | None

    @property
    def nbytes(self) -> int:
        return self.prediction.nbytes + (0 if self.base is None else self.base.nbytes)


def base_of(given: tuple[MaskPrompt, ...], size_hw: tuple[int, int]) -> Base:
    """Make a partition of the masks and find their extreme points; where masks overlap, the smallest has the pixel.

    Raises InputError for a mask of an image of another size, and for two masks of one target.
    """
    for prompt in given:
        if prompt.mask.size_hw != size_hw:
            (height, width), (h, w) = size_hw, prompt.mask.size_hw
            raise InputError(f"the mask of {prompt.target!r} is for {w}x{h} pixels; the image has {width}x{height}")
    masks = {prompt.target: prompt.mask for prompt in given}
    if len(masks) < len(given):
        raise InputError("two masks have the same target; give each target at most one mask")
    partition = PartitionAnswer.of_masks(masks, size_hw)
    visible = split(partition.labels)
    numbered = ((number, target) for number, target in enumerate(masks, start=1) if number in visible)
    extremes = (ExtremePoints(visible[number].extreme_points(), target) for number, target in numbered)
    return Base(given, partition, tuple(extremes))
