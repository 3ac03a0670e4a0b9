"""Large images over the REST contract: tiles, what can be asked of them, and what goes wrong with their files."""

import io
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import pyvips
from fastapi.testclient import TestClient
from jaxtyping import UInt8
from PIL import Image

from fewclicks.answers import MaskAnswer
from fewclicks.application.large_images import FOLDER
from fewclicks.errors import ConflictError, ModelError
from fewclicks.images import files as image_files
from fewclicks.images import levels
from fewclicks.images.files import ORIENTATION, read_image
from fewclicks.images.source import ImageSource
from fewclicks.methods.registry import open_shipped
from fewclicks.model import AnyModel
from fewclicks.prompts import Click, Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project, create_project

from .api import Api, Json, click
from .colour_model import ColourEncoding, ColourModel

SIZE_HW = (1300, 1900)
LARGE = 1
SMALL = 2


@pytest.fixture(autouse=True)
def large_from_a_megapixel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_files, "LARGE_PIXELS", 10**6)
    monkeypatch.setattr(levels, "COARSEST", 256)


def photo(size_hw: tuple[int, int] = SIZE_HW) -> UInt8[np.ndarray, "H W 3"]:
    """Gray noise with a red square of 200 pixels at (1200, 700)."""
    pixels = np.random.default_rng(1).integers(100, 140, (*size_hw, 3), dtype=np.uint8)
    pixels[700:900, 1200:1400] = (220, 30, 30)
    return pixels


def new_project(folder: Path, name: str = "large.png") -> Path:
    images = folder / "images"
    images.mkdir()
    Image.fromarray(photo()).save(images / name)
    Image.fromarray(photo((60, 80))).save(images / "small.png")
    create_project(folder / "project", images, ["cat"])
    return folder / "project"


@contextmanager
def served(project: Path, model: AnyModel | None = None, **settings: int) -> Iterator[Api]:
    chosen = Settings(**{"encode_ahead": False} | settings)
    with Project(project) as opened:
        app = create_app(opened, {"segment": model or open_shipped("segment")}, chosen)
        with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
            yield Api(client)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return new_project(tmp_path)


@pytest.fixture
def api(project: Path) -> Iterator[Api]:
    with served(project) as opened:
        yield opened


def ready(api: Api, image: int = LARGE) -> Json:
    """What the tiles are, once they are there; the progress on the way only grows."""
    before = 0.0
    for _ in range(1000):
        tiles = api.get(f"images/{image}/tiles")
        assert before <= tiles["progress"] <= 1
        before = tiles["progress"]
        if before == 1:
            return dict(tiles)
        time.sleep(0.02)
    raise AssertionError(f"the tiles are never ready: {before}")


def why_not(api: Api, image: int = LARGE) -> tuple[int, str]:
    """How the making of tiles ended."""
    for _ in range(1000):
        answer = api.client.get(f"/api/images/{image}/tiles")
        if answer.status_code != 200:
            message = str(answer.json()["error"]["message"])
            assert "\n" not in message
            return answer.status_code, message
        time.sleep(0.02)
    raise AssertionError("nothing went wrong")


def folders(project: Path) -> list[Path]:
    """What there is of levels, whole or half made."""
    return [each for each in (project / FOLDER).glob("*") if each.is_dir()]


