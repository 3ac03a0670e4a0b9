import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from fewclicks.errors import InputError, StorageError
from fewclicks.store import images as project_images
from fewclicks.store.checking import check_project
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.folder import ImageFile, content_hash, natural_order, scan_folder
from fewclicks.store.images import MISSING
from fewclicks.store.project import Project
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Snapshot

from .pictures import picture, save_pictures


def rows(project: Project) -> dict[str, ImageRow]:
    with project.reading() as log:
        return {row.file_name: row for row in log.images()}


def annotate(project: Project, image_id: int) -> None:
    """One box on the image, so that it has something to lose."""
    box = {"type": "box", "xyxy": [1.0, 1.0, 9.0, 9.0]}
    snapshot = Snapshot(f"on-{image_id}", image_id, 1, "accepted", box)
    with project.changing() as log:
        log.append(Request(f"e{image_id}", "edit", "box", {}, image_id), Outcome((AnnotationChange(None, snapshot),)))


def test_natural_order() -> None:
    names = ["img10.png", "img2.png", "IMG1.png", "a/3.png", "a/20.png", "b.png", "7.png"]
    assert sorted(names, key=natural_order) == [
        "7.png", "a/3.png", "a/20.png", "b.png", "IMG1.png", "img2.png", "img10.png",
    ]  # fmt: skip


def test_scanning_takes_images_below_and_leaves_the_rest(tmp_path: Path) -> None:
    save_pictures(tmp_path, "b.png", "deep/er/a.jpg", ".hidden.png", ".git/x.png")
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "folder.png").mkdir()
    assert [file.name for file in scan_folder(tmp_path)] == ["b.png", "deep/er/a.jpg"]


def test_a_name_that_is_not_utf8_is_left_out_and_said_until_it_is_another(folder: Path, images: Path) -> None:
    picture(9).save(images / "other.png")
    (images / "other.png").rename(images / "bad\udcff.png")
    with Project(folder) as project:
        assert (project.synced.added, project.synced.unnamed) == ((), (r"bad\xff.png",))
        assert [*rows(project)] == ["a.png", "b.png", "c.png"]
        (images / "bad\udcff.png").rename(images / "good.png")
        again = project.sync()
        assert (again.added, again.unnamed) == (("good.png",), ())


def test_scanning_needs_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a folder; choose"):
        scan_folder(tmp_path / "nowhere")


@pytest.mark.parametrize("read_whole", [4 * 2**20, 64 * 2**20])
def test_the_content_hash_reads_the_length_both_ends_and_what_is_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_whole: int
) -> None:
    monkeypatch.setattr("fewclicks.store.folder.READ_WHOLE", read_whole)
    size, places = 5_000_000, (0, 2_000_000, -1)
    path = tmp_path / "large"
    path.write_bytes(bytes(size + 1))
    prints = {content_hash(path)}
    data = bytearray(size)
    for place in (None, *places):
        if place is not None:
            data[place] = 1
        path.write_bytes(data)
        prints.add(content_hash(path))
    assert len(prints) == 5


def test_files_of_known_size_and_time_are_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> str:
        raise AssertionError(path)

    monkeypatch.setattr("fewclicks.store.images.content_hash", refuse)
    Project(folder).close()


def test_a_new_image_is_taken_in_where_its_name_belongs(folder: Path, images: Path) -> None:
    picture(9).save(images / "aa.png")
    with Project(folder) as project:
        assert project.synced.added == ("aa.png",)
        assert list(rows(project)) == ["a.png", "aa.png", "b.png", "c.png"]


def test_nothing_new_changes_nothing(folder: Path) -> None:
    with Project(folder) as project:
        before = rows(project)
        assert project.sync() == project.synced
        assert rows(project) == before


def test_a_renamed_image_keeps_its_annotations(folder: Path, images: Path) -> None:
    with Project(folder) as project:
        annotate(project, rows(project)["a.png"].id)
    (images / "sub").mkdir()
    (images / "a.png").rename(images / "sub" / "z.png")
    with Project(folder) as project:
        assert project.synced.renamed == (("a.png", "sub/z.png"),)
        row = rows(project)["sub/z.png"]
        with project.reading() as log:
            assert [snapshot.id for snapshot in log.annotations(row.id)] == ["on-1"]
        assert row.problem is None


def test_two_images_that_exchange_their_names_are_followed(folder: Path, images: Path) -> None:
    with Project(folder) as project:
        before = {row.content_hash: row.id for row in rows(project).values()}
    (images / "a.png").rename(images / "t.png")
    (images / "b.png").rename(images / "a.png")
    (images / "t.png").rename(images / "b.png")
    with Project(folder) as project:
        assert {row.content_hash: row.id for row in rows(project).values()} == before
        assert rows(project)["a.png"].id == 2


def test_a_deleted_image_is_named_and_comes_back(folder: Path, images: Path) -> None:
    content = (images / "b.png").read_bytes()
    (images / "b.png").unlink()
    with Project(folder) as project:
        annotate(project, 2)
        assert project.synced.missing == ("b.png",)
        assert rows(project)["b.png"].problem == MISSING
    (images / "b.png").write_bytes(content)
    with Project(folder) as project:
        assert rows(project)["b.png"].problem is None
        with project.reading() as log:
            assert len(log.annotations(2)) == 1


def test_a_deleted_image_whose_name_another_took(folder: Path, images: Path) -> None:
    os.replace(images / "b.png", images / "a.png")
    with Project(folder) as project:
        found = rows(project)
        assert (found["a.png"].id, found["a.png"].problem) == (2, None)
        assert found["a.png (lost 1)"].problem == MISSING


