"""Training data synthesis (c3det, Sec. 4.1.1): what a simulated person clicks in a batch of canvases."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from fewclicks.methods.detect.inference.network.design import ClickCount
from fewclicks.methods.detect.training.data.augment import Canvas

MOST_CLICKS = 20
FEW_CLICKS = 3
LARGEST_SHARE = 0.9
UNASKED = 0.15  # chance of a class in the canvas that nobody clicks, with class slots
BORROWED = 0.4  # chance that a canvas is asked about by what was clicked in its neighbour, with class slots


@dataclass(frozen=True)
class Questions:
    """What a batch of B canvases is asked.

    channels: for every canvas the class channel of each of its objects, -1 where the model has none for it.
    clicked: for every canvas the objects clicked in it, and points where.
    rows: of every template the canvas it is for, the canvas it is taken from, and its channel; places: where there.
    asked: whether a canvas is asked about a channel at all.
    """

    channels: list[Int64[np.ndarray, "_"]]
    clicked: list[Int64[np.ndarray, "_"]]
    points: list[Float64[np.ndarray, "_ 2"]]
    rows: Int64[np.ndarray, "K 3"]
    places: Float64[np.ndarray, "K 2"]
    asked: Bool[np.ndarray, "B C"]


def count_clicks(available: int, how: ClickCount, rng: np.random.Generator) -> int:
    """`number`: the paper's min(N_u, N_a) with N_u uniform on 0..20.

    `share`: half of the time a few, else of N_a objects a share uniform on 0..0.9. The paper's images have so many
    objects that few clicks leave most of them. Where there are six, min(N_u, N_a) is nearly always all of them, and a
    network learns that what is not clicked is nothing. Shares alone seldom leave a whole class unclicked, which few
    clicks do.
    """
    if how == "number":
        return min(int(rng.integers(MOST_CLICKS + 1)), available)
    largest = round(available * LARGEST_SHARE)
    if rng.random() < 0.5:
        return min(int(rng.integers(FEW_CLICKS + 1)), largest)
    return min(round(available * rng.uniform(0, LARGEST_SHARE)), MOST_CLICKS)


def click(
    boxes: Float64[np.ndarray, "N 5"], chosen: Int64[np.ndarray, "K"], jitter: float, rng: np.random.Generator
) -> Float64[np.ndarray, "K 2"]:
    """The centres of these objects, half of the time off by a normal error of `jitter` times the sides."""
    wrong = rng.normal(0, jitter, (len(chosen), 2)) * (rng.random() < 0.5)
    off = np.clip(wrong, -0.4, 0.4) * boxes[chosen, 2:4]
    cos, sin = np.cos(boxes[chosen, 4]), np.sin(boxes[chosen, 4])
    turned = np.stack([off[:, 0] * cos - off[:, 1] * sin, off[:, 0] * sin + off[:, 1] * cos], axis=1)
    return boxes[chosen, :2] + turned


def ask_fixed(
    canvases: Sequence[Canvas],
    channel_of: dict[int, int],
    how: ClickCount,
    unclicked: float,
    jitter: float,
    rng: np.random.Generator,
) -> Questions:
    """Clicks for a model that knows its classes: it is asked about all of them. In a share `unclicked` of the canvases
    nobody clicks, besides those that get no clicks anyway.
    """
    channels = [np.array([channel_of[each] for each in canvas.class_ids.tolist()], np.int64) for canvas in canvases]
    clicked = []
    for canvas in canvases:
        wanted = 0 if unclicked and rng.random() < unclicked else count_clicks(len(canvas.boxes), how, rng)
        clicked.append(_chosen(np.arange(len(canvas.boxes)), wanted, rng))
    points = [click(canvas.boxes, chosen, jitter, rng) for canvas, chosen in zip(canvases, clicked, strict=True)]
    own = [(number, number) for number in range(len(canvases))]
    asked = np.ones((len(canvases), len(channel_of)), bool)
    return Questions(channels, clicked, points, *_rows(own, channels, clicked, points), asked)


def ask_slots(
    canvases: Sequence[Canvas],
    slots: int,
    how: ClickCount,
    jitter: float,
    borrows: bool,
    rng: np.random.Generator,
) -> Questions:
    """Clicks for a model of class slots; canvases 0 and 1, 2 and 3, ... are neighbours, of the same data set.

    The classes of two neighbours are laid into slots at random, so that only clicks tell what a slot means. A slot
    that a canvas is not asked about has no meaning there, and no loss. With `borrows` some canvases are asked by the
    clicks in their neighbour, with or without clicks of their own: then a class may well not be there.
    """
    channels: list[np.ndarray] = []
    clicked: list[np.ndarray] = []
    pairs: list[tuple[int, int]] = []
    for first in range(0, len(canvases), 2):
        both = canvases[first : first + 2]
        lay = _laid(np.unique(np.concatenate([canvas.class_ids for canvas in both])), slots, rng)
        channels += [np.array([lay[each] for each in canvas.class_ids.tolist()], np.int64) for canvas in both]
        quiet = rng.random(slots) < UNASKED
        for offset in range(len(both)):
            own = channels[first + offset]
            allowed = np.flatnonzero((own >= 0) & ~quiet[own])
            wanted = max(count_clicks(len(allowed), how, rng), min(1, len(allowed)))
            clicked.append(_chosen(allowed, wanted, rng))
            borrowed = borrows and len(both) == 2 and rng.random() < BORROWED
            pairs += [(first + offset, first + 1 - offset)] * borrowed
            pairs += [(first + offset, first + offset)] * bool(not borrowed or rng.random() < 0.5)
    points = [click(canvas.boxes, chosen, jitter, rng) for canvas, chosen in zip(canvases, clicked, strict=True)]
    rows, places = _rows(pairs, channels, clicked, points)
    asked = np.zeros((len(canvases), slots), bool)
    asked[rows[:, 0], rows[:, 2]] = True
    themselves = {target for target, source in pairs if target == source}
    kept = [chosen if number in themselves else chosen[:0] for number, chosen in enumerate(clicked)]
    return Questions(channels, kept, [at[: len(k)] for at, k in zip(points, kept, strict=True)], rows, places, asked)


def _chosen(allowed: Int64[np.ndarray, "N"], count: int, rng: np.random.Generator) -> Int64[np.ndarray, "K"]:
    return rng.permutation(allowed)[:count]


def _laid(classes: Int64[np.ndarray, "N"], slots: int, rng: np.random.Generator) -> dict[int, int]:
    """A slot for each class, -1 for those that are too many."""
    free = [*rng.permutation(slots).tolist(), *[-1] * max(0, len(classes) - slots)]
    return {int(class_id): slot for class_id, slot in zip(rng.permutation(classes), free, strict=False)}


def _rows(
    pairs: Sequence[tuple[int, int]],
    channels: Sequence[np.ndarray],
    clicked: Sequence[np.ndarray],
    points: Sequence[np.ndarray],
) -> tuple[Int64[np.ndarray, "K 3"], Float64[np.ndarray, "K 2"]]:
    rows, places = [np.zeros((0, 3), np.int64)], [np.zeros((0, 2))]
    for target, source in pairs:
        own = channels[source][clicked[source]]
        rows.append(np.stack([np.full(len(own), target), np.full(len(own), source), own], axis=1))
        places.append(points[source])
    return np.concatenate(rows), np.concatenate(places)
