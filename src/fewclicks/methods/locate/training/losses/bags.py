"""Maps sampled at the points of bags (Eq. 1), and negative cells (Eq. 2), without a loop over points."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import grid_sample, one_hot


def sampled(
    maps: Float[Tensor, "B K h w"], image: Int[Tensor, "M"], places: Float[Tensor, "M U 2"]
) -> Float[Tensor, "M U K"]:
    """Sample `maps` bilinearly at places x, y in cells, cell i covers [i, i + 1). image: ascending index into B."""
    size = torch.tensor([maps.shape[3], maps.shape[2]], device=maps.device)
    grids = (places / size * 2 - 1).split(torch.bincount(image, minlength=len(maps)).tolist())
    found = [
        grid_sample(each[None], grid[None], padding_mode="border", align_corners=False)[0].permute(1, 2, 0)
        for each, grid in zip(maps, grids, strict=True)
        if len(grid)
    ]
    return torch.cat(found) if found else maps.new_zeros(0, places.shape[1], maps.shape[1])


def is_within(places: Float[Tensor, "M U 2"], areas: Float[Tensor, "M 4"]) -> Bool[Tensor, "M U"]:
    """Return whether places are in areas x0, y0, x1, y1, borders included: others are not in a bag."""
    low, high = areas[:, None, :2], areas[:, None, 2:]
    return ((places >= low) & (places <= high)).all(2)


def cell_centres(maps: Float[Tensor, "B K h w"]) -> Float[Tensor, "h*w 2"]:
    """Return x, y of the centres of the cells of `maps`, row after row."""
    rows, columns = (torch.arange(length, device=maps.device) for length in maps.shape[2:])
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x.flatten(), y.flatten()], 1) + 0.5


def far_cells(
    centres: Float[Tensor, "P 2"], points: Float[Tensor, "N 2"], channels: Int[Tensor, "N"], classes: int, radius: float
) -> Bool[Tensor, "P K"]:
    """Return Neg_k of Eq. 2: whether a cell is further than `radius` cells from every point of class k."""
    near = (torch.cdist(centres, points.to(centres.dtype)) <= radius).to(centres.dtype)
    of_class = one_hot(channels, classes).to(centres.dtype)
    return near @ of_class == 0
