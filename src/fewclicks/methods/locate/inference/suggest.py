"""The role `suggest` of a trained version: new points on objects that nobody has annotated."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.images.source import ImageSource
from fewclicks.methods.locate.inference.localiser import Localiser
from fewclicks.methods.locate.inference.runtime import MAIN
from fewclicks.methods.shared.points.annotated import annotated_points
from fewclicks.methods.shared.points.apart import apart, joined
from fewclicks.methods.shared.points.windowed import WindowedModel, in_time
from fewclicks.methods.spec import Files
from fewclicks.model import COMPLETE, Encoding, Options, Response
from fewclicks.prompts import Prompts


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """The proposals of the windows that were read, with the least score of the network or more."""

    by_window: Mapping[int, PointsAnswer] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        return sum(found.nbytes for found in self.by_window.values())


class SuggestModel(WindowedModel[Read]):
    """A localiser for images of any size."""

    def __init__(self, files: Files, threads: int) -> None:
        """Load a version; `threads` 0 uses all cores. Raises InputError."""
        self.localiser = Localiser(files[MAIN], threads)
        super().__init__(self.localiser.network.model)

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[PointsAnswer, Read] | None = None,
        options: Options = COMPLETE,
    ) -> Response[PointsAnswer, Read]:
        """Return new points, none near an annotated point of its class.

        Confidences are those of the network; points below that which fits the training images best are left out, or
        those below `options.lowest_score` if that is higher. Of a large image, windows answer for `options.seconds`,
        at least one.
        """
        annotated = annotated_points(prompts, encoding.size_hw, self.info.role)
        windows = self.localiser.windows(encoding.size_hw)
        memo = Read() if previous is None or previous.memo is None else previous.memo
        missing = [number for number in range(len(windows)) if number not in memo.by_window]
        for number in in_time(missing, options.seconds):
            found = self.localiser.in_window(encoding.data, windows[number], self.localiser.network.score)
            memo = replace(memo, by_window={**memo.by_window, number: found})
        found = joined([PointsAnswer.none(), *memo.by_window.values()])
        found = found.where(found.scores >= options.lowest_score)
        taken = PointsAnswer(annotated.points_xy, np.ones(len(annotated)), annotated.class_ids, annotated.targets)
        answer = apart(found, self.localiser.separation, taken)
        return Response(answer, memo, len(memo.by_window) / len(windows), answer.nbytes + memo.nbytes)
