"""The recipe of M_b and M_{b+c}: simulated sessions in which clicks correct the network's own answers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from fewclicks.datasets.masked_images import Source
from fewclicks.methods.segment.inference.prompt_maps import PROMPT_CHANNELS, prompt_maps
from fewclicks.methods.segment.options import ClickEncoding
from fewclicks.methods.segment.training.augment import CropSampler, TrainingCrop
from fewclicks.methods.segment.training.losses import mask_loss
from fewclicks.methods.segment.training.network import CROP, GRID, build_network
from fewclicks.methods.segment.training.settings import Design, LossName
from fewclicks.methods.shared.colour import COLOUR_CHANNELS, with_colour
from fewclicks.methods.shared.training.blocks import freeze_statistics, mixed_precision, slower_where_pretrained
from fewclicks.methods.shared.training.trained import load_start
from fewclicks.simulation.mask.annotator import Annotator, perturbed_box
from fewclicks.simulation.mask.settings import ClickKind

SCENE = 384  # pixels of the side of what an encode-once network reads in training
LONG = 0.35  # share of sessions with more than five answers
MOST_ROUNDS = 14


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of the paper's design space (corrective-clicks, Sec. 3.2), and batch and seed.

    colour_model: two more prompt maps hold how similar each cell is to the object in colour (colour.py).
    iterative: later clicks correct the answers to earlier clicks; otherwise, as in the paper, 1 to 9 clicks at once
    correct the answer to the box.
    """

    design: Design = "crop"
    clicks: ClickKind = "region"
    encoding: ClickEncoding = "disk"
    previous_mask: bool = True
    iterative: bool = True
    loss: LossName = "bce"
    colour_model: bool = True
    batch: int = 16
    seed: int = 0


@dataclass
class Session:
    """One simulated annotator at one object, between two answers."""

    crop: TrainingCrop
    box: Float[np.ndarray, "4"] | None
    rounds_left: int
    inside: list[tuple[float, float]] = field(default_factory=list)
    outside: list[tuple[float, float]] = field(default_factory=list)
    mask: Bool[np.ndarray, "G G"] | None = None

    def maps(self, settings: Settings) -> Float[np.ndarray, "P G G"]:
        inside = np.array(self.inside, float).reshape(-1, 2)
        outside = np.array(self.outside, float).reshape(-1, 2)
        mask = self.mask if settings.previous_mask else None
        maps = prompt_maps(self.box, inside, outside, mask, GRID, settings.encoding)
        return with_colour(maps, self.crop.rgb) if settings.colour_model else maps

    def add(self, clicks: Any, kind: ClickKind) -> None:
        for click in clicks:
            into = self.inside if click.adds or kind == "boundary" else self.outside
            into.append((click.x, click.y))