@contextmanager
def quota(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def tile(api: Api, *place: int, image: int = LARGE) -> UInt8[np.ndarray, "h w 3"]:
    answer = api.client.get(f"/api/images/{image}/tiles/{'/'.join(map(str, place))}")
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as opened:
        return np.asarray(opened)


def test_the_list_says_which_images_are_large(api: Api) -> None:
    assert [row["large"] for row in api.get("images")] == [True, False]
    assert api.get("images/1")["image"]["large"]


def test_all_tiles_of_the_finest_level_together_are_the_image(api: Api) -> None:
    tiles = ready(api)
    assert (tiles["width"], tiles["height"], tiles["finest"], tiles["coarsest"]) == (1900, 1300, 11, 9)
    rows = [np.concatenate([tile(api, 11, column, row) for column in range(4)], axis=1) for row in range(3)]
    np.testing.assert_array_equal(np.concatenate(rows), photo())


def test_coarser_tiles_show_the_whole_image_smaller(api: Api) -> None:
    ready(api)
    assert tile(api, 9, 0, 0).shape == (325, 475, 3)
    assert tile(api, 10, 1, 1).shape == (138, 438, 3)
    assert np.abs(tile(api, 9, 0, 0)[190:210, 310:340] - np.array([220, 30, 30])).max() <= 1


@pytest.mark.parametrize("place", ["8/0/0", "12/0/0", "11/4/0", "11/0/3", "9/-1/0"])
def test_tiles_that_do_not_exist(api: Api, place: str) -> None:
    ready(api)
    assert api.client.get(f"/api/images/1/tiles/{place}").status_code == 404


def test_a_tile_is_asked_about_again_before_it_is_sent_again(api: Api) -> None:
    ready(api)
    tag = api.client.get("/api/images/1/tiles/11/0/0").headers["etag"]
    assert api.client.get("/api/images/1/tiles/11/0/0", headers={"If-None-Match": tag}).status_code == 304


def test_tiles_of_a_turned_jpeg_are_those_of_the_upright_photo(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    path = tmp_path / "images" / "turned.jpg"
    Image.fromarray(photo()).save(path, exif=exif)
    with served(project) as api:
        assert (ready(api, 3)["width"], ready(api, 3)["height"]) == (1300, 1900)
        shown = tile(api, 11, 0, 0, image=3).astype(int)
        assert np.abs(shown - read_image(path)[:512, :512]).mean() < 1.5


def test_the_levels_are_made_once_and_are_no_part_of_the_images(project: Path) -> None:
    with served(project) as api:
        ready(api)
    made = sorted((project / FOLDER).rglob("*.tif"))
    times = [file.stat().st_mtime_ns for file in made]
    assert len(made) > 2
    with served(project) as api:
        assert api.get("images/1/tiles")["progress"] == 1
        assert len(api.get("images")) == 2
    assert [file.stat().st_mtime_ns for file in made] == times
    assert (project / FOLDER / ".gitignore").read_text() == "*\n"


def test_deleted_levels_are_made_again(project: Path) -> None:
    with served(project) as api:
        ready(api)
        for file in (project / FOLDER).rglob("*.tif"):
            file.unlink()
        ready(api)
        assert tile(api, 11, 0, 0).shape == (512, 512, 3)


def test_the_least_used_levels_go_when_there_is_no_room(project: Path) -> None:
    Image.fromarray(photo()[::-1]).save(project.parent / "images" / "second.png")
    with served(project, levels_mb=12) as api:  # those of one image take 10 MB
        ready(api)
        ready(api, 3)
        assert len(folders(project)) == 1
        assert api.client.get("/api/images/1/tiles/11/0/0").status_code == 503, "they are made again"
        ready(api)
        assert tile(api, 11, 0, 0).shape == (512, 512, 3)
    assert len(folders(project)) == 1


def test_a_thumbnail_needs_no_levels(project: Path) -> None:
    with served(project) as api:
        before = api.client.get("/api/images/1/thumbnail").content
        assert not (project / FOLDER).exists()
    with served(project) as api:
        ready(api)
        after = api.client.get("/api/images/1/thumbnail").content
    shown = [np.asarray(Image.open(io.BytesIO(content))).astype(int) for content in (before, after)]
    assert shown[0].shape == shown[1].shape == (109, 160, 3)
    assert np.abs(shown[0] - shown[1]).mean() < 2


# --- answers -------------------------------------------------------------------------------------


def test_segment_answers_as_it_does_for_the_same_image_in_memory(api: Api) -> None:
    ready(api)
    large = api.respond("o", click(1300, 800))["annotations"][0]["shape"]
    model = open_shipped("segment")
    answer = model.respond(model.encode(photo()), Prompts.of(Click(1300, 800, True))).answer
    assert isinstance(answer, MaskAnswer)
    assert large["xyxy"] == list(answer.mask.tight().xyxy)


def test_before_the_levels_are_there_a_click_is_kept_without_an_answer(api: Api) -> None:
    answer = api.respond("o", click(1300, 800))
    assert "large.png is still being prepared" in answer["error"]
    assert answer["annotations"][0]["prompts"]
    ready(api)
    assert api.ok("images/1/retry", {"annotation_id": "o"})["annotations"][0]["shape"] is not None


def test_a_method_for_small_images_says_so_and_the_image_is_none_the_worse(project: Path) -> None:
    class SmallOnly(ColourModel):
        def encode(self, image: ImageSource) -> ColourEncoding:
            if not isinstance(image, np.ndarray):
                raise ModelError("this model answers for small images only")
            return super().encode(image)

    with served(project, SmallOnly(), encode_ahead=True) as api:
        ready(api)
        assert api.respond("o", click(1300, 800))["error"] == "this model answers for small images only"
        assert api.get("images/1")["image"]["problem"] is None


# --- trouble -------------------------------------------------------------------------------------


def test_a_truncated_file_is_named_and_leaves_nothing(project: Path) -> None:
    path = project.parent / "images" / "large.png"
    path.write_bytes(path.read_bytes()[:-2_000_000])
    with served(project) as api:
        status, message = why_not(api)
        assert (status, "large.png: cannot read the image" in message) == (422, True)
        assert "cannot read the image" in api.get("images/1")["image"]["problem"]
    assert folders(project) == []


def test_a_truncated_tiled_file_is_named_when_the_damage_is_met(tmp_path: Path) -> None:
    project = new_project(tmp_path)
    path = tmp_path / "images" / "slide.tif"
    pyvips.Image.new_from_array(photo()).tiffsave(str(path), tile=True, pyramid=True, compression="none")
    with served(project) as api:
        ready(api, 3)
        content = path.read_bytes()
        path.write_bytes(content[:3000] + bytes(len(content) - 3000))
        answer = api.client.get("/api/images/3/tiles/11/3/1")
        assert answer.status_code == 422
        assert "slide.tif" in answer.json()["error"]["message"]


def test_a_file_of_another_size_than_it_was_is_named(project: Path) -> None:
    path = project.parent / "images" / "large.png"
    with served(project) as api:
        ready(api)
        Image.fromarray(photo((1400, 1900))).save(path)
        assert why_not(api) == (422, "large.png: the size changed from 1900x1300 to 1900x1400; restore the old file")
        assert "the size changed from 1900x1300 to 1900x1400" in api.respond("o", click(9, 9))["error"]


def test_a_file_with_other_pixels_is_read_anew(project: Path) -> None:
    with served(project) as api:
        ready(api)
        Image.fromarray(255 - photo()).save(project.parent / "images" / "large.png")
        ready(api)
        np.testing.assert_array_equal(tile(api, 11, 0, 0), 255 - photo()[:512, :512])


def test_a_lost_file_is_named(project: Path) -> None:
    with served(project) as api:
        ready(api)
        (project.parent / "images" / "large.png").unlink()
        assert "large.png: cannot read the file: No such file" in why_not(api)[1]


def test_a_full_disk_is_said_and_opening_the_image_again_tries_again(project: Path) -> None:
    with served(project) as api, quota(1_000_000):
        status, message = why_not(api)
        assert status == 507
        assert message == f"{project / FOLDER}: cannot write: File too large; check the permissions and the free space"
        assert api.get("images/1")["image"]["problem"] is None, "the image is none the worse"
        assert folders(project) == []
    with served(project) as api:
        ready(api)


def test_a_second_server_is_refused_and_spoils_nothing(project: Path) -> None:
    with served(project) as api:
        assert api.get("images/1/tiles")["progress"] < 1
        with pytest.raises(ConflictError, match="is open in another process"), served(project):
            pass
        ready(api)


def test_what_an_interrupted_run_left_is_cleared_away(project: Path) -> None:
    left = project / FOLDER / "tmpabc.part"
    left.mkdir(parents=True)
    (left / "0.tif").write_bytes(b"half")
    with served(project):
        assert not left.exists()


def test_stopping_in_the_middle_leaves_nothing_half_made(project: Path) -> None:
    with served(project) as api:
        assert api.get("images/1/tiles")["progress"] < 1
    assert all(folder.suffix != ".part" for folder in folders(project))
