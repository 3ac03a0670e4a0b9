"""The networks M_b and M_{b+c} (corrective-clicks, Sec. 3.1) as one: without clicks it is M_b.

Two designs of the same parts:
- `crop` (the paper's): every object is cropped, and the whole network runs on the crop at each answer.
- `encode_once`: a backbone and pyramid read the image once; an answer runs on features of the window alone.

The prompts (box, clicks, previous mask) enter at stride 4. The layers below run once for each window, whatever the
prompts.
"""

from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from fewclicks.methods.segment.training.settings import Design
from fewclicks.methods.shared.training.blocks import (
    BackboneNetwork,
    freeze,
    freeze_statistics,
    imagenet_normalise,
    load_mobilenet,
    mobilenet_stages,
)
from fewclicks.methods.shared.training.encode_once import EncodeOnceNetwork, Head

CROP = 256  # pixels of the window's side as the network sees it
GRID = 128  # pixels of the side of the prompt maps and of the answer


class CropNetwork(BackboneNetwork):
    """The paper's design: the whole network on the crop of the window, at every answer."""

    def __init__(self, prompt_channels: int) -> None:
        super().__init__()
        self.stem = mobilenet_stages(0, 2)
        self.head = Head(prompt_channels)
        freeze(self.stem)

    def load_backbone(self, path: Path) -> None:
        load_mobilenet(self.stem, path)
        load_mobilenet(self.head.deeper, path)

    def train(self, mode: bool = True) -> "CropNetwork":
        super().train(mode)
        freeze_statistics(self.stem)
        freeze_statistics(self.head.deeper)
        return self

    def forward(
        self, rgb: Float[Tensor, "B 3 256 256"], prompts: Float[Tensor, "B P 128 128"]
    ) -> Float[Tensor, "B 1 128 128"]:
        """RGB 0..255 and prompt maps 0..1 to logits."""
        return self.head(*self.encode(rgb), prompts)

    @torch.no_grad()
    def encode(
        self, rgb: Float[Tensor, "B 3 256 256"]
    ) -> tuple[Float[Tensor, "B 16 128 128"], Float[Tensor, "B 24 64 64"]]:
        """What the prompts do not change: features at strides 2 and 4."""
        fine = self.stem[0](imagenet_normalise(rgb))
        return fine, self.stem[1](fine)


def build_network(design: Design, prompt_channels: int) -> CropNetwork | EncodeOnceNetwork:
    return CropNetwork(prompt_channels) if design == "crop" else EncodeOnceNetwork(prompt_channels, GRID)
