from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from fewclicks.errors import InputError
from fewclicks.formats.coco import CocoInstances
from fewclicks.geometry.masks import Mask
from fewclicks.labels import Annotation, Box, Dataset, ImageRecord, LabelClass, OrientedBox, Polygons, Shape
from fewclicks.store.classes import class_change
from fewclicks.store.datasets import ImportReport, export_dataset, import_dataset
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project, create_project
from fewclicks.store.replay import objects_as_imported, replay_log

from .pictures import save_pictures

SIZE = (48, 64)


def blob(x: int = 3) -> Mask:
    full = np.zeros(SIZE, bool)
    full[4:20, x : x + 9] = True
    full[7:9, x + 2 : x + 4] = False
    return Mask.from_full(full)


SHAPES: list[Shape] = [
    Box(1, 2, 30.5, 40),
    Polygons(((1, 1, 20, 1, 10, 30), (30, 30, 40, 30, 40, 44))),
    blob(),
    OrientedBox(30.25, 20, 12.5, 7, 0.3),
]


def dataset(*shapes: Shape, name: str = "a.png", class_name: str = "cat", crowd: bool = False) -> Dataset:
    annotations = [Annotation(f"n{i}", 7, 4, shape, crowd) for i, shape in enumerate(shapes)]
    return Dataset((LabelClass(4, class_name),), (ImageRecord(7, name, 64, 48),), tuple(annotations))


def shapes(project: Project) -> list[tuple[int, int, Shape]]:
    return [(a.image_id, a.class_id, a.shape) for a in export_dataset(project).annotations]


def test_what_is_imported_is_exported(project: Project) -> None:
    report = import_dataset(project, dataset(*SHAPES))
    assert report == ImportReport(4, 0, 0, (), (), renumbered=True)
    assert shapes(project) == [(1, 1, shape) for shape in SHAPES]
    assert {a.provenance.method for a in export_dataset(project).annotations if a.provenance} == {"import"}


def test_importing_twice_adds_nothing(project: Project) -> None:
    twin = dataset(*SHAPES, blob(), blob())
    assert import_dataset(project, twin).added == 6
    report = import_dataset(project, twin)
    assert (report.added, report.known) == (0, 6)
    assert len(shapes(project)) == 6


def test_boxes_without_area_are_named_and_left_out(project: Project) -> None:
    report = import_dataset(project, dataset(Box(3, 3, 3, 9), OrientedBox(9, 9, 4, 0, 0.3), *SHAPES))
    assert report == ImportReport(4, 0, 0, (), ("a.png: annotation n0", "a.png: annotation n1"), renumbered=True)
    with pytest.raises(InputError, match="x0 < x1"):
        import_dataset(project, dataset(Box(9, 3, 3, 9)))


def test_what_was_corrected_or_deleted_does_not_come_back(project: Project) -> None:
    import_dataset(project, dataset(blob(3), blob(20)))
    with project.changing() as log:
        moved, deleted = log.annotations(1)
        for number, after in enumerate(
            [replace(moved, shape={"type": "box", "xyxy": [0.0, 0.0, 5.0, 5.0]}), replace(deleted, state="deleted")]
        ):
            before = log.annotation(after.id)
            log.append(Request(f"e{number}", "edit", "move", {}, 1), Outcome((AnnotationChange(before, after),)))
    report = import_dataset(project, dataset(blob(3), blob(20)))
    assert (report.added, report.known, report.deleted) == (0, 1, 1)
    assert shapes(project) == [(1, 1, Box(0, 0, 5, 5))]


def test_what_was_deleted_and_drawn_again_is_there(project: Project) -> None:
    import_dataset(project, dataset(blob()))
    with project.changing() as log:
        (row,) = log.annotations(1)
        log.append(
            Request("d", "edit", "delete", {}, 1), Outcome((AnnotationChange(row, replace(row, state="deleted")),))
        )
        again = replace(row, id="again")
        log.append(Request("n", "edit", "paint", {}, 1), Outcome((AnnotationChange(None, again),)))
    report = import_dataset(project, dataset(blob()))
    assert (report.added, report.known, report.deleted) == (0, 1, 0)


