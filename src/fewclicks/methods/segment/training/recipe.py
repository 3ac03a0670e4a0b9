"""The recipe of M_b and M_{b+c}: simulated sessions in which clicks correct the network's own answers."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from fewclicks.datasets.masked_images import Source
from fewclicks.methods.segment.training.losses import mask_loss
from fewclicks.methods.segment.training.network import CropNetwork, build_network, load_network
from fewclicks.methods.segment.training.sessions import Sessions, Settings
from fewclicks.methods.shared.training.blocks import freeze_statistics, mixed_precision, slower_where_pretrained
from fewclicks.training.workers import Crowd

QUALITY_SHARE = 0.25  # weight of the loss of the predicted IoU

Batch = dict[str, Tensor]


class SegmentTask:
    """`batch` sessions at once: each step trains on all of them, then each continues from its answer."""

    def __init__(
        self, settings: Settings, sources: list[Source], start: Path, device: torch.device, workers: int = 1
    ) -> None:
        """start: a backbone (safetensors), or a trained model (ONNX). workers: processes that simulate the people."""
        self.settings, self.device = settings, device
        self.network = build_network(settings.design, settings.prompt_channels)
        load_network(self.network, start)
        self.network.to(device, memory_format=torch.channels_last)
        self.crowd = Crowd(Sessions(settings, sources), settings.batch, workers)
        self.begin(0)

    def begin(self, step: int) -> None:
        """Start fresh sessions, random by the seed and `step`, so that a resumed run sees new data."""
        self.crowd.begin(step)

    def close(self) -> None:
        """End the processes of the simulated people."""
        self.crowd.close()

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return slower_where_pretrained(self.network, rate)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        batch = self._batch()
        truth = batch["truth"][:, None].float()
        if progress > 0.75:
            freeze_statistics(self.network)
        with mixed_precision(self.device):
            logits, quality = self._forward(batch)
        loss = mask_loss(self.settings.loss, logits.float(), truth)
        answers = (logits.detach() > 0).squeeze(1)
        self.crowd.answer(answers.cpu().numpy())
        iou = true_iou(answers, batch["truth"], batch["hidden"])
        figures = _figures(batch, iou)
        if quality is not None:
            loss = loss + QUALITY_SHARE * binary_cross_entropy_with_logits(quality.float(), iou, reduction="none")
            figures["quality error"] = (torch.sigmoid(quality.detach().float()) - iou).abs().mean().item()
        return loss.mean(), {"loss": loss.mean().item(), **figures}

    def examples(self) -> list[dict[str, np.ndarray]]:
        """The inputs that the present sessions would give to the exported head of the crop design."""
        batch = self._batch()
        fine, features = self.network.encode(_pixels(batch["rgb"]))
        inputs = {"fine": fine, "features": features, "prompts": batch["prompts"]}
        rows = {name: tensor.cpu().numpy() for name, tensor in inputs.items()}
        return [
            {name: array[number : number + 1] for name, array in rows.items()} for number in range(self.settings.batch)
        ]

    def _batch(self) -> Batch:
        """A copy of the sessions' rows on the device, since the rows change while gradients need them."""
        rows = self.crowd.batch().items()
        return {name: torch.from_numpy(array).to(self.device, copy=True) for name, array in rows}

    def _forward(self, batch: Batch) -> tuple[Tensor, Tensor | None]:
        rgb, prompts = _pixels(batch["rgb"]), batch["prompts"]
        if isinstance(self.network, CropNetwork):
            logits, quality = self.network(rgb, prompts)
            return logits, quality
        features = self.network.encode(_pixels(batch["scene"]))
        index = torch.arange(len(rgb), device=self.device)[:, None]
        return self.network.respond(features, torch.cat([index, batch["roi"]], 1), rgb, prompts), None


def true_iou(
    answers: Bool[Tensor, "B G G"], truth: Bool[Tensor, "B G G"], hidden: Float[Tensor, "B"]
) -> Float[Tensor, "B"]:
    """IoU with the whole object, of which `hidden` cells are outside the window."""
    shared, either = (answers & truth).sum((1, 2)), (answers | truth).sum((1, 2))
    return shared / (either + hidden).clamp(min=1)


def _pixels(images: Tensor) -> Float[Tensor, "B 3 H W"]:
    return images.permute(0, 3, 1, 2).float()


def _figures(batch: Batch, iou: Float[Tensor, "B"]) -> dict[str, float]:
    """The mean IoU of answers to a box alone, to a first click, and to later clicks."""
    clicks, has_box = batch["clicks"], batch["has_box"]
    kinds = {"box": clicks == 0, "clicks1": (clicks == 1) & ~has_box}
    kinds["later"] = ~(kinds["box"] | kinds["clicks1"])
    return {name: iou[chosen].mean().item() for name, chosen in kinds.items() if bool(chosen.any())}
