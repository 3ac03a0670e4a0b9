"""The recipe of the full-image model: simulated annotators correct the partitions of the network in training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from fewclicks.datasets.masked_images import Source
from fewclicks.methods.regions.training.losses import mask_wise, pixel_wise, smallest_box_weights
from fewclicks.methods.regions.training.network import build_network, inside_boxes, project
from fewclicks.methods.regions.training.scenes import SCENE, SceneSampler
from fewclicks.methods.regions.training.sessions import HeadBatch, Session, mask_truth
from fewclicks.methods.regions.training.settings import LossName
from fewclicks.methods.shared.training.blocks import freeze_statistics, mixed_precision, slower_where_pretrained
from fewclicks.methods.shared.training.trained import load_start
from fewclicks.simulation.partition.measure import region_ious


@dataclass(frozen=True, slots=True)
class Settings:
    """The part of `TrainSettings` that a checkpoint belongs to; a run resumes only with the same values."""

    loss: LossName = "pixel"
    shared: bool = True
    scribbles: bool = True
    batch: int = 2
    seed: int = 0


class RegionsTask:
    """Trains on `batch` sessions at a time; after each step every session continues from its answer."""

    def __init__(self, settings: Settings, sources: list[Source], start: Path, device: torch.device) -> None:
        """`start`: pretrained weights of MobileNetV2 (safetensors, names as in torchvision), or a trained model (the
        ONNX file of its head).
        """
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.sampler = SceneSampler(sources)
        self.network = build_network()
        load_start(self.network, start)
        self.network.to(device, memory_format=torch.channels_last)
        self.begin(0)

    def begin(self, step: int) -> None:
        """Begin new sessions, random by the seed and `step`, so that a resumed run sees new data."""
        self.rng = np.random.default_rng([self.settings.seed, step])
        self.sessions = [self._new_session() for _ in range(self.settings.batch)]

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return slower_where_pretrained(self.network, rate)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        if progress > 0.75:
            freeze_statistics(self.network)
        batches = [HeadBatch.of(session, self.settings.shared) for session in self.sessions]
        logits = self._forward(batches)
        losses, answers, start = [], [], 0
        for session, batch in zip(self.sessions, batches, strict=True):
            own = logits[start : start + len(batch.windows)]
            start += len(batch.windows)
            canvas = project(own, self._tensor(batch.corners), self._tensor(batch.boxes), SCENE)
            losses.append(self._loss(session, batch, own, canvas))
            answers.append(canvas.detach().argmax(0).add(1).cpu().numpy())
        figures = self._figures(answers)
        self.sessions = [self._next(session, answer) for session, answer in zip(self.sessions, answers, strict=True)]
        loss = torch.stack(losses).mean()
        return loss, {"loss": loss.item(), **figures}

    def examples(self) -> list[dict[str, np.ndarray]]:
        """Return the inputs of the exported head in the present sessions."""
        fed = []
        for session in self.sessions:
            batch = HeadBatch.of(session, self.settings.shared)
            scene = self._tensor(session.rgb[None]).permute(0, 3, 1, 2)
            with torch.no_grad():
                features = self.network.encode(scene).cpu().numpy()
            windows = np.insert(batch.corners, 0, 0, axis=1).astype(np.float32)
            fed.append({"features": features, "windows": windows, "rgb": batch.rgb, "prompts": batch.prompts})
        return fed

    def _forward(self, batches: list[HeadBatch]) -> Float[Tensor, "N 1 G G"]:
        scenes = self._tensor(np.stack([session.rgb for session in self.sessions])).permute(0, 3, 1, 2)
        numbered = [np.insert(batch.corners, 0, number, axis=1) for number, batch in enumerate(batches)]
        rgb = self._tensor(np.concatenate([batch.rgb for batch in batches])).permute(0, 3, 1, 2)
        prompts = self._tensor(np.concatenate([batch.prompts for batch in batches]))
        with mixed_precision(self.device):
            features = self.network.encode(scenes)
            logits = self.network.respond(features, self._tensor(np.concatenate(numbered)), rgb, prompts)
        return logits.float()

    def _loss(self, session: Session, batch: HeadBatch, logits: Tensor, canvas: Tensor) -> Tensor:
        if self.settings.loss == "mask":
            truth = [mask_truth(session.labels, n, w) for n, w in enumerate(batch.windows, start=1)]
            return mask_wise(logits, self._tensor(np.stack(truth)[:, None]))
        boxes, labels = self._tensor(batch.boxes), torch.from_numpy(session.labels).to(self.device)
        inside = inside_boxes(boxes, SCENE)
        truth = (labels - 1).clamp(min=0)
        reachable = (labels > 0) & inside.gather(0, truth[None])[0]
        return pixel_wise(canvas, truth, smallest_box_weights(inside, boxes) * reachable)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device, torch.float32)

    def _figures(self, answers: list[Int[np.ndarray, "S S"]]) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for session, answer in zip(self.sessions, answers, strict=True):
            key = "scribbled" if session.scribbles else "points"
            found.setdefault(key, []).append(float(np.nanmean(region_ious(answer, session.labels))))
        return {key: float(np.mean(values)) for key, values in found.items()}

    def _new_session(self) -> Session:
        rgb, labels = self.sampler.draw(self.rng)
        return Session.begin(rgb, labels, self.rng, self.settings.scribbles)

    def _next(self, session: Session, answer: Int[np.ndarray, "S S"]) -> Session:
        return session if session.goes_on(answer, self.rng) else self._new_session()
