"""The trained segment networks as ONNX files that take pixels as they are."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewclicks.methods.colour import COLOUR_CHANNELS
from fewclicks.methods.parts.encode_once import EncodeOnceNetwork
from fewclicks.methods.segment.network import CROP, GRID, CropNetwork
from fewclicks.methods.segment.prompts import PROMPT_CHANNELS
from fewclicks.methods.segment.runtime import Traits
from fewclicks.training.encode_once_export import export_encode_once
from fewclicks.training.export import export_onnx


def export_segment(network: CropNetwork | EncodeOnceNetwork, path: Path, traits: Traits) -> float:
    """Write `path` (and NAME.encoder.onnx for the encode-once design); return the largest difference to torch."""
    generator = torch.Generator().manual_seed(0)

    def pixels(*size: int) -> Tensor:
        return torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)

    prompts = torch.rand(1, PROMPT_CHANNELS + COLOUR_CHANNELS * traits.colour_model, GRID, GRID, generator=generator)
    if isinstance(network, CropNetwork):
        inputs = {"rgb": pixels(1, CROP, CROP, 3), "prompts": prompts}
        return export_onnx(_Crop(network), inputs, path, traits, ("logits",))
    return export_encode_once(network, path, traits, prompts)


class _Crop(nn.Module):
    def __init__(self, network: CropNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: UInt8[Tensor, "1 S S 3"], prompts: Float[Tensor, "1 P G G"]) -> Float[Tensor, "1 1 G G"]:
        return self.network(rgb.permute(0, 3, 1, 2).float(), prompts)