def test_a_shape_that_covers_no_pixel_is_left_out_by_name(project: Project) -> None:
    sliver = Polygons(((10.6, 10.6, 10.9, 10.6, 10.9, 10.9),))
    report = import_dataset(project, dataset(blob(), sliver))
    assert (report.added, report.empty) == (1, ("a.png: annotation n1",))
    assert shapes(project) == [(1, 1, blob())]


def test_an_image_that_could_never_be_opened_is_not_exported(tmp_path: Path) -> None:
    save_pictures(tmp_path / "images", "a.png")
    (tmp_path / "images" / "b.png").write_text("no picture")
    create_project(tmp_path / "project", tmp_path / "images", ["cat"])
    with Project(tmp_path / "project") as project:
        CocoInstances().write(export_dataset(project), tmp_path / "out.json")
    assert [image.file_name for image in CocoInstances().read(tmp_path / "out.json").images] == ["a.png"]


def test_an_export_of_some_images_has_their_annotations_alone(project: Project) -> None:
    import_dataset(project, dataset(*SHAPES))
    import_dataset(project, dataset(blob(), name="b.png"))
    some = export_dataset(project, lambda image: image.file_name != "a.png")
    assert [image.file_name for image in some.images] == ["b.png", "c.png"]
    assert [(each.image_id, each.shape) for each in some.annotations] == [(2, blob())]
    assert some.classes == export_dataset(project).classes


def test_the_projects_own_export_adds_nothing(project: Project) -> None:
    import_dataset(project, dataset(*SHAPES))
    assert import_dataset(project, export_dataset(project)).added == 0


def test_the_export_reimports_equal_through_a_file(project: Project, tmp_path: Path) -> None:
    import_dataset(project, dataset(*SHAPES))
    import_dataset(project, dataset(blob(30), name="b.png", class_name="dog", crowd=True))
    CocoInstances().write(export_dataset(project), tmp_path / "out.json")
    create_project(tmp_path / "other", project.image_folder, ["cat", "dog"])
    with Project(tmp_path / "other") as other:
        import_dataset(other, CocoInstances().read(tmp_path / "out.json"))
        assert shapes(other) == shapes(project)
        assert [a.crowd for a in export_dataset(other).annotations] == [False, False, False, False, True]


def test_unknown_classes_are_added_with_a_colour(project: Project) -> None:
    import_dataset(project, dataset(blob(), class_name="  sea  lion "))
    with project.reading() as log:
        assert [(row.id, row.name) for row in log.classes()] == [(1, "cat"), (2, "dog"), (4, "sea lion")]
        assert len({row.color for row in log.classes()}) == 3


SKY = LabelClass(9, "sky", "#4682B4", {"isthing": 0, "supercategory": "outdoor", "skeleton": [[1, 2], {"a": None}]})


def test_a_new_class_comes_with_its_colour_and_all_that_the_file_says_of_it(project: Project) -> None:
    plain = LabelClass(3, "sea", extra={"half a surrogate": "\ud800"})
    import_dataset(project, replace(dataset(), classes=(SKY, plain)))
    cat, dog, sky, sea = export_dataset(project).classes
    assert (dict(cat.extra), dict(dog.extra)) == ({}, {})
    assert (sky, sea) == (SKY, replace(plain, color=sea.color))
    assert sea.color not in ("", cat.color, dog.color, sky.color)


def test_a_class_that_is_there_takes_only_what_it_has_not(project: Project) -> None:
    before = export_dataset(project).classes
    import_dataset(project, replace(dataset(), classes=(replace(SKY, name=" cat", extra={"isthing": 0}),)))
    twice = (
        LabelClass(1, "cat", extra={"isthing": 1, "supercategory": "animal"}),
        LabelClass(2, "cat ", extra={"supercategory": "pet", "color": "red"}),
    )
    import_dataset(project, replace(dataset(), classes=twice))
    cat = replace(before[0], extra={"isthing": 0, "supercategory": "animal", "color": "red"})
    assert export_dataset(project).classes == (cat, before[1])


