"""A ranker whose file answers otherwise than the forest is not written."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="training needs fewclicks[train]")
from fewclicks.errors import FewclicksError
from fewclicks.methods.segment.inference.ranker import Ranker
from fewclicks.methods.segment.training.ranker import RankerData, train_ranker


@pytest.mark.parametrize("wrong", [0.01, float("nan")])
def test_a_ranker_that_answers_otherwise_than_the_forest_is_not_written(
    wrong: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    predicted_iou = Ranker.predicted_iou
    monkeypatch.setattr(Ranker, "predicted_iou", lambda self, features: predicted_iou(self, features) + wrong)
    rng = np.random.default_rng(0)
    data = RankerData(rng.random((60, 5), np.float32), rng.random(60, np.float32))
    path = tmp_path / "ranker.onnx"
    path.write_bytes(b"the one before")
    with pytest.raises(FewclicksError, match=r"ranker\.onnx: not written; the ONNX model and the random forest give"):
        train_ranker(data, path)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"the one before"
