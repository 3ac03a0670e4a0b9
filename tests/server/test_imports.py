"""The list of imports and their undo, beside other work."""

import pytest

from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass
from fewclicks.store.datasets import import_dataset
from fewclicks.store.project import Project

from .api import Api, annotation, box_shape


@pytest.fixture
def imported(project: Project) -> Project:
    with project.reading() as log:
        images = tuple(ImageRecord(row.id, row.file_name, row.width, row.height) for row in log.images())[:2]
    boxes = tuple(Annotation(f"n{i}", image.id, 1, Box(1 + i, 2, 9, 9)) for image in images for i in range(2))
    import_dataset(project, Dataset((LabelClass(1, "cell"),), images, boxes), file="labels.json")
    return project


def ids(api: Api, image: int = 1) -> list[str]:
    return [each["id"] for each in api.client.get(f"/api/images/{image}").json()["annotations"]]


def test_an_import_is_listed_and_undone_but_for_what_was_edited(api: Api, imported: Project) -> None:
    moved = ids(api)[0]
    api.edit(annotation(moved, box_shape(3)), "move")
    (listed,) = api.client.get("/api/imports").json()
    assert (listed["file"], listed["objects"], listed["unchanged"]) == ("labels.json", 4, 3)
    assert listed["undone"] is False
    assert listed["created_at"].endswith("Z")
    answer = api.ok(f"imports/{listed['event']}/undo", {"id": "u"})
    assert answer == {"event": 1, "file": "labels.json", "removed": 3, "edited": 1, "corrected": 0, "deleted": 0}
    assert (ids(api), ids(api, 2)) == ([moved], [])
    assert api.ok(f"imports/{listed['event']}/undo", {"id": "u"}) == answer
    (listed,) = api.client.get("/api/imports").json()
    assert (listed["unchanged"], listed["undone"]) == (0, True)


def test_a_number_that_is_no_import_is_refused(api: Api, imported: Project) -> None:
    assert "event 7 is not an import; choose one of 1" in api.refused("imports/7/undo", {}, 404)