def test_a_class_that_comes_back_has_what_a_file_said_of_it(project: Project) -> None:
    import_dataset(project, replace(dataset(), classes=(SKY,)))
    with project.changing() as log:
        *others, sky = log.classes()
        for number, wanted in enumerate([others, [replace(sky, policy="clouds too"), *others]]):
            log.append(Request(f"c{number}", "classes", "classes", {}), Outcome(classes=class_change(log, wanted)))
    assert export_dataset(project).classes[0] == SKY


def test_a_base_name_is_enough_when_only_one_image_has_it(tmp_path: Path) -> None:
    images = save_pictures(tmp_path / "images", "x/a.png", "y/b.png", "z/b.png")
    create_project(tmp_path / "p", images, ["cat"])
    with Project(tmp_path / "p") as project:
        assert import_dataset(project, dataset(blob(), name="elsewhere\\a.png")).added == 1
        with pytest.raises(InputError, match=r"1 image is not in the project: b\.png"):
            import_dataset(project, dataset(blob(), name="b.png"))


def test_absent_images_are_named_or_skipped(project: Project) -> None:
    both = dataset(blob())
    both = replace(
        both,
        images=(*both.images, *(ImageRecord(i, f"no{i}.png", 64, 48) for i in range(20, 28))),
        annotations=(*both.annotations, Annotation("z", 20, 4, blob())),
    )
    with pytest.raises(InputError, match=r"8 images are not in the project: no20.png, .*, \.\.\.; .* --skip-absent"):
        import_dataset(project, both)
    assert shapes(project) == []
    report = import_dataset(project, both, skip_absent=True)
    assert (report.added, len(report.absent)) == (1, 8)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda d: replace(d, images=(ImageRecord(7, "a.png", 65, 48),)), "65x48 in the file and 64x48 in the project"),
        (lambda d: replace(d, annotations=(Annotation("q", 7, 4, Box(70, 1, 80, 9)),)), "a.png: annotation q: the box"),
        (lambda d: replace(d, annotations=(*d.annotations, Annotation("q", 7, 4, Mask.empty((9, 9))))), "got 9x9"),
        (lambda d: replace(d, classes=(LabelClass(4, " "),)), "name of a class is empty"),
    ],
)
def test_a_bad_file_changes_nothing(project: Project, spoil: object, says: str) -> None:
    with pytest.raises(InputError, match=says):
        import_dataset(project, spoil(dataset(blob(), class_name="new")))  # type: ignore[operator]
    assert shapes(project) == []
    with project.reading() as log:
        assert [row.name for row in log.classes()] == ["cat", "dog"]


def test_what_a_file_said_besides_is_kept(project: Project) -> None:
    extra = MappingProxyType({"note": "blurred"})
    labelled = dataset()
    import_dataset(project, replace(labelled, annotations=(Annotation("q", 7, 4, blob(), extra=extra),)))
    assert [dict(a.extra) for a in export_dataset(project).annotations] == [{"note": "blurred"}]


def test_only_accepted_annotations_are_exported_and_undo_leaves_imports_alone(project: Project) -> None:
    import_dataset(project, dataset(blob()))
    with project.changing() as log:
        (row,) = log.annotations(1)
        log.append(
            Request("e", "edit", "reopen", {}, 1), Outcome((AnnotationChange(row, replace(row, state="proposed")),))
        )
        assert log.undo_words("", 1).undo == "reopen"
    assert shapes(project) == []
    with project.changing() as log:
        log.undo(Request("u", "undo", "undo", {}, 1))
        assert log.undo_words("", 1).undo is None
        imports = objects_as_imported(log.events(), log.imported.by_event())
        assert replay_log(log.events(), imports) == log.annotations(deleted=True)
    assert len(shapes(project)) == 1