def test_copies_of_one_image_are_told_apart_by_their_names(folder: Path, images: Path) -> None:
    shutil.copy(images / "a.png", images / "copy.png")
    with Project(folder) as project:
        ids = {name: row.id for name, row in rows(project).items()}
    (images / "new").mkdir()
    (images / "a.png").rename(images / "new" / "a.png")
    (images / "copy.png").rename(images / "new" / "copy.png")
    with Project(folder) as project:
        assert rows(project)["new/a.png"].id == ids["a.png"]
        assert rows(project)["new/copy.png"].id == ids["copy.png"]


def test_an_image_replaced_by_one_of_its_size_stays_the_same_image(folder: Path, images: Path) -> None:
    picture(77).save(images / "a.png")
    with Project(folder) as project:
        assert rows(project)["a.png"].id == 1
        assert rows(project)["a.png"].problem is None


def test_an_annotated_image_replaced_by_another_size_is_a_problem(folder: Path, images: Path) -> None:
    with Project(folder) as project:
        annotate(project, 1)
    picture(77, (20, 30)).save(images / "a.png")
    with Project(folder) as project:
        row = rows(project)["a.png"]
        assert "from 64x48 to 30x20" in str(row.problem)
        assert row.size_hw == (48, 64)
    picture(0).save(images / "a.png")
    with Project(folder) as project:
        assert rows(project)["a.png"].problem is None


def test_a_bare_image_replaced_by_another_size_takes_it(folder: Path, images: Path) -> None:
    picture(77, (20, 30)).save(images / "a.png")
    with Project(folder) as project:
        assert rows(project)["a.png"].size_hw == (20, 30)


@pytest.mark.parametrize("content", [b"", b"text", b"\x89PNG\r\n\x1a\n"])
def test_an_unreadable_image_is_named_and_recovers(folder: Path, images: Path, content: bytes) -> None:
    (images / "bad.png").write_bytes(content)
    with Project(folder) as project:
        assert rows(project)["bad.png"].problem
        assert rows(project)["a.png"].problem is None
    picture(5).save(images / "bad.png")
    with Project(folder) as project:
        assert rows(project)["bad.png"].problem is None
        assert rows(project)["bad.png"].size_hw == (48, 64)


def test_one_image_is_read_again_without_the_others_and_without_the_lock(
    folder: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (images / "bad.png").write_bytes(b"text")
    with Project(folder) as project:
        bad = rows(project)["bad.png"].id
        commits = project.commits
        project.look_again(bad)
        assert (project.commits, rows(project)["bad.png"].problem is None) == (commits, False), "nothing has changed"
        picture(5).save(images / "bad.png")
        (images / "a.png").unlink()
        read = project_images.read_size_hw

        def read_while_another_saves(path: Path) -> tuple[int, int]:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(annotate, project, 2).result(10)
            return read(path)

        monkeypatch.setattr(project_images, "read_size_hw", read_while_another_saves)
        project.look_again(bad)
        assert rows(project)["bad.png"].size_hw == (48, 64)
        assert [row.problem for row in rows(project).values()] == [None] * 4


def test_a_renamed_file_is_found_without_the_lock_and_tells_pages(
    folder: Path, images: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Project(folder) as project:
        annotate(project, 1)
        (images / "deep").mkdir()
        (images / "a.png").rename(images / "deep" / "z.png")
        picture(9).save(images / "new.png")
        scan = project_images.scan_folder

        def scan_while_another_saves(path: Path) -> list[ImageFile]:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(annotate, project, 2).result(10)
            return scan(path)

        monkeypatch.setattr(project_images, "scan_folder", scan_while_another_saves)
        project.find_renamed()
        found = rows(project)
        assert (found["deep/z.png"].id, found["deep/z.png"].problem) == (1, None)
        assert "new.png" not in found, "the next start adds new images"
        assert [row.position for row in found.values()] == [*range(len(found))]
        with project.reading() as log:
            (event,) = log.events("rename")
        assert (event.request.image_id, event.request.payload["file_name"]) == (1, "deep/z.png")
        commits = project.commits
        monkeypatch.undo()
        project.find_renamed()
        assert project.commits == commits, "nothing was renamed"
    assert check_project(folder) == []


def test_an_annotated_image_that_is_read_again_keeps_its_size(folder: Path, images: Path) -> None:
    with Project(folder) as project:
        annotate(project, 1)
        with project.changing() as log:
            log.set_problem(1, "not an image")
        picture(77, (20, 30)).save(images / "a.png")
        project.look_again(1)
        row = rows(project)["a.png"]
        assert (row.size_hw, "from 64x48 to 30x20" in str(row.problem)) == ((48, 64), True)
        (images / "a.png").unlink()
        project.look_again(1)
        assert rows(project)["a.png"] == row
        picture(0).save(images / "a.png")
        project.look_again(1)
        assert rows(project)["a.png"].problem is None


def test_a_huge_image_is_named(folder: Path, images: Path) -> None:
    Image.new("L", (30_000, 3_500)).save(images / "huge.jpg", progressive=True)  # not to be read part by part
    with Project(folder) as project:
        assert "30000x3500" in str(rows(project)["huge.jpg"].problem)


def test_a_project_whose_images_are_gone_says_so(folder: Path, images: Path) -> None:
    images.rename(images.parent / "elsewhere")
    with pytest.raises(StorageError, match=r"images: the image folder of the project is missing"):
        Project(folder)
    (images.parent / "elsewhere").rename(images)
    with Project(folder) as project:
        assert len(rows(project)) == 3
