"""The features of the shipped refiner: MobileNetV2's, as pretrained on photos, at stride 4 (closed_form.py)."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.functional import interpolate

from fewclicks.methods.locate.inference.runtime import STRIDE, NetworkInfo
from fewclicks.methods.shared.training.blocks import freeze, imagenet_normalise, load_mobilenet, mobilenet_stages
from fewclicks.training.export import export_onnx

STAGES = 4  # strides 2 to 16: deeper features helped no set


class Features(nn.Module):
    """Pixels to the maps of strides 4, 8 and 16, all at stride 4: 152 channels."""

    def __init__(self, backbone: Path) -> None:
        """`backbone`: MobileNetV2's pretrained weights, safetensors with torchvision's names. Raises InputError."""
        super().__init__()
        self.stages = mobilenet_stages(0, STAGES)
        load_mobilenet(self.stages, backbone)
        freeze(self)
        self.eval()

    def forward(self, rgb: UInt8[Tensor, "B H W 3"]) -> Float[Tensor, "B 152 h w"]:
        x = imagenet_normalise(rgb.permute(0, 3, 1, 2).float())
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        size = (rgb.shape[1] // STRIDE, rgb.shape[2] // STRIDE)
        coarser = [interpolate(level, size=size, mode="bilinear", align_corners=False) for level in levels[2:]]
        return torch.cat([levels[1], *coarser], 1)


def export_features(backbone: Path, path: Path, role: str, name: str) -> float:
    """Write the network to `path` as version `name` of a role; return the largest difference to torch."""
    generator = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, (1, 256, 320, 3), dtype=torch.uint8, generator=generator)
    info = NetworkInfo(name, role, radius=12, relative=0.7, spacing=64.0)  # chosen on other sets: docs/locate.md
    return export_onnx(Features(backbone), {"rgb": rgb}, path, info, ("maps",), {"rgb": (1, 2)})
