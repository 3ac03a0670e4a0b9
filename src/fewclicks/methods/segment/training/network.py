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
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from fewclicks.methods.segment.training.settings import Design
from fewclicks.methods.segment.training.sizes import GRID
from fewclicks.methods.shared.training.blocks import (
    STAGE_CHANNELS,
    BackboneNetwork,
    freeze,
    freeze_statistics,
    imagenet_normalise,
    load_mobilenet,
    mobilenet_stages,
)
from fewclicks.methods.shared.training.encode_once import WIDE, EncodeOnceNetwork, Head, Widths
from fewclicks.methods.shared.training.trained import is_trained, load_start, load_trained, parameter_names

QUALITY_NAME = "head.quality.layers.0.weight"
QUALITY_WIDTH = 64  # channels between what is pooled and the predicted IoU


class QualityHead(nn.Module):
    """Predicts the IoU of the answer with the object from features pooled inside, outside and along the answer."""

    def __init__(self, prompt_channels: int, widths: Widths) -> None:
        super().__init__()
        pooled = len(REGIONS) * (widths.at4 + widths.at2) + STAGE_CHANNELS[-1]
        inputs = pooled + prompt_channels + STATISTICS
        self.layers = nn.Sequential(
            nn.Conv2d(inputs, QUALITY_WIDTH, 1), nn.ReLU(inplace=True), nn.Conv2d(QUALITY_WIDTH, 1, 1)
        )

    def forward(
        self,
        logits: Float[Tensor, "B 1 G G"],
        decoded: tuple[Float[Tensor, "B C g g"], Float[Tensor, "B D G G"]],
        deepest: Float[Tensor, "B E k k"],
        prompts: Float[Tensor, "B P G G"],
    ) -> Float[Tensor, "B"]:
        """The logit of the predicted IoU, from the features at strides 4 and 2, at stride 32, and the prompts."""
        probability = torch.sigmoid(logits.detach().float())
        coarse, fine = decoded
        seen = [
            _pooled(coarse, avg_pool2d(probability, 2)),
            _pooled(fine, probability),
            deepest.float().mean((2, 3)),
            torch.log1p(prompts.sum((2, 3))),
            _statistics(probability),
        ]
        return self.layers(torch.cat(seen, 1)[..., None, None])[:, 0, 0, 0]


REGIONS = ("inside", "along", "outside")  # of the answer
STATISTICS = 4


def _pooled(features: Float[Tensor, "B C h w"], probability: Float[Tensor, "B 1 h w"]) -> Float[Tensor, "B 3*C"]:
    """The mean of the features in each of the `REGIONS`."""
    weights = torch.cat([probability, 4 * probability * (1 - probability), 1 - probability], 1).flatten(2)
    weights = weights / (weights.sum(2, keepdim=True) + 1e-3)
    return torch.matmul(features.float().flatten(2), weights.transpose(1, 2)).flatten(1).float()


def _statistics(probability: Float[Tensor, "B 1 G G"]) -> Float[Tensor, "B 4"]:
    """The IoU that the probabilities promise, the share of the window in the answer and the shares that are unsure: of
    the window, and compared with the answer.
    """
    answer = (probability > 0.5).float()
    promised = (probability * answer).sum((2, 3)) / (torch.maximum(probability, answer).sum((2, 3)) + 1e-3)
    unsure = (4 * probability * (1 - probability)).mean((2, 3))
    share = probability.mean((2, 3))
    return torch.cat([promised, share, unsure, torch.log1p(unsure / (share + 1e-3))], 1)


class JudgingHead(Head):
    """A head that also predicts the IoU of its answer."""

    def __init__(self, prompt_channels: int) -> None:
        super().__init__(prompt_channels)
        self.quality = QualityHead(prompt_channels, WIDE)

    def forward(
        self,
        fine: Float[Tensor, "B 16 G G"],
        features: Float[Tensor, "B 24 G//2 G//2"],
        prompts: Float[Tensor, "B P G G"],
    ) -> tuple[Float[Tensor, "B 1 G G"], Float[Tensor, "B"]]:
        """Logits of the mask, and the logit of its predicted IoU."""
        fine, pyramid = self.read(fine, features, prompts)
        decoded = self.decoder.decoded(fine, pyramid)
        logits = self.decoder.answer(decoded[1])
        return logits, self.quality(logits, decoded, pyramid[-1], prompts)


class CropNetwork(BackboneNetwork):
    """The paper's design: the whole network on the crop of the window, at every answer."""

    def __init__(self, prompt_channels: int) -> None:
        super().__init__()
        self.stem = mobilenet_stages(0, 2)
        self.head = JudgingHead(prompt_channels)
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
    ) -> tuple[Float[Tensor, "B 1 128 128"], Float[Tensor, "B"]]:
        """RGB 0..255 and prompt maps 0..1 to logits of the mask, and to the logit of its predicted IoU."""
        return self.head(*self.encode(rgb), prompts)

    @torch.no_grad()
    def encode(
        self, rgb: Float[Tensor, "B 3 256 256"]
    ) -> tuple[Float[Tensor, "B 16 128 128"], Float[Tensor, "B 24 64 64"]]:
        """What the prompts do not change: features at strides 2 and 4."""
        fine = self.stem[0](imagenet_normalise(rgb))
        return fine, self.stem[1](fine)


def load_network(network: CropNetwork | EncodeOnceNetwork, start: Path) -> None:
    """Fill `network` as `load_start` does; a trained model may be one that predicts no IoU.

    Raises InputError.
    """
    if isinstance(network, CropNetwork) and is_trained(start) and QUALITY_NAME not in parameter_names(start):
        load_trained(network, start, but=network.head.quality)
    else:
        load_start(network, start)


def build_network(design: Design, prompt_channels: int) -> CropNetwork | EncodeOnceNetwork:
    return CropNetwork(prompt_channels) if design == "crop" else EncodeOnceNetwork(prompt_channels, GRID)
