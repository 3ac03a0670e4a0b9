"""Trained networks of `locate` as ONNX files that take pixels as they are, checked against torch."""

from pathlib import Path

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewclicks.methods.locate.inference.runtime import NetworkInfo
from fewclicks.methods.locate.training.network.cpr import CprNetwork
from fewclicks.methods.locate.training.network.p2p import P2pNetwork
from fewclicks.training.export import export_onnx

EXAMPLE_HW = (256, 320)


def export_network(network: CprNetwork | P2pNetwork, path: Path, info: NetworkInfo) -> float:
    """Write `rgb` uint8 [1, H, W, 3] to `maps` [1, D, h, w]; return the largest difference to torch.

    H and W are multiples of 32. The maps are logits for each class and, for P2PNet, offsets. Raises FewclicksError.
    """
    generator = torch.Generator().manual_seed(0)
    rgb = torch.randint(0, 256, (1, *EXAMPLE_HW, 3), dtype=torch.uint8, generator=generator)
    return export_onnx(_Maps(network), {"rgb": rgb}, path, info, ("maps",), {"rgb": (1, 2)})


class _Maps(nn.Module):
    def __init__(self, network: CprNetwork | P2pNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, rgb: UInt8[Tensor, "1 H W 3"]) -> Float[Tensor, "1 D h w"]:
        pixels = rgb.permute(0, 3, 1, 2).float()
        if isinstance(self.network, P2pNetwork):
            return self.network(pixels)
        return self.network.scores(pixels)
