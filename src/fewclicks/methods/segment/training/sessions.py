"""Simulated sessions of the recipe: people who correct the network's own answers. No torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float, Float32

from fewclicks.datasets.masked_images import Source
from fewclicks.methods.segment.inference.prompt_maps import PROMPT_CHANNELS, prompt_maps
from fewclicks.methods.segment.options import ClickEncoding
from fewclicks.methods.segment.training.augment import CropSampler, Framing, TrainingCrop
from fewclicks.methods.segment.training.settings import Design, LossName
from fewclicks.methods.segment.training.sizes import CROP, GRID, SCENE
from fewclicks.methods.shared.colour import COLOUR_CHANNELS, with_colour
from fewclicks.prompts import Click
from fewclicks.simulation.mask.annotator import Annotator, perturbed_box
from fewclicks.simulation.mask.settings import ClickKind
from fewclicks.training.workers import Kind, Row

BOXED = 0.4  # share of sessions that begin with a box
DAMAGED = 0.4  # share of the sessions without a box, zoomed to their object, that begin with a mask
CLOSER = 0.35  # share of those that look again, closer, at the object of a first click
FRAMINGS: tuple[Framing, ...] = ("object", "image", "click")
FRAMING_CHANCES = (0.55, 0.2, 0.25)  # of sessions without a box
LONG = 0.35  # share of sessions with more than five answers
MOST_ROUNDS = 14
MOST_CLICKS = 20


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

    @property
    def prompt_channels(self) -> int:
        return PROMPT_CHANNELS + COLOUR_CHANNELS * self.colour_model


@dataclass
class Session:
    """One simulated annotator at one object, between two answers; `rng` is that of all sessions of a slot."""

    rng: np.random.Generator
    crop: TrainingCrop
    box: Float[np.ndarray, "4"] | None
    rounds_left: int
    inside: list[tuple[float, float]] = field(default_factory=list)
    outside: list[tuple[float, float]] = field(default_factory=list)
    mask: Bool[np.ndarray, "G G"] | None = None

    @property
    def clicks(self) -> int:
        return len(self.inside) + len(self.outside)

    def maps(self, settings: Settings) -> Float32[np.ndarray, "P G G"]:
        """The prompts as the network sees them."""
        inside = np.array(self.inside, float).reshape(-1, 2)
        outside = np.array(self.outside, float).reshape(-1, 2)
        mask = self.mask if settings.previous_mask else None
        maps = prompt_maps(self.box, inside, outside, mask, GRID, settings.encoding)
        return with_colour(maps, self.crop.cells) if settings.colour_model else maps

    def add(self, clicks: tuple[Click, ...], kind: ClickKind) -> None:
        for click in clicks:
            into = self.inside if click.adds or kind == "boundary" else self.outside
            into.append((click.x, click.y))


class Sessions:
    """The sessions of a training run, each in its slot."""

    def __init__(self, settings: Settings, sources: list[Source]) -> None:
        self._settings = settings
        self._sampler = CropSampler(sources, CROP, GRID)
        self._sessions: dict[int, Session] = {}

    @property
    def layout(self) -> Mapping[str, Kind]:
        """Pixels of the window, prompt maps, the true mask, the cells that it has outside the window, how many clicks
        the prompts have, and whether they have a box; for an encode-once network also the scene and where in it the
        window lies.
        """
        shown = {
            "rgb": Kind((CROP, CROP, 3), "uint8"),
            "prompts": Kind((self._settings.prompt_channels, GRID, GRID), "float32"),
            "truth": Kind((GRID, GRID), "bool"),
            "hidden": Kind((), "float32"),
            "clicks": Kind((), "int32"),
            "has_box": Kind((), "bool"),
        }
        if self._settings.design == "crop":
            return shown
        pixels = {"rgb": Kind((GRID, GRID, 3), "uint8"), "scene": Kind((SCENE, SCENE, 3), "uint8")}
        return {**shown, **pixels, "roi": Kind((4,), "float32")}

    @property
    def answer(self) -> Kind:
        return Kind((GRID, GRID), "bool")

    def begin(self, slot: int, step: int) -> Row:
        rng = np.random.default_rng([self._settings.seed, step, slot])
        self._sessions[slot] = self._new_session(rng)
        return self._row(self._sessions[slot])

    def go_on(self, slot: int, answer: Bool[np.ndarray, "G G"]) -> Row:
        self._sessions[slot] = self._next(self._sessions[slot], answer)
        return self._row(self._sessions[slot])

    def _row(self, session: Session) -> Row:
        crop = session.crop
        row = {"rgb": crop.rgb, "prompts": session.maps(self._settings), "truth": crop.truth}
        row |= {name: np.asarray(value) for name, value in (("hidden", crop.hidden), ("clicks", session.clicks))}
        row["has_box"] = np.asarray(session.box is not None)
        return row if crop.scene is None or crop.roi is None else {**row, "scene": crop.scene, "roi": crop.roi}

    def _draw(self, rng: np.random.Generator, framing: Framing) -> TrainingCrop:
        if self._settings.design == "crop":
            return self._sampler.draw(rng, framing)
        return self._sampler.draw_scene(rng, framing, SCENE)

    def _new_session(self, rng: np.random.Generator) -> Session:
        if rng.random() < BOXED:
            crop = self._draw(rng, "object")
            return Session(rng, crop, _loose(crop.box, rng), self._rounds(rng, "object"))
        framing = FRAMINGS[rng.choice(len(FRAMINGS), p=FRAMING_CHANCES)]
        crop = self._draw(rng, framing)
        session = Session(rng, crop, None, self._rounds(rng, framing))
        if framing == "object" and self._settings.previous_mask and rng.random() < DAMAGED:
            session.mask = _damaged(crop.truth, rng)
            if session.mask.any():
                closer = rng.random() < CLOSER
                self._correct(session, np.zeros_like(crop.truth) if closer else session.mask, first=closer)
                if session.clicks:
                    return session
            session.mask = None
        self._correct(session, np.zeros_like(crop.truth), first=True)
        return session

    def _rounds(self, rng: np.random.Generator, framing: Framing) -> int:
        """The number of answers of a session: 2 to 5; of some sessions 6 to 14, to train late clicks too.

        Where the window does not follow the object it is 2, since a second answer would have another window.
        """
        if framing != "object" or not self._settings.iterative:
            return 2
        first, last = (6, MOST_ROUNDS) if rng.random() < LONG else (2, 5)
        return int(rng.integers(first, last + 1))

    def _next(self, session: Session, mask: Bool[np.ndarray, "G G"]) -> Session:
        session.rounds_left -= 1
        before = session.clicks
        if session.rounds_left <= 0 or before > MOST_CLICKS:
            return self._new_session(session.rng)
        self._correct(session, mask)
        session.mask = mask
        return session if session.clicks > before else self._new_session(session.rng)

    def _correct(self, session: Session, mask: Bool[np.ndarray, "G G"], first: bool = False) -> None:
        """Add clicks on the errors of `mask`: near their centres, with noise, or on their boundary."""
        rng = session.rng
        if first:
            count = 1
        elif self._settings.iterative:
            count = int(rng.choice([1, 2, 3], p=[0.5, 0.2, 0.3]))
        else:
            count = int(rng.integers(1, 10))
        noise = float(rng.choice([0.0, 1.0, 2.5]))
        annotator = Annotator(self._settings.clicks, noise, min_region_px=2)
        session.add(annotator.clicks(mask, session.crop.truth, count, rng), self._settings.clicks)


def _loose(box: Float[np.ndarray, "4"], rng: np.random.Generator) -> Float[np.ndarray, "4"]:
    """Half of the boxes are tight, half as loose as in Sec. 3.1 (60 px at an object of 193)."""
    side = float(max(box[2:] - box[:2]))
    if rng.random() < 0.5:
        return box + rng.normal(0, 0.015 * side, 4)
    return np.array(perturbed_box(tuple(box), rng, 0.3 * side))


def _damaged(truth: Bool[np.ndarray, "G G"], rng: np.random.Generator) -> Bool[np.ndarray, "G G"]:
    """A mask as another annotator might have left it: shifted, cut, or with something added."""
    mask = np.roll(truth, tuple(rng.integers(-6, 7, 2)), (0, 1))
    for _ in range(int(rng.integers(1, 4))):
        x, y = rng.integers(0, GRID, 2)
        w, h = rng.integers(GRID // 10, GRID // 2, 2)
        mask[y : y + h, x : x + w] = bool(rng.random() < 0.4)
    return mask
