"""The export of the formats that are more than one file; that of one file is in test_images_routes."""

import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

from fewclicks.formats import formats
from fewclicks.formats.coco_panoptic import CocoPanoptic
from fewclicks.formats.dota import Dota
from fewclicks.labels import OrientedBox

from .api import RED_BOX, Api, annotation

PATH = "/api/export?format=coco-panoptic"


def test_the_installed_formats_are_listed_in_their_order(api: Api) -> None:
    listed = api.client.get("/api/formats").json()
    assert [(each["name"], each["title"], each["summary"]) for each in listed] == [
        (spec.name, spec.title, spec.summary) for spec in formats().values()
    ]


def test_a_format_of_several_files_comes_as_a_zip_that_can_be_read(api: Api, tmp_path: Path) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    api.edit(made | {"state": "accepted"}, "accept")
    answer = api.client.get(PATH)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"].endswith("project-coco-panoptic.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "unpacked")
    dataset = CocoPanoptic().read(tmp_path / "unpacked" / "coco-panoptic.json")
    assert len(dataset.images) == 3
    assert len(list((tmp_path / "unpacked" / "coco-panoptic").iterdir())) == 3
    (annotation,) = dataset.annotations
    assert (annotation.id, annotation.shape.xyxy) == (made["id"], (8, 8, 24, 24))
    assert api.client.get(PATH).content == answer.content


def test_what_a_panoptic_file_cannot_hold_is_said(api: Api) -> None:
    box = {"type": "box", "xyxy": [1, 1, 5, 5]}
    made = api.respond("o", RED_BOX)["annotations"][0]
    api.edit(made | {"state": "accepted", "shape": box}, "accept")
    said = unquote(api.client.get(PATH).headers["x-left-out"])
    assert "1 of the boxes left out" in said
    assert "classes written as things" in said


def test_a_format_that_is_a_folder_comes_as_a_zip_that_can_be_read(api: Api, tmp_path: Path) -> None:
    shape = {"type": "oriented_box", "cx": 20.0, "cy": 18.0, "w": 12.0, "h": 5.0, "angle": 0.4}
    api.edit(annotation("p", shape))
    answer = api.client.get("/api/export?format=dota")
    assert answer.headers["content-disposition"].endswith("project-dota.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    dataset = Dota().read(tmp_path / "dota")
    assert len(dataset.images) == 3
    assert [found.shape for found in dataset.annotations] == [OrientedBox(20, 18, 12, 5, 0.4)]
