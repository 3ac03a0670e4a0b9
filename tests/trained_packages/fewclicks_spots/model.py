"""Suggested points: the peaks of a heat map of each class, in images of any size."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fewclicks.answers import PointsAnswer
from fewclicks.images.source import ImageSource, size_of
from fewclicks.methods.shared.onnx_files import open_onnx, read_info
from fewclicks.methods.shared.points.annotated import annotated_points
from fewclicks.methods.shared.points.apart import apart, joined
from fewclicks.methods.shared.points.peaks import peaks
from fewclicks.methods.shared.points.windowed import WindowedModel, in_time
from fewclicks.methods.shared.points.windows import ReadWindow, windows_of
from fewclicks.methods.spec import Files, Resources
from fewclicks.model import COMPLETE, Encoding, ModelInfo, Options, Response
from fewclicks.prompts import Prompts

NAME, MAIN = "spots", ".onnx"
STRIDE = 4  # pixels of a cell of the heat maps
LOWEST = 0.05  # confidence of a peak
SEPARATION = 8.0  # pixels between two points of a class

Memo = Mapping[int, PointsAnswer]  # the points of the windows that were read


@dataclass(frozen=True, slots=True)
class NetworkInfo:
    """The information in a weights file: its version, and the classes in the order of the heat maps."""

    weights: str
    class_ids: tuple[int, ...]
    class_names: tuple[str, ...]


class SpotsModel(WindowedModel[Memo]):
    """Finds points of the classes of its training data."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        """Load a version. Raises InputError."""
        self._session = open_onnx(path, threads)
        self.network = read_info(self._session, NetworkInfo, NAME, path)
        classes = dict(zip(self.network.class_ids, self.network.class_names, strict=True))
        super().__init__(ModelInfo(NAME, NAME, self.network.weights, classes))

    def respond(
        self,
        encoding: Encoding[ImageSource],
        prompts: Prompts,
        previous: Response[PointsAnswer, Memo] | None = None,
        options: Options = COMPLETE,
    ) -> Response[PointsAnswer, Memo]:
        """See `Model.respond`. No point is near an annotated point of its class."""
        annotated = annotated_points(prompts, encoding.size_hw, NAME)
        windows = windows_of(encoding.size_hw, 1.0)
        memo = {} if previous is None or previous.memo is None else dict(previous.memo)
        for number in in_time([each for each in range(len(windows)) if each not in memo], options.seconds):
            memo[number] = self._found(encoding.data, windows[number])
        found = joined([PointsAnswer.none(), *memo.values()])
        taken = PointsAnswer(annotated.points_xy, np.ones(len(annotated)), annotated.class_ids, annotated.targets)
        answer = apart(found.where(found.scores >= options.lowest_score), SEPARATION, taken)
        nbytes = answer.nbytes + sum(each.nbytes for each in memo.values())
        return Response(answer, memo, len(memo) / len(windows), nbytes)

    def _found(self, image: ImageSource, window: ReadWindow) -> PointsAnswer:
        (logits,) = self._session.run(None, {"rgb": window.read(image, 1.0)[None]})
        found = [PointsAnswer.none()]
        for class_id, of_class in zip(self.network.class_ids, logits[0], strict=True):
            cells, scores = peaks(1 / (1 + np.exp(-of_class)), LOWEST)
            points = cells * STRIDE + np.array(window.outer[:2], np.float64)
            inside = window.owns(points) & (points <= size_of(image)[::-1]).all(1)
            count = int(inside.sum())
            found.append(PointsAnswer(points[inside], scores[inside], np.full(count, class_id), ("",) * count))
        return joined(found)


def open_spots(files: Files, resources: Resources) -> SpotsModel:
    """Open a version. Raises InputError for files of another model."""
    return SpotsModel(files[MAIN], resources.threads)
