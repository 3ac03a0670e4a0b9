"""An encode-once network as two ONNX files that take pixels as they are: the encoder, and the head for windows."""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewclicks.methods.shared.training.encode_once import PYRAMID_CHANNELS, EncodeOnceNetwork
from fewclicks.training.export import export_onnx


def export_encode_once(network: EncodeOnceNetwork, path: Path, traits: Any, prompts: Float[Tensor, "N P G G"]) -> float:
    """Write the head to `path` and the encoder to NAME.encoder.onnx; return the largest difference to torch.

    `prompts` are examples; with several the head takes any number of windows, with one exactly one.
    """
    generator = torch.Generator().manual_seed(0)
    count, grid = len(prompts), network.grid

    def pixels(*size: int) -> Tensor:
        return torch.randint(0, 256, size, dtype=torch.uint8, generator=generator)

    encoder = export_onnx(
        _Encoder(network),
        {"rgb": pixels(1, 256, 320, 3)},
        path.with_suffix(".encoder.onnx"),
        traits,
        ("features",),
        {"rgb": (1, 2)},
    )
    window = torch.tensor([[0.0, 20, 30, 200, 210]])
    inputs = {
        "features": torch.randn(1, PYRAMID_CHANNELS, 64, 80, generator=generator),
        "windows": window.repeat(count, 1),
        "rgb": pixels(count, grid, grid, 3),
        "prompts": prompts,
    }
    many = {"windows": (0,), "rgb": (0,), "prompts": (0,)} if count > 1 else {}
    head = export_onnx(_Head(network), inputs, path, traits, ("logits",), {"features": (2, 3), **many})
    return max(encoder, head)


class _Encoder(nn.Module):
    def __init__(self, network: EncodeOnceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: UInt8[Tensor, "1 H W 3"]) -> Float[Tensor, "1 C h w"]:
        return self.network.encode(rgb.permute(0, 3, 1, 2).float())


class _Head(nn.Module):
    def __init__(self, network: EncodeOnceNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, windows: Tensor, rgb: Tensor, prompts: Tensor) -> Float[Tensor, "N 1 G G"]:
        return self.network.respond(features, windows, rgb.permute(0, 3, 1, 2).float(), prompts)
