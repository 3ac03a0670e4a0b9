"""What teaches class slots features that tell classes apart: a proxy for every class of the training sets."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, normalize

from fewclicks.methods.detect.inference.network.design import CHANNELS
from fewclicks.methods.detect.training.network.late_fusion import Levels

TEMPERATURE = 0.05


class Proxies(nn.Module):
    """By its cosine a feature at an object is to be nearest to the proxy of the object's class.

    Normalised softmax: A. Zhai, H.-Y. Wu, *Classification is a Strong Baseline for Deep Metric Learning* (BMVC 2019).
    Templates are compared by cosine, too, so what is near a proxy is near the templates of its class. No part of
    answering.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(classes, CHANNELS))

    def forward(
        self, levels: Levels, image: Int[Tensor, "P"], cell: Int[Tensor, "P"], classes: Int[Tensor, "P"]
    ) -> Float[Tensor, ""]:
        """The mean loss over cells (of which image, and which of all levels' cells); 0 for none."""
        flat = torch.cat([level.flatten(2) for level in levels], 2)
        found = normalize(flat[image, :, cell].float(), dim=1)
        logits = linear(found, normalize(self.weight, dim=1)) / TEMPERATURE
        return cross_entropy(logits, classes, reduction="sum") / max(len(classes), 1)
