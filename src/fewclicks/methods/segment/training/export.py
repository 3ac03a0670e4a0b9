"""The trained segment networks as two ONNX files that take pixels as they are: an encoder, and the head."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewclicks.methods.segment.inference.prompt_maps import PROMPT_CHANNELS
from fewclicks.methods.segment.inference.runtime import NetworkInfo
from fewclicks.methods.segment.training.network import CropNetwork
from fewclicks.methods.segment.training.sizes import CROP, GRID
from fewclicks.methods.shared.colour import COLOUR_CHANNELS
from fewclicks.methods.shared.training.encode_once import EncodeOnceNetwork
from fewclicks.methods.shared.training.encode_once_export import export_encode_once
from fewclicks.training.export import export_onnx


def export_segment(network: CropNetwork | EncodeOnceNetwork, path: Path, info: NetworkInfo) -> float:
    """Write the head to `path` and NAME.encoder.onnx, which reads the window (crop) or the image (encode once).

    Returns the largest difference to torch.
    """
    generator = torch.Generator().manual_seed(0)
    prompts = torch.rand(1, PROMPT_CHANNELS + COLOUR_CHANNELS * info.colour_model, GRID, GRID, generator=generator)
    if isinstance(network, EncodeOnceNetwork):
        return export_encode_once(network, path, info, prompts)
    rgb = torch.randint(0, 256, (1, CROP, CROP, 3), dtype=torch.uint8, generator=generator)
    encoder, seen = path.with_suffix(".encoder.onnx"), ("fine", "features")
    fine, features = _Encoder(network.eval())(rgb.to(next(network.parameters()).device))
    inputs = {"fine": fine.cpu(), "features": features.cpu(), "prompts": prompts}
    return max(
        export_onnx(_Encoder(network), {"rgb": rgb}, encoder, info, seen),
        export_onnx(_Head(network), inputs, path, info, ("logits", "quality")),
    )


class _Encoder(nn.Module):
    def __init__(self, network: CropNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: UInt8[Tensor, "1 S S 3"]) -> tuple[Float[Tensor, "1 16 G G"], Float[Tensor, "1 24 g g"]]:
        return self.network.encode(rgb.permute(0, 3, 1, 2).float())


class _Head(nn.Module):
    def __init__(self, network: CropNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, fine: Tensor, features: Tensor, prompts: Tensor
    ) -> tuple[Float[Tensor, "1 1 G G"], Float[Tensor, "1"]]:
        logits, quality = self.network.head(fine, features, prompts)
        return logits, torch.sigmoid(quality)
