"""The choice of images, and formats of more than one file; the export of one file is in test_images_routes."""

import io
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest

from fewclicks.application.export import export
from fewclicks.formats import formats
from fewclicks.formats.coco_panoptic import CocoPanoptic
from fewclicks.formats.dota import Dota
from fewclicks.labels import OrientedBox
from fewclicks.store.project import Project
from fewclicks.store.proposals import Proposals

from .api import RED_BOX, Api, Json, annotation, box_shape

PATH = "/api/export?format=coco-panoptic&images=all"


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
    assert "1 box left out: COCO panoptic has no boxes" in said
    assert "classes written as things" in said


def test_a_format_that_is_a_folder_comes_as_a_zip_that_can_be_read(api: Api, tmp_path: Path) -> None:
    shape = {"type": "oriented_box", "cx": 20.0, "cy": 18.0, "w": 12.0, "h": 5.0, "angle": 0.4}
    api.edit(annotation("p", shape))
    answer = api.client.get("/api/export?format=dota&images=all")
    assert answer.headers["content-disposition"].endswith("project-dota.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        archive.extractall(tmp_path)
    dataset = Dota().read(tmp_path / "dota")
    assert len(dataset.images) == 3
    assert [found.shape for found in dataset.annotations] == [OrientedBox(20, 18, 12, 5, 0.4)]


def plans(api: Api) -> dict[str, Json]:
    """The plans by their choice of images, without what single formats lack."""
    return {plan.pop("choice"): plan for plan in api.get("export/plans") if plan.pop("lacking") is not None}


def lacking(api: Api, choice: str) -> dict[str, list[str]]:
    return next(plan["lacking"] for plan in api.get("export/plans") if plan["choice"] == choice)


def test_plans_say_which_shapes_a_format_lacks_before_anything_is_written(api: Api) -> None:
    assert lacking(api, "all") == {}
    for name, x in (("first", 3), ("second", 5)):
        api.edit(annotation(name, {"type": "point", "x": x, "y": 4}))
    api.edit(annotation("third", box_shape(), image=2))
    api.edit(annotation("waits", box_shape(), image=2, state="proposed"))
    said = lacking(api, "all")
    assert said["voc"] == ["2 points left out: Pascal VOC has no points"]
    assert said["coco-panoptic"] == [
        "1 box left out: COCO panoptic has no boxes",
        "2 points left out: COCO panoptic has no points",
    ]
    assert said["points-csv"] == ["1 box left out: Points CSV has no boxes"]
    assert "coco" not in said
    api.status("done", image=2)
    assert lacking(api, "done").keys() == {name for name, spec in formats().items() if "box" in spec.lacks}
    for name, lines in said.items():
        left_out = unquote(api.client.get(f"/api/export?format={name}&images=all").headers["x-left-out"])
        assert all(line in left_out for line in lines)


def test_the_answer_names_what_was_written(api: Api) -> None:
    api.edit(annotation("first", {"type": "point", "x": 3, "y": 4}))
    api.edit(annotation("second", box_shape(), image=2))

    def written(name: str) -> str:
        return str(api.client.get(f"/api/export?format={name}").headers["x-written"])

    assert written("coco") == "2 annotations of 2 images"
    assert written("voc") == "1 of 2 annotations (1 box) of 2 images"
    assert written("coco-panoptic") == "0 of 2 annotations of 2 images"


def test_plans_say_what_stays_out_and_why(api: Api, project: Project) -> None:
    nobody = {"images": 0, "of": 3, "annotations": 0, "left_out": ["3 images (not done, no accepted annotation)"]}
    assert plans(api)["labelled"] == nobody
    api.edit(annotation("first", box_shape()))
    api.edit(annotation("second", box_shape(20)))
    api.edit(annotation("waits", box_shape(), state="proposed"))
    api.edit(annotation("waits too", box_shape(), image=2, state="proposed"))
    api.status("done", image=3)
    suggestions = "2 suggestions (not accepted)"
    assert plans(api) == {
        "labelled": {
            "images": 2,
            "of": 3,
            "annotations": 2,
            "left_out": ["1 image (not done, no accepted annotation)", suggestions],
        },
        "done": {
            "images": 1,
            "of": 3,
            "annotations": 0,
            "left_out": ["2 images (not done, 2 accepted annotations)", suggestions],
        },
        "all": {"images": 3, "of": 3, "annotations": 2, "left_out": [suggestions]},
    }
    for choice, plan in plans(api).items():
        exported = api.client.get(f"/api/export?images={choice}").json()
        assert (len(exported["images"]), len(exported["annotations"])) == (plan["images"], plan["annotations"])


def test_plans_name_suggested_boxes_by_their_images(api: Api, project: Project) -> None:
    with project.changing() as log:
        log.put_proposals(Proposals(1, boxes=([9.0, 9.0, 4.0, 4.0, 0.0],) * 2, scores=(0.9, 0.1), class_ids=(1, 1)), 1)
        log.put_proposals(Proposals(2), 1)
    assert plans(api)["all"]["left_out"] == ["suggested boxes in 1 image (not accepted)"]


def test_plans_name_images_that_could_never_be_opened(api: Api, project: Project) -> None:
    (project.image_folder / "d.png").write_text("no picture")
    project.sync()
    plan = plans(api)["all"]
    assert (plan["images"], plan["of"], plan["left_out"]) == (3, 4, ["1 image (could never be opened)"])


@pytest.mark.parametrize("name", list(formats()))
def test_in_no_format_an_unlabelled_image_becomes_a_background_image(api: Api, project: Project, name: str) -> None:
    api.edit(annotation("first", box_shape()))
    api.edit(annotation("second", {"type": "point", "x": 3, "y": 4}))
    exported = export(project, name, "labelled")
    if exported.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(exported.content)) as archive:
            text = "".join(file + archive.read(file).decode("latin-1") for file in archive.namelist())
    else:
        text = exported.content.decode()
    stems = [stem for stem in ("a", "b", "c") if f"{stem}.png" in text or f"/{stem}." in text]
    assert stems == ["a"]
