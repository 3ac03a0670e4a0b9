"""How the full-image model is trained: simulated people who go on from the network's own partitions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from fewclicks.datasets.masked_images import Source
from fewclicks.geometry.masks import Mask
from fewclicks.methods.regions.inference.prompts import (
    GRID,
    Question,
    annotation_maps,
    head_prompts,
    questions_about,
    regions_of,
)
from fewclicks.methods.regions.training.losses import LossName, mask_wise, pixel_wise, smallest_box_weights
from fewclicks.methods.regions.training.network import build_network, inside_boxes, project
from fewclicks.methods.shared.training.augment import DecodedImages, vary_colours
from fewclicks.methods.shared.training.blocks import freeze_statistics, mixed_precision, slower_where_pretrained
from fewclicks.methods.shared.training.trained import load_trained
from fewclicks.methods.shared.windows import Window, crop_image, crop_mask
from fewclicks.prompts import ExtremePoints, Scribble
from fewclicks.simulation.partition.annotator import Allocation, correct, extreme_points
from fewclicks.simulation.partition.measure import region_ious

SCENE = 384  # pixels of the side of what the network reads in training
MOST_REGIONS = 24  # of a training scene; the smallest of more are void there
SMALLEST_AREA = 24  # pixels of a scene
MOST_ROUNDS = 8  # answers that a simulated person waits for, the one to the extreme points included
CARELESS = 4.0  # pixels that an extreme point may lie from the extreme in half of the scenes (DEXTR: 5)


@dataclass(frozen=True, slots=True)
class Settings:
    """What Sec. 5.2 and 5.3 of the paper compare, and batch and seed.

    loss: over the pixels of the common canvas, or mask by mask. shared: whether the annotations of a region are
    shown to the others. scribbles: whether people correct, or stop after the extreme points.
    """

    loss: LossName = "pixel"
    shared: bool = True
    scribbles: bool = True
    batch: int = 2
    seed: int = 0


@dataclass
class Session:
    """One simulated person at one scene, between two answers. `labels` count the regions from 1, 0 is void."""

    rgb: UInt8[np.ndarray, "S S 3"]
    labels: Int[np.ndarray, "S S"]
    extremes: list[ExtremePoints]
    rounds_left: int
    scribbles: list[Scribble] = field(default_factory=list)

    def questions(self) -> list[Question]:
        return list(questions_about(regions_of((*self.extremes, *self.scribbles), (SCENE, SCENE))).values())


@dataclass(frozen=True)
class Asked:
    """What the head reads about the regions of one session: windows and boxes as xyxy in scene pixels, and maps."""

    windows: list[Window]
    corners: Float[np.ndarray, "N 4"]
    boxes: Float[np.ndarray, "N 4"]
    rgb: UInt8[np.ndarray, "N G G 3"]
    prompts: Float[np.ndarray, "N C G G"]


class SceneSampler:
    """Draws squares of photos with the regions in them."""

    def __init__(self, sources: list[Source]) -> None:
        self.sources = sources
        weights = np.array([source.weight for source in sources])
        self.chances = weights / weights.sum()
        self._decoded = DecodedImages()

    def draw(self, rng: np.random.Generator) -> tuple[UInt8[np.ndarray, "S S 3"], Int[np.ndarray, "S S"]]:
        """Pixels and labels of a scene with two regions or more."""
        while True:
            images = self.sources[rng.choice(len(self.sources), p=self.chances)].images
            image = images[rng.integers(len(images))]
            window = _square(image.masks[0].size_hw, rng)
            labels = _labels(image.masks, window)
            if labels.max() >= 2:
                return self._varied(crop_image(self._decoded.read(image), window, SCENE), labels, rng)

    def _varied(self, rgb: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        if rng.random() < 0.5:
            rgb, labels = rgb[:, ::-1], labels[:, ::-1]
        turn = rng.random()
        if turn < 0.1:
            rgb, labels = rgb.transpose(1, 0, 2), labels.T
        elif turn < 0.15:
            rgb, labels = rgb[::-1], labels[::-1]
        return vary_colours(np.ascontiguousarray(rgb), rng), np.ascontiguousarray(labels)


def _square(size_hw: tuple[int, int], rng: np.random.Generator) -> Window:
    """A square of most of the photo, or all of it with black beside."""
    height, width = size_hw
    side = round(max(height, width) * float(rng.uniform(0.5, 1.05)))
    x0, y0 = (round(float(rng.uniform(min(0, size - side), max(0, size - side)))) for size in (width, height))
    return Window(x0, y0, side, side)


def _labels(masks: Sequence[Mask], window: Window) -> Int[np.ndarray, "S S"]:
    labels = np.zeros((SCENE, SCENE), np.int64)
    parts = [crop_mask(mask, window, SCENE) for mask in masks]
    parts = sorted((part for part in parts if part.sum() >= SMALLEST_AREA), key=lambda part: -part.sum())
    for number, part in enumerate(parts[:MOST_REGIONS], start=1):
        labels[part] = number
    kept = [number for number in range(1, len(parts) + 1) if (labels == number).sum() >= SMALLEST_AREA]
    renumbered = np.zeros(len(parts) + 1, np.int64)
    renumbered[kept] = np.arange(1, len(kept) + 1)
    return renumbered[labels]


class RegionsTask:
    """Keeps `batch` sessions alive: each step trains on all of them, then each goes on from its answer."""

    def __init__(self, settings: Settings, sources: list[Source], start: Path, device: torch.device) -> None:
        """`start`: MobileNetV2's pretrained weights, a safetensors file with torchvision's names, or a trained model
        (the ONNX file of its head).
        """
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.sampler = SceneSampler(sources)
        self.network = build_network()
        if start.suffix == ".onnx":
            load_trained(self.network, start)
        else:
            self.network.load_backbone(start)
        self.network.to(device, memory_format=torch.channels_last)
        self.begin(0)

    def begin(self, step: int) -> None:
        """Start fresh sessions, random by the seed and `step`, so that a resumed run sees new data."""
        self.rng = np.random.default_rng([self.settings.seed, step])
        self.sessions = [self._new_session() for _ in range(self.settings.batch)]

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return slower_where_pretrained(self.network, rate)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        if progress > 0.75:
            freeze_statistics(self.network)
        asked = [self._asked(session) for session in self.sessions]
        logits = self._forward(asked)
        losses, answers, start = [], [], 0
        for session, about in zip(self.sessions, asked, strict=True):
            own = logits[start : start + len(about.windows)]
            start += len(about.windows)
            canvas = project(own, self._tensor(about.corners), self._tensor(about.boxes), SCENE)
            losses.append(self._loss(session, about, own, canvas))
            answers.append(canvas.detach().argmax(0).add(1).cpu().numpy())
        figures = self._figures(answers)
        self.sessions = [self._next(session, answer) for session, answer in zip(self.sessions, answers, strict=True)]
        loss = torch.stack(losses).mean()
        return loss, {"loss": loss.item(), **figures}

    def examples(self) -> list[dict[str, np.ndarray]]:
        """What the exported head would be fed by the present sessions."""
        fed = []
        for session in self.sessions:
            asked = self._asked(session)
            scene = self._tensor(session.rgb[None]).permute(0, 3, 1, 2)
            with torch.no_grad():
                features = self.network.encode(scene).cpu().numpy()
            windows = np.insert(asked.corners, 0, 0, axis=1).astype(np.float32)
            fed.append({"features": features, "windows": windows, "rgb": asked.rgb, "prompts": asked.prompts})
        return fed

    def _asked(self, session: Session) -> Asked:
        questions = session.questions()
        windows = [question.window for question in questions]
        rgb = np.stack([crop_image(session.rgb, window, GRID) for window in windows])
        prompts = [
            head_prompts(annotation_maps(question), pixels, self.settings.shared)
            for question, pixels in zip(questions, rgb, strict=True)
        ]
        corners = np.array([[w.x0, w.y0, w.x0 + w.width, w.y0 + w.height] for w in windows], float)
        return Asked(windows, corners, np.array([q.xyxy for q in questions]), rgb, np.stack(prompts))

    def _forward(self, asked: list[Asked]) -> Float[Tensor, "N 1 G G"]:
        scenes = self._tensor(np.stack([session.rgb for session in self.sessions])).permute(0, 3, 1, 2)
        numbered = [np.insert(q.corners, 0, number, axis=1) for number, q in enumerate(asked)]
        rgb = self._tensor(np.concatenate([q.rgb for q in asked])).permute(0, 3, 1, 2)
        prompts = self._tensor(np.concatenate([q.prompts for q in asked]))
        with mixed_precision(self.device):
            features = self.network.encode(scenes)
            logits = self.network.respond(features, self._tensor(np.concatenate(numbered)), rgb, prompts)
        return logits.float()

    def _loss(self, session: Session, asked: Asked, logits: Tensor, canvas: Tensor) -> Tensor:
        if self.settings.loss == "mask":
            truth = [_mask_truth(session.labels, n, w) for n, w in enumerate(asked.windows, start=1)]
            return mask_wise(logits, self._tensor(np.stack(truth)[:, None]))
        boxes, labels = self._tensor(asked.boxes), torch.from_numpy(session.labels).to(self.device)
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
        reach = CARELESS if self.rng.random() < 0.5 else 0.0
        masks = [Mask.from_full(labels == number) for number in range(1, int(labels.max()) + 1)]
        extremes = [_drawable(mask, str(number), self.rng, reach) for number, mask in enumerate(masks, start=1)]
        return Session(
            rgb, labels, extremes, int(self.rng.integers(2, MOST_ROUNDS + 1)) if self.settings.scribbles else 1
        )

    def _next(self, session: Session, answer: Int[np.ndarray, "S S"]) -> Session:
        session.rounds_left -= 1
        if session.rounds_left <= 0:
            return self._new_session()
        names = [points.region for points in session.extremes]
        budget = int(self.rng.integers(len(names) // 3 + 1, len(names) + 1))
        allocation: Allocation = "free" if self.rng.random() < 0.7 else "one-each"
        new = correct(answer, session.labels, names, session.scribbles, allocation, self.rng, budget)
        session.scribbles += new
        return session if new else self._new_session()


def _drawable(mask: Mask, region: str, rng: np.random.Generator, reach: float) -> ExtremePoints:
    """Careless extreme points that still span a box, else exact ones."""
    points = extreme_points(mask, region, rng, reach)
    x0, y0, x1, y1 = points.xyxy
    return points if min(x1 - x0, y1 - y0) >= 2 else extreme_points(mask, region, rng)


def _mask_truth(labels: Int[np.ndarray, "S S"], number: int, window: Window) -> Float[np.ndarray, "G G"]:
    """Where the region `number` is on the window's grid: 1 or 0, NaN for void and outside the scene."""
    kx, ky = window.width / GRID, window.height / GRID
    matrix = np.array([[kx, 0, window.x0 + kx / 2 - 0.5], [0, ky, window.y0 + ky / 2 - 0.5]])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    cells = cv2.warpAffine(labels.astype(np.float32), matrix, (GRID, GRID), flags=flags, borderValue=0)
    return np.where(cells == 0, np.nan, cells == number)
