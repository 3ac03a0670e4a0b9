"""What a person gave is kept when a model fails or an image cannot be read."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from fewclicks.answers import MaskAnswer
from fewclicks.errors import InputError
from fewclicks.images.source import ImageSource
from fewclicks.model import COMPLETE, Options, Response
from fewclicks.prompts import Prompts
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project

from .api import RED_BOX, Api, annotation, box_shape, click, pixels
from .colour_model import ColourEncoding, ColourModel, ColourResponse


@dataclass(frozen=True)
class FailingModel(ColourModel):
    """The colour model on a day when it fails: at encoding or at answering, as long as `fails` holds a word."""

    fails: list[str] = field(default_factory=list)

    def encode(self, image: ImageSource) -> ColourEncoding:
        if "encode" in self.fails:
            raise RuntimeError("out of\nmemory")
        return super().encode(image)

    def respond(
        self,
        encoding: ColourEncoding,
        prompts: Prompts,
        previous: ColourResponse | None = None,
        options: Options = COMPLETE,
    ) -> ColourResponse:
        if "respond" in self.fails:
            raise RuntimeError("out of\nmemory")
        if "refuse" in self.fails:
            raise InputError("a removal cannot come first")
        response = super().respond(encoding, prompts, previous, options)
        return Response(MaskAnswer.of(response.answer.mask, float("nan"))) if "iou" in self.fails else response


@pytest.mark.parametrize("word", ["encode", "respond", "iou"])
def test_prompts_are_kept_when_the_model_fails_and_answered_on_retry(project: Project, word: str) -> None:
    model = FailingModel()
    with TestClient(create_app(project, {"segment": model}, Settings(cache_mb=1)), base_url="http://127.0.0.1:80") as c:
        api = Api(c)
        if word != "encode":
            api.respond("o", RED_BOX)
        shape = api.annotations()[0]["shape"] if word != "encode" else None
        model.fails.append(word)
        failed = api.respond("o", click(40, 30))
        assert failed["error"].startswith("the model failed")
        assert "\n" not in failed["error"]
        assert (failed["annotations"][0]["shape"], failed["model_ms"]) == (shape, None)
        assert failed["annotations"][0]["prompts"][-1]["type"] == "click"
        assert "the model failed" in api.refused("images/1/retry", {"annotation_id": "o"}, 503)
        assert api.annotations() == [failed["annotations"][0]]
        model.fails.clear()
        answered = api.ok("images/1/retry", {"annotation_id": "o"})
        assert pixels(answered["annotations"][0]["shape"]).area > 0
        assert answered["history"]["undo"] == "retry"
        assert api.undo()["annotations"][0] == failed["annotations"][0]


def test_a_retry_asks_the_method_that_was_asked(project: Project) -> None:
    other = FailingModel("grabcut")
    app = create_app(project, {"segment": FailingModel(fails=["respond"]), "grabcut": other}, Settings())
    with TestClient(app, base_url="http://127.0.0.1:80") as client:
        api = Api(client)
        api.edit(annotation("p", box_shape()))
        assert api.respond("p", click(12, 12))["error"]
        with project.changing() as log:
            before = log.annotation("p")
            assert before is not None
            asked = Request("x", "respond", "click", {"method": "grabcut"}, 1)
            log.append(asked, Outcome((AnnotationChange(before, before),)))
        assert api.ok("images/1/retry", {"annotation_id": "p"})["annotations"][0]["provenance"]["method"] == "grabcut"


def test_only_prompts_that_wait_are_retried(api: Api) -> None:
    api.edit(annotation("p", box_shape()))
    assert "no unanswered prompts" in api.refused("images/1/retry", {"annotation_id": "p"}, 409)


def test_prompts_that_the_model_refuses_are_not_stored(project: Project) -> None:
    model = FailingModel(fails=["refuse"])
    with TestClient(create_app(project, {"segment": model}, Settings()), base_url="http://127.0.0.1:80") as client:
        message = Api(client).refused(
            "images/1/respond", {"annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}, 422
        )
        assert message == "a removal cannot come first"
        with project.reading() as log:
            assert log.events() == []


def test_an_image_that_cannot_be_read_any_more_keeps_the_prompts_and_is_named(api: Api, folder: Path) -> None:
    (folder / "images" / "b.png").write_bytes(b"spoilt")
    answer = api.respond("o", RED_BOX, image=2)
    assert "b.png: not an image" in answer["error"]
    assert answer["annotations"][0]["prompts"] == [RED_BOX | {"xyxy": [6.0, 6.0, 26.0, 26.0]}]
    assert "not an image" in api.get("images")[1]["problem"]


def test_an_image_that_could_never_be_opened_says_why(api: Api, folder: Path, project: Project) -> None:
    (folder / "images" / "d.png").write_text("no picture")
    project.sync()
    why = "d.png: not an image in a supported format"
    body = {"annotation_id": "o", "class_id": 1}
    for prompt in (click(8, 8), RED_BOX):
        assert why in api.refused("images/4/respond", body | {"prompts": [prompt]}, 422)
    assert why in api.refused("images/4/edits", {"kind": "box", "annotations": [annotation("p", box_shape(), 4)]}, 422)


def test_an_image_that_is_back_is_answered_and_no_longer_a_problem(api: Api, folder: Path) -> None:
    photo = folder / "images" / "b.png"
    content = photo.read_bytes()
    photo.unlink()
    assert api.respond("o", RED_BOX, image=2)["image"]["problem"]
    api.refused("images/2/retry", {"annotation_id": "o"}, 503)
    photo.write_bytes(content)
    answered = api.ok("images/2/retry", {"annotation_id": "o"})
    assert pixels(answered["annotations"][0]["shape"]).area > 0
    assert answered["image"]["problem"] is None


def test_an_image_that_is_back_is_no_longer_a_problem_once_it_is_opened(api: Api, folder: Path) -> None:
    photo = folder / "images" / "b.png"
    photo.rename(folder / "elsewhere.png")
    assert api.client.get("/api/images/2/file").status_code == 422
    assert "file not found" in api.get("images")[1]["problem"]
    assert api.get("images/2")["image"]["problem"] is not None
    (folder / "elsewhere.png").rename(photo)
    assert api.get("images/2")["image"]["problem"] is None
    assert api.client.get("/api/images/2/file").status_code == 200


def test_an_image_exchanged_for_another_size_meanwhile_is_not_answered(api: Api, folder: Path) -> None:
    Image.new("RGB", (10, 10)).save(folder / "images" / "b.png")
    assert "the size changed from 64x48 to 10x10" in api.respond("o", RED_BOX, image=2)["error"]
