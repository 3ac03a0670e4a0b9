"""Images whose files are renamed while the server runs."""

import time
from pathlib import Path

import pytest

from fewclicks.application import folder_search
from fewclicks.application.folder_search import FolderSearch
from fewclicks.server.routes import images as images_routes
from fewclicks.store import images as project_images
from fewclicks.store.folder import ImageFile
from fewclicks.store.project import Project

from .api import Api, until


def test_opening_an_image_finds_its_renamed_file(api: Api, folder: Path) -> None:
    (folder / "images" / "a.png").rename(folder / "images" / "y.png")
    assert api.client.get("/api/images/1/file").status_code == 422
    until(lambda: api.get("images/1")["image"]["problem"] is None)
    assert api.get("images/1")["image"]["file_name"] == "y.png"
    assert [row["file_name"] for row in api.get("images")] == ["b.png", "c.png", "y.png"]
    assert api.client.get("/api/images/1/file").status_code == 200


def test_a_file_that_comes_back_under_another_name_is_found_by_opening_its_image(
    api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_search, "PAUSE", 0.1)
    images = folder / "images"
    (images / "b.png").rename(folder / "aside.png")
    assert api.client.get("/api/images/2/thumbnail").status_code == 422
    assert api.get("images/2")["image"]["problem"] is not None
    (folder / "aside.png").rename(images / "back.png")
    until(lambda: api.get("images/2")["image"]["file_name"] == "back.png")


def test_an_error_about_the_old_file_is_ignored_once_the_new_one_is_found(
    api: Api, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = images_routes.read_for_browser

    def renamed_meanwhile(path: Path) -> tuple[bytes, str]:
        monkeypatch.setattr(images_routes, "read_for_browser", read)
        path.rename(path.with_name("y.png"))
        try:
            return read(path)
        finally:
            project.find_renamed()

    monkeypatch.setattr(images_routes, "read_for_browser", renamed_meanwhile)
    assert api.client.get("/api/images/1/file").status_code == 422
    assert [(row["file_name"], row["problem"]) for row in api.get("images")][2] == ("y.png", None)
    assert api.client.get("/api/images/1/file").status_code == 200


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times of the scans of the folder, each of which takes 50 ms."""
    times: list[float] = []
    scan = project_images.scan_folder

    def slow(path: Path) -> list[ImageFile]:
        times.append(time.monotonic())
        time.sleep(0.05)
        return scan(path)

    monkeypatch.setattr(project_images, "scan_folder", slow)
    return times


def test_searches_run_one_at_a_time_and_with_pauses(
    project: Project, scans: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_search, "PAUSE", 0.2)
    search = FolderSearch(project)
    for _ in range(20):
        search.request()
    until(lambda: len(scans) == 1)
    for _ in range(20):
        search.request()
    until(lambda: len(scans) == 2)
    search.stop()
    search.request()
    time.sleep(0.3)
    assert len(scans) == 2
    assert scans[1] - scans[0] >= 0.25


def vanishing(_folder: Path) -> list[ImageFile]:
    raise FileNotFoundError(2, "No such file or directory")


def test_a_search_that_fails_does_not_end_the_others(
    project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(folder_search, "PAUSE", 0)
    search = FolderSearch(project)
    (folder / "images").rename(folder / "elsewhere")
    search.request()
    until(lambda: len(caplog.messages) == 1)
    (folder / "elsewhere").rename(folder / "images")
    with monkeypatch.context() as broken:
        broken.setattr(project_images, "scan_folder", vanishing)
        search.request()
        until(lambda: len(caplog.messages) == 2)
    for message in caplog.messages:
        assert message.startswith("the search for renamed images failed, open the image to repeat it: ")
        assert "\n" not in message
    (folder / "images" / "a.png").rename(folder / "images" / "y.png")
    search.request()

    def names() -> list[str]:
        with project.reading() as log:
            return [row.file_name for row in log.images()]

    until(lambda: "y.png" in names())
    search.stop()
