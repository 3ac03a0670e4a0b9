"""The class-wise collated correlation module in torch (c3det, Sec. 4.1.3); correlation.py is the same for answering."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fewclicks.methods.detect.inference.network.correlation import SHORTEST
from fewclicks.methods.detect.inference.network.design import CHANNELS, STRIDES, Design
from fewclicks.methods.detect.training.network.late_fusion import Levels


def sampled(levels: Levels, image: Tensor, points_xy: Float[Tensor, "K 2"]) -> Float[Tensor, "K T"]:
    """Eq. 1 for points in pixels of the input, each in the image of that index: correlation.py says how."""
    columns = []
    for stride, level in zip(STRIDES, levels, strict=True):
        limit = points_xy.new_tensor([level.shape[3] - 1, level.shape[2] - 1])
        place = torch.minimum((points_xy / stride - 0.5).clamp(min=0), limit)
        low = place.floor()
        right, below = (place - low).unbind(1)
        (x0, y0), (x1, y1) = low.long().unbind(1), torch.minimum(low + 1, limit).long().unbind(1)
        top = level[image, :, y0, x0] * (1 - right)[:, None] + level[image, :, y0, x1] * right[:, None]
        bottom = level[image, :, y1, x0] * (1 - right)[:, None] + level[image, :, y1, x1] * right[:, None]
        columns.append(top * (1 - below)[:, None] + bottom * below[:, None])
    return torch.cat(columns, 1)


def collated(
    levels: Levels,
    templates: Float[Tensor, "K T"],
    image: Sequence[int],
    classes: Sequence[int],
    design: Design,
    count: int,
) -> Levels:
    """F_C3 (Eq. 2 and 3): templates for the images of these indices, and their classes.

    In single precision, as in answering.
    """
    batch, device = len(levels[0]), templates.device
    key = np.array(image, np.int64) * count + np.array(classes, np.int64)  # of B * C maps, the one that a row is for
    has = torch.from_numpy(np.isin(np.arange(batch * count), key)).to(device).reshape(batch, count, 1, 1)
    if not len(key):
        return [level.new_zeros(batch, count, *level.shape[2:], dtype=torch.float32) for level in levels]
    found = []
    for number, level in enumerate(levels):
        with torch.autocast(device.type, enabled=False):
            own = templates[:, number * CHANNELS : (number + 1) * CHANNELS].float()
            rows = _means(own, key, batch * count) if design.collation == "before" else own[_table(key, batch * count)]
            cells = level.float().flatten(2)
            if design.correlation == "cosine":
                rows, cells = _unit(rows, 2), _unit(cells, 1)
            else:
                cells = cells / CHANNELS**0.5
            maps = rows.reshape(batch, -1, CHANNELS) @ cells
            found.append(maps.reshape(batch, count, -1, *level.shape[2:]).amax(2) * has)
    return found


def _table(key: Int64[np.ndarray, "K"], size: int) -> Int64[np.ndarray, "M N"]:
    """Return the rows of each of M = `size` maps. A map with fewer than N rows repeats its last one."""
    groups = [np.flatnonzero(key == number) for number in range(size)]
    most = max(map(len, groups))
    return np.array([np.pad(own, (0, most - len(own)), "edge") if len(own) else np.zeros(most, int) for own in groups])


def _means(rows: Float[Tensor, "K D"], key: Int64[np.ndarray, "K"], size: int) -> Float[Tensor, "M 1 D"]:
    """Return for each of M = `size` maps the mean of its rows."""
    sums = rows.new_zeros(size, rows.shape[1]).index_add(0, torch.from_numpy(key).to(rows.device), rows)
    counts = rows.new_tensor(np.maximum(np.bincount(key, minlength=size), 1))
    return (sums / counts[:, None])[:, None]


def _unit(vectors: Float[Tensor, "..."], dim: int) -> Float[Tensor, "..."]:
    return vectors / vectors.norm(dim=dim, keepdim=True).clamp(min=SHORTEST)