class SegmentTask:
    """`batch` sessions at once: each step trains on all of them, then each continues from its answer.

    Every forward pass is used for training, every click corrects the present network, and a batch mixes sessions with
    all numbers of clicks.
    """

    def __init__(self, settings: Settings, sources: list[Source], start: Path, device: torch.device) -> None:
        """`start`: MobileNetV2's pretrained weights, a safetensors file with torchvision's names, or a model that
        was trained with the same options (ONNX).
        """
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.sampler = CropSampler(sources, CROP, GRID)
        channels = PROMPT_CHANNELS + COLOUR_CHANNELS * settings.colour_model
        self.network = build_network(settings.design, channels)
        load_start(self.network, start)
        self.network.to(device, memory_format=torch.channels_last)
        self.begin(0)

    def begin(self, step: int) -> None:
        """Start fresh sessions, random by the seed and `step`, so that a resumed run sees new data."""
        self.rng = self.sampler.rng = np.random.default_rng([self.settings.seed, step])
        self.sessions = [self._new_session() for _ in range(self.settings.batch)]

    def parameter_groups(self, rate: float) -> list[dict[str, Any]]:
        return slower_where_pretrained(self.network, rate)

    def step(self, progress: float) -> tuple[Tensor, dict[str, float]]:
        maps = self._tensor(np.stack([session.maps(self.settings) for session in self.sessions]))
        truth = self._tensor(np.stack([session.crop.truth[None] for session in self.sessions])).float()
        if progress > 0.75:
            freeze_statistics(self.network)
        with mixed_precision(self.device):
            logits = self._forward(maps)
        loss = mask_loss(self.settings.loss, logits.float(), truth)
        answers = (logits.detach() > 0).squeeze(1).cpu().numpy()
        figures = self._figures(answers)
        self.sessions = [self._next(session, mask) for session, mask in zip(self.sessions, answers, strict=True)]
        return loss.mean(), {"loss": loss.mean().item(), **figures}

    def examples(self) -> list[dict[str, np.ndarray]]:
        """The inputs that the present sessions would give to the exported head of the crop design."""
        fine, features = self.network.encode(self._pixels([session.crop.rgb for session in self.sessions]))
        seen = zip(fine.cpu().numpy()[:, None], features.cpu().numpy()[:, None], self.sessions, strict=True)
        return [{"fine": f, "features": g, "prompts": each.maps(self.settings)[None]} for f, g, each in seen]

    def _forward(self, maps: Tensor) -> Tensor:
        crops = [session.crop for session in self.sessions]
        rgb = self._pixels([crop.rgb for crop in crops])
        if self.settings.design == "crop":
            return self.network(rgb, maps)
        features = self.network.encode(self._pixels([crop.scene for crop in crops if crop.scene is not None]))
        rois = np.array([[index, *crop.roi] for index, crop in enumerate(crops) if crop.roi is not None], np.float32)
        return self.network.respond(features, self._tensor(rois), rgb, maps)

    def _pixels(self, images: list[UInt8[np.ndarray, "H W 3"]]) -> Float[Tensor, "B 3 H W"]:
        return self._tensor(np.stack(images)).permute(0, 3, 1, 2).float()

    def _draw(self, zoomed: bool) -> TrainingCrop:
        if self.settings.design == "crop":
            return self.sampler.draw(zoomed)
        return self.sampler.draw_scene(zoomed, SCENE)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def _figures(self, answers: Bool[np.ndarray, "B G G"]) -> dict[str, float]:
        found: dict[str, list[float]] = {}
        for session, mask in zip(self.sessions, answers, strict=True):
            clicks = len(session.inside) + len(session.outside)
            key = "box" if clicks == 0 else "clicks1" if clicks == 1 and session.box is None else "later"
            truth = session.crop.truth
            found.setdefault(key, []).append((mask & truth).sum() / max((mask | truth).sum(), 1))
        return {key: float(np.mean(values)) for key, values in found.items()}

    def _new_session(self) -> Session:
        rng = self.rng
        if rng.random() < 0.4:
            crop = self._draw(zoomed=True)
            return Session(crop, self._loose(crop.box), self._rounds() if self.settings.iterative else 2)
        zoomed = bool(rng.random() < 0.6)
        crop = self._draw(zoomed)
        session = Session(crop, None, self._rounds() if zoomed and self.settings.iterative else 2)
        if zoomed and self.settings.previous_mask and rng.random() < 0.4:
            session.mask = _damaged(crop.truth, rng)
            if session.mask.any():
                self._correct(session, session.mask)
                if session.inside or session.outside:
                    return session
            session.mask = None
        self._correct(session, np.zeros_like(crop.truth), first=True)
        return session

    def _rounds(self) -> int:
        """The number of answers of a session: 2 to 5; in a third of the sessions 6 to 14, to train late clicks too."""
        first, last = (6, MOST_ROUNDS) if self.rng.random() < LONG else (2, 5)
        return int(self.rng.integers(first, last + 1))

    def _loose(self, box: Float[np.ndarray, "4"]) -> Float[np.ndarray, "4"]:
        """Half of the boxes are tight, half as loose as in Sec. 3.1 (60 px at an object of 193)."""
        side = float(max(box[2:] - box[:2]))
        if self.rng.random() < 0.5:
            return box + self.rng.normal(0, 0.015 * side, 4)
        return np.array(perturbed_box(tuple(box), self.rng, 0.3 * side))

    def _next(self, session: Session, mask: Bool[np.ndarray, "G G"]) -> Session:
        session.rounds_left -= 1
        if session.rounds_left <= 0 or len(session.inside) + len(session.outside) > 20:
            return self._new_session()
        before = len(session.inside) + len(session.outside)
        self._correct(session, mask)
        session.mask = mask
        return session if len(session.inside) + len(session.outside) > before else self._new_session()

    def _correct(self, session: Session, mask: Bool[np.ndarray, "G G"], first: bool = False) -> None:
        """Add clicks on the errors of `mask`: near their centres, with noise, or on their boundary."""
        if first:
            count = 1
        elif self.settings.iterative:
            count = int(self.rng.choice([1, 2, 3], p=[0.5, 0.2, 0.3]))
        else:
            count = int(self.rng.integers(1, 10))
        noise = float(self.rng.choice([0.0, 1.0, 2.5]))
        annotator = Annotator(self.settings.clicks, noise, min_region_px=2)
        session.add(annotator.clicks(mask, session.crop.truth, count, self.rng), self.settings.clicks)


def _damaged(truth: Bool[np.ndarray, "G G"], rng: np.random.Generator) -> Bool[np.ndarray, "G G"]:
    """A mask as another annotator might have left it: shifted, cut, or with something added."""
    mask = np.roll(truth, tuple(rng.integers(-6, 7, 2)), (0, 1))
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.integers(0, GRID, 2)
        w, h = rng.integers(GRID // 10, GRID // 2, 2)
        mask[y : y + h, x : x + w] = bool(rng.random() < 0.4)
    return mask
