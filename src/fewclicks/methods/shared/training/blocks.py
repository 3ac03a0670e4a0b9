"""Torch blocks that several methods share: MobileNetV2 in stages, and a convolution with its norm."""

from pathlib import Path
from typing import Any

import torch
import torchvision
from jaxtyping import Float
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from fewclicks.errors import InputError

STAGE_CHANNELS = (16, 24, 32, 96, 320)  # of MobileNetV2 at strides 2, 4, 8, 16, 32
_STAGE_ENDS = (2, 4, 7, 14, 18)


def conv_norm(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU; the spatial size is kept at stride 1."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class _StridedDepthwise(nn.Conv2d):
    """In single precision always: in bfloat16 its gradient takes a CPU three to thirteen times as long."""

    def __init__(self, original: nn.Conv2d) -> None:
        channels, device = original.groups, torch.device("meta")
        super().__init__(channels, channels, 3, 2, 1, groups=channels, bias=False, device=device)
        self.weight = original.weight

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
        if not torch.is_autocast_enabled("cpu"):
            return super().forward(x)
        with torch.autocast("cpu", enabled=False):
            return super().forward(x.float())


def mobilenet_stages(first: int = 0, last: int = 5) -> nn.ModuleList:
    """MobileNetV2 (Sandler et al. 2018) cut at strides 2, 4, 8, 16 and 32; stages `first` up to `last`."""
    features = torchvision.models.mobilenet_v2().features
    for parent in list(features.modules()):
        for name, conv in parent.named_children():
            if isinstance(conv, nn.Conv2d) and conv.groups > 1 and conv.stride == (2, 2):
                setattr(parent, name, _StridedDepthwise(conv))
    starts = (0, *_STAGE_ENDS[:-1])
    return nn.ModuleList(features[a:b] for a, b in list(zip(starts, _STAGE_ENDS, strict=True))[first:last])


class BackboneNetwork(nn.Module):
    """A network whose first stages are those of MobileNetV2."""

    def load_backbone(self, path: Path) -> None:
        """Fill these stages from pretrained weights (safetensors, names as in torchvision). Raises InputError."""
        raise NotImplementedError


def load_mobilenet(stages: nn.ModuleList, path: Path) -> None:
    """Fill `stages` (their modules keep MobileNetV2's own numbers) from a safetensors file with torchvision's names.

    Raises InputError when the file cannot be read or lacks a tensor.
    """
    try:
        weights = load_file(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise InputError(f"not a readable safetensors file ({error}); choose another file", path) from error
    with torch.no_grad():
        for stage in stages:
            for name, tensor in stage.state_dict().items():
                key = f"features.{name}"
                if key not in weights:
                    raise InputError(f"expected MobileNetV2 weights, but {key} is missing; choose another file", path)
                tensor.copy_(weights[key])


def imagenet_normalise(rgb: Float[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
    """RGB 0..255 to the scale that the pretrained backbone was trained on."""
    mean = torch.tensor([0.485, 0.456, 0.406], device=rgb.device).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], device=rgb.device).view(1, 3, 1, 1)
    return (rgb / 255.0 - mean) / std


def freeze(module: nn.Module) -> None:
    """Fix weights and statistics: no gradient, always in evaluation mode."""
    module.requires_grad_(False)
    freeze_statistics(module)


def freeze_statistics(module: nn.Module) -> None:
    """Keep batch-norm statistics as they are while the affine parameters go on learning."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


def slower_where_pretrained(network: nn.Module, rate: float) -> list[dict[str, Any]]:
    """Parameter groups of an optimizer: MobileNetV2's stages (`stages`, `deeper`) learn at a third of `rate`."""
    names = {id(p): name for name, p in network.named_parameters() if p.requires_grad}
    pretrained = {key for key, name in names.items() if "deeper" in name or "stages" in name}
    free = [p for p in network.parameters() if id(p) in names]
    return [
        {"params": [p for p in free if id(p) not in pretrained], "lr": rate},
        {"params": [p for p in free if id(p) in pretrained], "lr": rate / 3},
    ]


def mixed_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where the machine has instructions for it; elsewhere depthwise convolutions are slower in it."""
    known = torch.cpu.get_capabilities()
    fast = device.type == "cuda" or any(known.get(name) for name in ("amx_bf16", "avx512_bf16"))
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=fast)
