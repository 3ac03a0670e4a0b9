"""A project's own model, without the training itself: what is needed for it, and what its job gets."""

from pathlib import Path

import numpy as np
import pytest

from fewclicks.datasets.boxed_images import boxes_of
from fewclicks.errors import InputError, OutdatedError
from fewclicks.files import read_json
from fewclicks.formats.coco import CocoInstances
from fewclicks.jobs.project_training import DATA, REQUEST, ProjectTraining, check_replaced, prepare, readiness
from fewclicks.methods.registry import get_role, shipped_files
from fewclicks.store.project import Project

from .coins import make_coins


def ready(folder: Path) -> tuple[int, int, str]:
    with Project(folder) as project, project.reading() as log:
        found = readiness(log)
    return found.finished, found.boxes, found.missing


def test_too_few_finished_images_are_told_with_how_many_more(tmp_path: Path) -> None:
    folder = make_coins(tmp_path / "few", 10, 5)
    assert ready(folder) == (5, 15, "5 of at least 8 images are finished; set 3 more images to done")
    with Project(folder) as project, pytest.raises(InputError, match="set 3 more images to done"):
        prepare(project, ProjectTraining("detect", steps=1), None)(tmp_path)
    assert not (tmp_path / DATA).exists()


def test_finished_images_without_objects_are_not_enough(tmp_path: Path) -> None:
    folder = make_coins(tmp_path / "empty", 8, 8)
    with Project(folder) as project, project.changing() as log:
        log.drop_annotations([row.id for row in log.annotations() if row.image_id != 1])
    assert ready(folder) == (8, 3, "only one finished image has accepted objects; accept objects in at least 2")
    with Project(folder) as project, project.changing() as log:
        log.drop_annotations([row.id for row in log.annotations()])
    assert ready(folder)[2] == "no finished image has accepted objects; accept objects in at least 2"
    with Project(folder) as project, project.changing() as log:
        log.put_classes([])
    assert ready(folder)[2] == "the project has no classes; add one"


@pytest.mark.parametrize("turned", [False, True])
def test_the_job_gets_the_finished_images_alone_and_all_classes(tmp_path: Path, turned: bool) -> None:
    folder = make_coins(tmp_path / "project", 10, 8, turned)
    shipped = shipped_files(get_role("detect"))
    assert shipped is not None
    with Project(folder) as project:
        prepare(project, ProjectTraining("detect", minutes=2), shipped[".onnx"])(tmp_path)
        image_folder = project.image_folder
    request = read_json(tmp_path / REQUEST)
    assert (request["role"], request["minutes"]) == ("detect", 2)
    assert request["answering"] == str(shipped[".onnx"])
    source = boxes_of(CocoInstances().read(tmp_path / DATA), image_folder, turned, "project")
    assert len(source.images) == 8
    assert source.class_names == {1: "red", 2: "blue"}
    for image in source.images:
        assert sorted(image.class_ids.tolist()) == [1, 1, 2]
        assert image.pixels().shape == (96, 96, 3)
        np.testing.assert_allclose(image.boxes[:, 4], 0.3 if turned else 0)


@pytest.mark.parametrize("replaces", [None, "detect-1"])
def test_a_new_version_replaces_only_the_one_that_was_active_at_the_start(tmp_path: Path, replaces: str | None) -> None:
    with Project(make_coins(tmp_path / "project", 8, 8)) as project:
        prepare(project, ProjectTraining("detect", minutes=2, replaces=replaces), None)(tmp_path)
    result = {"version": "detect-3", "replaces": read_json(tmp_path / REQUEST)["replaces"]}
    for active in (replaces, "detect-3"):
        check_replaced(result, active)
    with pytest.raises(OutdatedError, match=r"'detect-2' was chosen .* choose 'detect-3' in the model panel"):
        check_replaced(result, "detect-2")
    check_replaced({"version": "detect-3"}, "detect-2")  # of a job that an early version started


def test_settings_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for settings, problem in (
        ({}, "either minutes or steps"),
        ({"minutes": 1.0, "steps": 1}, "either minutes or steps"),
        ({"minutes": 0.0}, "more than 0"),
        ({"steps": 1, "start": tmp_path / "none.onnx"}, "none.onnx: file not found"),
    ):
        with pytest.raises(InputError, match=problem):
            ProjectTraining("detect", **settings)
