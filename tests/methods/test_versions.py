"""Files of a version, moved into the folder of models."""

from pathlib import Path

import pytest

from fewclicks.errors import StorageError
from fewclicks.methods.detect import DETECT
from fewclicks.methods.versions import CARD, put_version, version_suffixes, versions

MAIN, ENCODER = ".onnx", ".encoder.onnx"


def made(folder: Path, *suffixes: str) -> dict[str, Path]:
    folder.mkdir(exist_ok=True)
    files = {suffix: folder / f"detect-1{suffix}" for suffix in suffixes}
    for path in files.values():
        path.write_text(path.name)
    return files


def test_files_that_an_interrupted_move_left_behind_complete_the_version(tmp_path: Path) -> None:
    models = tmp_path / "models"
    put_version("detect-1", made(tmp_path / "made", ENCODER), DETECT, models)
    assert versions(models, DETECT) == []  # without its main file it is not a version yet
    put_version("detect-1", made(tmp_path / "made", MAIN, CARD), DETECT, models)
    put_version("detect-1", {}, DETECT, models)
    assert versions(models, DETECT) == ["detect-1"]
    assert sorted(path.name for path in models.iterdir()) == [f"detect-1{each}" for each in (ENCODER, CARD, MAIN)]
    assert {MAIN, ENCODER, CARD} < {*version_suffixes(DETECT)}


def test_no_version_is_overwritten(tmp_path: Path) -> None:
    models = tmp_path / "models"
    put_version("detect-1", made(tmp_path / "made", MAIN), DETECT, models)
    with pytest.raises(StorageError, match=r"detect-1\.onnx: the file exists already"):
        put_version("detect-1", made(tmp_path / "made", MAIN), DETECT, models)
