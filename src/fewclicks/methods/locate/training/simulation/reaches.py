"""The R of each refined object, noted while a refiner answers, as a histogram in the report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fewclicks.answers import PointsAnswer
from fewclicks.images.source import ImageSource
from fewclicks.methods.locate.inference.refine import Moved, RefineModel
from fewclicks.model import COMPLETE, Encoding, Model, ModelInfo, Options, Response
from fewclicks.prompts import Prompts
from fewclicks.simulation.report import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Noting(Model[ImageSource, PointsAnswer, Moved]):
    """A refiner that answers as `model` does, and counts the R of its answers."""

    def __init__(self, model: RefineModel) -> None:
        self._model, self._counts = model, Counter[int]()

    @property
    def info(self) -> ModelInfo:
        return self._model.info

    @property
    def objects_by_reach(self) -> dict[int, int]:
        """The number of objects by R in cells, the smallest R first."""
        return dict(sorted(self._counts.items()))

    def encode(self, image: ImageSource) -> Encoding[ImageSource]:
        """See `Model.encode`."""
        return self._model.encode(image)

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[PointsAnswer, Moved] | None = None,
        options: Options = COMPLETE,
    ) -> Response[PointsAnswer, Moved]:
        """See `RefineModel.respond`."""
        response = self._model.respond(encoding, prompts, previous, options)
        assert response.memo is not None
        self._counts.update(response.memo.reaches.astype(int).tolist())
        return response


def with_reaches(report: Report, objects_by_reach: Mapping[int, int] | None) -> Report:
    """Return the report with the histogram of R, as `objects_by_reach` in JSON and as a picture; None: of no R."""
    by_name = None if objects_by_reach is None else {str(reach): count for reach, count in objects_by_reach.items()}
    pictures = (ReachHistogram(objects_by_reach),) if objects_by_reach else ()
    figures = {**report.figures, "objects_by_reach": by_name}
    return replace(report, figures=figures, pictures=(*report.pictures, *pictures))


@dataclass(frozen=True)
class ReachHistogram:
    """The picture of the number of objects by R."""

    objects_by_reach: Mapping[int, int]
    name: str = "reach"

    def draw(self, figure: "Figure") -> None:
        """Draw a bar for each R."""
        axes = figure.add_subplot()
        axes.bar([*self.objects_by_reach], [*self.objects_by_reach.values()], color="#0072B2")
        axes.set(xlabel="R, in cells", ylabel="objects")
        axes.locator_params(axis="x", integer=True, min_n_ticks=1)
        axes.grid(alpha=0.3, axis="y")
