"""`fewclicks import` of ZIP files."""

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from .program import Program
from .test_exchange import coco


@pytest.fixture
def yolo(fewclicks: Program, project: Path, tmp_path: Path) -> Path:
    """A folder `yolo` with two objects."""
    (tmp_path / "labels.json").write_text(json.dumps(coco()))
    fewclicks.done("import", project, tmp_path / "labels.json")
    (tmp_path / "out").mkdir()
    fewclicks.done("export", project, "--to", tmp_path / "out" / "yolo", "--format", "yolo")
    return tmp_path / "out" / "yolo"


@pytest.mark.parametrize("top", ["out", "out/yolo"])
def test_a_zip_of_a_folder_is_imported_with_and_without_its_name(
    fewclicks: Program, images: Path, yolo: Path, tmp_path: Path, top: str
) -> None:
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / top)
    fewclicks.done("new", tmp_path / "other", "--images", images, "--classes", "dog")
    found = fewclicks("import", tmp_path / "other", packed, "--format", "yolo")
    assert found.out == "2 annotations added, 0 were there already\n"
    assert f"{packed}: added classes that the project did not have: cat, bird\n" in found.err


def test_a_zip_of_a_file_is_imported(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "coco.zip", "w") as archive:
        archive.writestr("annotations/instances.json", json.dumps(coco()))
        archive.writestr("__MACOSX/annotations/._instances.json", "")
    assert fewclicks.done("import", project, tmp_path / "coco.zip").startswith("2 annotations added")


def test_an_error_names_the_file_in_the_zip(fewclicks: Program, project: Path, yolo: Path, tmp_path: Path) -> None:
    label = next(yolo.rglob("a.txt"))
    label.write_text("0 0.5 0.5 nan 0.1\n")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "out")
    found = fewclicks("import", project, packed, "--format", "yolo")
    assert found.status == 1
    assert found.err.startswith(f"fewclicks: {packed}/{label.relative_to(tmp_path / 'out')}: line 1: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "expected one .json file in the ZIP file, got 0; unpack it, then import the right file"),
        (
            {"a.json": "{}", "b.json": "{}"},
            "expected one .json file in the ZIP file, got 2; unpack it, then import the right file",
        ),
    ],
)
def test_a_zip_without_one_file_is_refused(
    fewclicks: Program, project: Path, tmp_path: Path, content: dict[str, str], message: str
) -> None:
    with zipfile.ZipFile(tmp_path / "some.zip", "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    assert fewclicks("import", project, tmp_path / "some.zip").err == f"fewclicks: {tmp_path / 'some.zip'}: {message}\n"


def damaged() -> bytes:
    """A ZIP file whose compressed content was overwritten."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", json.dumps(coco()))
    content = bytearray(buffer.getvalue())
    content[60:160] = b"\xff" * 100
    return bytes(content)


@pytest.mark.parametrize("content", [b"PK\x03\x04 and no more", damaged()], ids=["cut off", "damaged"])
def test_a_broken_zip_is_refused(fewclicks: Program, project: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "broken.zip").write_bytes(content)
    found = fewclicks("import", project, tmp_path / "broken.zip")
    assert found.err.startswith(f"fewclicks: {tmp_path / 'broken.zip'}: cannot unpack the ZIP file: ")
    assert found.err.endswith("; unpack it yourself, then import what it contains\n")


def test_a_zip_of_a_panoptic_export_is_imported(
    fewclicks: Program, images: Path, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "labels.json").write_text(json.dumps(coco()))
    fewclicks.done("import", project, tmp_path / "labels.json")
    (tmp_path / "out").mkdir()
    fewclicks.done("export", project, "--to", tmp_path / "out" / "labels.json", "--format", "coco-panoptic")
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path / "out")
    fewclicks.done("new", tmp_path / "other", "--images", images, "--classes", "dog")
    added = fewclicks.done("import", tmp_path / "other", packed, "--format", "coco-panoptic")
    assert added.startswith("2 annotations added")
