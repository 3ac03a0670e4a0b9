"""The class-wise collated correlation module in torch (c3det, Sec. 4.1.3); correlation.py is the same for answering."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
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
    """F_C3 of a batch (Eq. 2 and 3): templates for the images of these indices, and their classes."""
    groups: list[dict[int, list[int]]] = [{} for _ in levels[0]]
    for row, (index, class_id) in enumerate(zip(image, classes, strict=True)):
        groups[index].setdefault(class_id, []).append(row)
    found = []
    for number, level in enumerate(levels):
        own = templates[:, number * CHANNELS : (number + 1) * CHANNELS]
        level = _unit(level) if design.correlation == "cosine" else level / CHANNELS**0.5
        maps = [[level.new_zeros(level.shape[2:])] * count for _ in groups]
        for features, by_class, collated_maps in zip(level.unbind(), groups, maps, strict=True):
            for class_id, rows in by_class.items():
                chosen = own[rows].mean(0, keepdim=True) if design.collation == "before" else own[rows]
                chosen = _unit(chosen) if design.correlation == "cosine" else chosen
                collated_maps[class_id] = torch.einsum("kd,dhw->khw", chosen, features).amax(0)
        found.append(torch.stack([torch.stack(each) for each in maps]))
    return found


def _unit(vectors: Float[Tensor, "N D ..."]) -> Float[Tensor, "N D ..."]:
    return vectors / vectors.norm(dim=1, keepdim=True).clamp(min=SHORTEST)
