"""The looks of synthetic classes: random combinations of an outline, a texture, two colours and a size."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float64

VARIED = 0.35  # probability that a class differs from an earlier one in one respect only
APART = 110.0  # minimum distance of two different colours in RGB, where the maximum is 442
SIDES_PX = (12.0, 44.0)  # range of the longer side of a class, in pixels; sizes of objects vary around it

Outline = Float64[np.ndarray, "M 2"]
Texture = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Look:
    """A class of objects.

    outline: a simple polygon around the origin, x and y in -1..1; the longer side fills that range. hole: the relative
    size of a hole of the same shape, 0 for none. texture: a name in TEXTURES, with `waves` periods from end to end.
    colours: the two colours of the texture, RGB 0..255. side_px: the mean length of the longer side.
    """

    shape: str
    outline: Outline
    hole: float
    texture: str
    waves: float
    colours: Float64[np.ndarray, "2 3"]
    side_px: float

    @property
    def name(self) -> str:
        return f"{self.texture}-{'ring-of-' if self.hole else ''}{self.shape}"


def draw_looks(count: int, rng: np.random.Generator) -> tuple[Look, ...]:
    """Draw classes that differ from each other, some of them only in outline, texture or colours."""
    looks: list[Look] = []
    for _ in range(count):
        fresh = _draw_look(rng)
        if looks and rng.random() < VARIED:
            fresh = _variation(looks[rng.integers(len(looks))], fresh, rng)
        looks.append(fresh)
    return tuple(looks)


def _draw_look(rng: np.random.Generator) -> Look:
    shape = str(rng.choice(list(OUTLINES)))
    outline = OUTLINES[shape](rng) * [1.0, rng.uniform(0.4, 1.0)]
    hole = rng.uniform(0.35, 0.65) if shape in HOLLOW and rng.random() < 0.25 else 0.0
    first = rng.uniform(0, 255, 3)
    colours = np.stack([first, _colour_apart(first, rng)])
    low, high = np.log(SIDES_PX)
    return Look(
        shape,
        _fitted(outline),
        hole,
        str(rng.choice(list(TEXTURES))),
        float(rng.uniform(1.5, 4.0)),
        colours,
        float(np.exp(rng.uniform(low, high))),
    )


def _variation(look: Look, other: Look, rng: np.random.Generator) -> Look:
    """Return the look with the outline, texture or colours replaced."""
    respect = rng.integers(3)
    if respect == 0:
        return replace(look, shape=other.shape, outline=other.outline, hole=other.hole)
    if respect == 1 and other.texture != look.texture:
        return replace(look, texture=other.texture, waves=other.waves)
    first = _colour_apart(look.colours[0], rng)
    return replace(look, colours=np.stack([first, _colour_apart(first, rng)]))


def _colour_apart(colour: Float64[np.ndarray, "3"], rng: np.random.Generator) -> Float64[np.ndarray, "3"]:
    other = rng.uniform(0, 255, 3)
    while np.linalg.norm(other - colour) < APART:
        other = rng.uniform(0, 255, 3)
    return other


def _fitted(outline: Outline) -> Outline:
    low, high = outline.min(0), outline.max(0)
    return (outline - (low + high) / 2) * 2 / (high - low).max()


# --- outlines ------------------------------------------------------------------------------------


def _round(radius: Float64[np.ndarray, "M"], turn: Float64[np.ndarray, "M"]) -> Outline:
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)


def _turns(count: int) -> Float64[np.ndarray, "count"]:
    return np.arange(count) * (2 * np.pi / count)


def _superellipse(rng: np.random.Generator) -> Outline:
    """Draw a shape between a four-pointed star, a diamond, an ellipse and a rectangle."""
    power = 2 / float(np.exp(rng.uniform(np.log(0.6), np.log(8))))
    cos, sin = np.cos(_turns(48)), np.sin(_turns(48))
    return np.stack([np.sign(cos) * np.abs(cos) ** power, np.sign(sin) * np.abs(sin) ** power], axis=1)


def _polygon(rng: np.random.Generator) -> Outline:
    count = int(rng.integers(3, 7))
    return _round(np.ones(count), _turns(count) + rng.uniform(0, np.pi))


def _star(rng: np.random.Generator) -> Outline:
    points = int(rng.integers(4, 9))
    return _round(np.tile([1.0, rng.uniform(0.35, 0.65)], points), _turns(2 * points))


def _blob(rng: np.random.Generator) -> Outline:
    turns = _turns(60)
    waves = [rng.normal(0, 0.3 / k) * np.cos(k * turns + rng.uniform(0, 6.3)) for k in range(2, 7)]
    return _round(np.maximum(1 + np.sum(waves, axis=0), 0.25), turns)


def _gear(rng: np.random.Generator) -> Outline:
    teeth = int(rng.integers(5, 10))
    return _round(np.tile([1.0, 1.0, 0.72, 0.72], teeth), _turns(4 * teeth))


def _crescent(rng: np.random.Generator) -> Outline:
    bow = np.linspace(-1, 1, 24) * rng.uniform(0.5, 0.75) * np.pi
    outer = _round(np.ones(24), bow)
    return np.concatenate([outer, outer[::-1] * [rng.uniform(0.2, 0.6), 1.0]])


def _from_rows(rows: list[tuple[float, float]]) -> Outline:
    return np.array(rows, np.float64)


def _cross(rng: np.random.Generator) -> Outline:
    a = float(rng.uniform(0.2, 0.45))
    return _from_rows([(-a, -1), (a, -1), (a, -a), (1, -a), (1, a), (a, a), (a, 1), (-a, 1), (-a, a), (-1, a), (-1, -a),
                       (-a, -a)])  # fmt: skip


def _corner(rng: np.random.Generator) -> Outline:
    a = float(rng.uniform(-0.6, 0.0))
    return _from_rows([(-1, -1), (a, -1), (a, -a), (1, -a), (1, 1), (-1, 1)])


def _tee(rng: np.random.Generator) -> Outline:
    a, b = float(rng.uniform(0.2, 0.4)), float(rng.uniform(-0.6, -0.2))
    return _from_rows([(-1, -1), (1, -1), (1, b), (a, b), (a, 1), (-a, 1), (-a, b), (-1, b)])


def _arrow(rng: np.random.Generator) -> Outline:
    a, b = float(rng.uniform(0.2, 0.5)), float(rng.uniform(-0.3, 0.4))
    return _from_rows([(-1, -a), (b, -a), (b, -1), (1, 0), (b, 1), (b, a), (-1, a)])


def _chevron(rng: np.random.Generator) -> Outline:
    a = float(rng.uniform(-0.5, 0.3))
    return _from_rows([(-1, -1), (a, -1), (1, 0), (a, 1), (-1, 1), (-a * 0.5, 0)])


OUTLINES: dict[str, Callable[[np.random.Generator], Outline]] = {
    "oval": _superellipse,
    "polygon": _polygon,
    "star": _star,
    "blob": _blob,
    "gear": _gear,
    "crescent": _crescent,
    "cross": _cross,
    "corner": _corner,
    "tee": _tee,
    "arrow": _arrow,
    "chevron": _chevron,
}
HOLLOW = {"oval", "polygon", "blob", "gear"}

# --- textures: the share of the second colour at x, y in -1..1, with `waves` periods --------------


def _plain(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return np.zeros_like(x)


def _stripes(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return (np.sin(np.pi * waves * x) > 0).astype(float)


def _bands(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return (np.sin(np.pi * waves * y + 1) > 0).astype(float)


def _checks(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return (np.sin(np.pi * waves * x) * np.sin(np.pi * waves * y) > 0).astype(float)


def _dots(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return (np.cos(np.pi * waves * x) + np.cos(np.pi * waves * y) > 0.8).astype(float)


def _shade(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return np.clip((x + 1) / 2, 0, 1)


def _target(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return (np.cos(np.pi * waves * np.hypot(x, y)) > 0).astype(float)


def _halves(x: np.ndarray, y: np.ndarray, waves: float) -> np.ndarray:
    return (x > 0).astype(float)


TEXTURES: dict[str, Callable[[np.ndarray, np.ndarray, float], np.ndarray]] = {
    "plain": _plain,
    "striped": _stripes,
    "banded": _bands,
    "checked": _checks,
    "dotted": _dots,
    "shaded": _shade,
    "ringed": _target,
    "halved": _halves,
}
