"""The maps of a frozen MobileNetV2 for images and their mirror images, at one or several sizes, computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor
from torch.nn.functional import pad

from fewclicks.datasets.boxed_images import BoxedImage
from fewclicks.methods.detect.inference.network.design import STRIDES, Design
from fewclicks.methods.detect.inference.network.runtime import ENCODER, MAIN, network_info
from fewclicks.methods.detect.inference.reading import LARGEST_GAIN, read_at, reading_scale
from fewclicks.methods.detect.training.network.detector import DetectNetwork, Pyramid
from fewclicks.methods.detect.training.network.from_slots import without_clicks
from fewclicks.methods.detect.training.network.late_fusion import Levels
from fewclicks.methods.shared.training.blocks import freeze, mixed_precision
from fewclicks.methods.shared.training.trained import load_stages

LONGEST_TRAINED = 1280  # pixels: the maps of a batch of larger images need too much memory
STORED = torch.bfloat16  # half the memory; MobileNetV2's maps need no more digits


@dataclass(frozen=True, slots=True, eq=False)
class ReadMaps:
    """An image and its mirror image as the trunk reads them.

    levels: for either, the maps at `STRIDES`. scale: pixels of the input for a pixel of the image. input_hw: the size
    of the input. width: of the image in the input, in pixels, without padding.
    """

    levels: tuple[Levels, Levels]
    scale: float
    input_hw: tuple[int, int]
    width: int


def is_detector(start: Path) -> bool:
    """Return whether `start` is the main file of a whole detector, whose encoder is beside it."""
    return start.suffix == MAIN and start.with_suffix(ENCODER).exists()


def network_from(start: Path, design: Design, classes: int) -> DetectNetwork:
    """Return a detector without clicks whose MobileNetV2 is frozen; training goes on from it.

    start: MobileNetV2 weights (safetensors), an encoder that contains MobileNetV2 (ONNX), or a whole upright one-stage
    model of class slots (ONNX), which also knows what boxes look like (from_slots.py). Raises InputError.
    """
    if is_detector(start):
        network = without_clicks(design, classes, network_info(start).slots, start)
    else:
        network = DetectNetwork(design, classes)
        load_stages(network.pyramid.stages, start)
    freeze(network.pyramid.stages)
    return network


def read_maps(pyramid: Pyramid, image: BoxedImage, scale: float, device: torch.device) -> ReadMaps:
    """Return the maps of an image that is read with `scale` pixels for each of its own. Raises InputError."""
    pyramid.eval()
    pixels = image.pixels()
    both = [read_at(np.ascontiguousarray(each), scale) for each in (pixels, pixels[:, ::-1])]
    rgb = torch.from_numpy(np.stack(both)).to(device).permute(0, 3, 1, 2).float()
    with torch.inference_mode(), mixed_precision(device):
        maps = [level.to(STORED) for level in pyramid.read(rgb)]
    first, second = ([_of(level, k) for level in maps] for k in range(2))
    return ReadMaps((first, second), scale, both[0].shape[:2], max(1, round(image.size_hw[1] * scale)))


def scale_for(size_hw: tuple[int, int], side: int | None) -> float:
    """Return the scale at which the longer side of an image has `side` pixels.

    None: as opened versions read it, but with at most LONGEST_TRAINED pixels.
    """
    if side is None:
        return min(reading_scale(size_hw), LONGEST_TRAINED / max(size_hw))
    return min(LARGEST_GAIN, side / max(size_hw))


def stacked(chosen: Sequence[Levels], input_hw: tuple[int, int]) -> Levels:
    """Return the maps of a batch, each padded on the right and below to an input of `input_hw`."""
    return [
        torch.cat([_padded(levels[number], input_hw, stride) for levels in chosen])
        for number, stride in enumerate(STRIDES)
    ]


def pooled(maps: ReadMaps) -> Float32[np.ndarray, "D"]:
    """Return the mean of the deepest maps: a feature of the whole image."""
    return maps.levels[0][-1].float().mean((0, 2, 3)).cpu().numpy()


def _of(level: Float[Tensor, "2 C h w"], which: int) -> Float[Tensor, "1 C h w"]:
    """Return the maps of one of two images, laid out as convolutions read them fastest."""
    return level[which : which + 1].clone(memory_format=torch.channels_last)


def _padded(level: Float[Tensor, "1 C h w"], input_hw: tuple[int, int], stride: int) -> Float[Tensor, "1 C H W"]:
    height, width = input_hw[0] // stride - level.shape[2], input_hw[1] // stride - level.shape[3]
    return pad(level, (0, width, 0, height))
