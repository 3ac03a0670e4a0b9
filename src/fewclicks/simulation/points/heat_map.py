"""Where points lie in the boxes of their objects (cpr, Eq. 14), as an array and as a picture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 20
INSIDE = (-0.5, 0.5)  # of the box, in its sides


def heat_map(relative_xy: Float64[np.ndarray, "N 2"], bins: int = BINS) -> Float64[np.ndarray, "bins bins"]:
    """Return the share of points in each cell of the box (Eq. 14): rows from top to bottom, columns from left to right.

    `relative_xy` are positions from the centre in sides of the box (`relative_positions`). Points outside the box are
    in no cell, so the sum is the share of points inside it; without points it is 0.
    """
    found, _, _ = np.histogram2d(relative_xy[:, 1], relative_xy[:, 0], bins, [INSIDE, INSIDE])
    return found / max(len(relative_xy), 1)


@dataclass(frozen=True, eq=False)
class HeatMaps:
    """The picture of the relative positions before and after refinement, side by side, in the same colours."""

    before: Float64[np.ndarray, "N 2"]
    after: Float64[np.ndarray, "N 2"]
    name: str = "heat-map"

    def draw(self, figure: "Figure") -> None:
        """Draw both panels; colours follow the root of the shares, so that wide distributions are visible too."""
        from matplotlib.colors import PowerNorm

        maps = {"before": heat_map(self.before), "after": heat_map(self.after)}
        colours = PowerNorm(0.5, vmin=0, vmax=max(each.max() for each in maps.values()) or 1)
        for axes, (title, shares) in zip(figure.subplots(1, len(maps), sharey=True), maps.items(), strict=True):
            image = axes.imshow(shares, "viridis", colours, extent=(*INSIDE, *reversed(INSIDE)))
            axes.plot(0, 0, "+", color="white", markersize=10)
            axes.set_title(f"{title}: {shares.sum():.0%} of the points in the box", fontsize="medium")
            axes.set_xlabel("x from the centre, in widths")
        figure.axes[0].set_ylabel("y from the centre, in heights")
        figure.colorbar(image, ax=figure.axes, label="share of the points", shrink=0.65)
