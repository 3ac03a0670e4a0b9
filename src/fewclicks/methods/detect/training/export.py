"""A trained detector as ONNX files: the encoder, the head that answers clicks, and the second stage of two."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewclicks.methods.detect.inference.network.cells import level_sizes
from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES
from fewclicks.methods.detect.inference.network.runtime import ENCODER, REGIONS, NetworkInfo, level_names
from fewclicks.methods.detect.training.network.detector import DetectNetwork
from fewclicks.methods.detect.training.network.heads import RegionHead
from fewclicks.methods.detect.training.network.late_fusion import Levels
from fewclicks.training.export import export_onnx

EXAMPLE_HW = (256, 320)


def export_detect(network: DetectNetwork, path: Path, traits: NetworkInfo) -> float:
    """Write NAME.onnx, NAME.encoder.onnx and, of two stages, NAME.regions.onnx; return the largest difference."""
    generator = torch.Generator().manual_seed(0)
    design, (height, width) = network.design, EXAMPLE_HW
    spatial = (2, 3)

    def maps(kind: str, channels: int) -> dict[str, Tensor]:
        sizes = zip(level_names(kind), level_sizes(EXAMPLE_HW), strict=True)
        return {name: torch.randn(1, channels, *size, generator=generator) for name, size in sizes}

    heat = {}
    if design.heat_stride:
        size = (height // design.heat_stride, width // design.heat_stride)
        heat = {"heat": torch.rand(1, network.class_count, *size, generator=generator)}
    rgb = {"rgb": torch.randint(0, 256, (1, height, width, 3), dtype=torch.uint8, generator=generator)}
    early = heat if design.variant == "early" else {}
    kinds = ("features", "base") if design.correlates else ("base",)
    outputs = tuple(name for kind in kinds for name in level_names(kind))
    differences = [
        export_onnx(
            _Encoder(network),
            rgb | early,
            path.with_suffix(ENCODER),
            traits,
            outputs,
            {"rgb": (1, 2), **dict.fromkeys(early, spatial)},
        )
    ]
    inputs = maps("base", CHANNELS)
    inputs |= maps("c3", network.class_count) if design.correlates else {}
    inputs |= heat if design.fuses_late else {}
    fused = level_names("fused") if network.regions is not None else ()
    dynamic: dict[str, tuple[int, ...]] = dict.fromkeys(inputs, spatial)
    head = _HeadWithC3(network) if design.correlates else _Head(network)
    differences.append(export_onnx(head, inputs, path, traits, ("cells", *fused), dynamic))
    if network.regions is not None:
        corners = torch.tensor([[0.0, 8, 8, 40, 40], [0, 100, 60, 228, 188], [0, 0, 0, 256, 256]])
        regions = {"regions": corners, "on_level": torch.eye(len(STRIDES))}
        sizes = {**dict.fromkeys(fused, spatial), "regions": (0,), "on_level": (0,)}
        everything = maps("fused", CHANNELS) | regions
        differences.append(
            export_onnx(_Regions(network.regions), everything, path.with_suffix(REGIONS), traits, ("answers",), sizes)
        )
    return max(differences)


class _Encoder(nn.Module):
    def __init__(self, network: DetectNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: UInt8[Tensor, "1 H W 3"], heat: Tensor | None = None) -> tuple[Tensor, ...]:
        features = self.network.pyramid(rgb.permute(0, 3, 1, 2).float(), heat)
        base = self.network.image_part(features)
        return (*features, *base) if self.network.design.correlates else tuple(base)


class _Head(nn.Module):
    def __init__(self, network: DetectNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, base8: Tensor, base16: Tensor, base32: Tensor, heat: Tensor | None = None
    ) -> Float[Tensor, "1 M V"] | tuple[Tensor, ...]:
        return _answer(self.network, [base8, base16, base32], None, heat)


class _HeadWithC3(nn.Module):
    def __init__(self, network: DetectNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self,
        base8: Tensor,
        base16: Tensor,
        base32: Tensor,
        c3_8: Tensor,
        c3_16: Tensor,
        c3_32: Tensor,
        heat: Tensor | None = None,
    ) -> Float[Tensor, "1 M V"] | tuple[Tensor, ...]:
        return _answer(self.network, [base8, base16, base32], [c3_8, c3_16, c3_32], heat)


def _answer(
    network: DetectNetwork, base: Levels, c3: Levels | None, heat: Tensor | None
) -> Tensor | tuple[Tensor, ...]:
    fused = network.click_part(base, c3, network.late_part(heat))
    cells = network.head(fused, c3)
    return cells if network.regions is None else (cells, *fused)


class _Regions(nn.Module):
    def __init__(self, stage: RegionHead) -> None:
        super().__init__()
        self.stage = stage

    def forward(
        self, fused8: Tensor, fused16: Tensor, fused32: Tensor, regions: Tensor, on_level: Tensor
    ) -> Float[Tensor, "R V"]:
        return self.stage([fused8, fused16, fused32], regions, on_level)
