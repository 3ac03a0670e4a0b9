import io
import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import event

from fewclicks import __version__
from fewclicks.images.files import ORIENTATION
from fewclicks.server.app import create_app
from fewclicks.server.openapi import document
from fewclicks.server.static import add_page
from fewclicks.store.project import Project

from .api import RED_BOX, Api, annotation, box_shape
from .colour_model import ColourModel


def test_the_project_says_what_it_has(api: Api) -> None:
    answer = api.get("project")
    assert [(c["id"], c["name"]) for c in answer["classes"]] == [(1, "cat"), (2, "dog")]
    assert answer["methods"] == api.get("methods")
    (segment,) = answer["methods"]
    shown = {name: segment[name] for name in ("name", "method", "title", "task", "version", "weights", "trainable")}
    assert shown == {
        "name": "segment",
        "method": "segment",
        "title": "Segment",
        "task": "mask",
        "version": "colour-1",
        "weights": "colour-1",
        "trainable": False,
    }
    assert {"click", "box", "extreme_points"} <= set(segment["prompts"])
    assert (answer["name"], answer["version"], answer["hint"]) == ("project", __version__, True)


def test_the_hint_goes_away_with_the_first_accepted_object(api: Api) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    assert api.get("project")["hint"]
    api.edit(made | {"state": "accepted"}, "accept")
    assert not api.get("project")["hint"]


def test_the_list_has_every_image_in_order_with_its_work(api: Api) -> None:
    api.edit(annotation("p", box_shape(), image=2), seconds=3)
    api.edit(annotation("p", box_shape(), image=2, state="deleted"), "delete")
    api.respond("o", RED_BOX, image=2, seconds=2)
    rows = api.get("images")
    assert [row["file_name"] for row in rows] == ["a.png", "b.png", "c.png"]
    counts = {key: rows[1][key] for key in ("annotations", "proposed", "clicks", "seconds", "status", "problem")}
    assert counts == {"annotations": 1, "proposed": 1, "clicks": 0, "seconds": 5.0, "status": "todo", "problem": None}
    assert rows[0]["annotations"] == 0
    assert rows[1] == api.get("images/2")["image"]


def test_the_list_is_one_query(api: Api, project: Project) -> None:
    statements: list[str] = []
    event.listen(project._engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    api.get("images")
    assert len([text for text in statements if text.startswith("SELECT")]) == 1


def test_status_is_stored(api: Api) -> None:
    assert api.status("done", image=2)["image"]["status"] == "done"
    assert [row["status"] for row in api.get("images")] == ["todo", "done", "todo"]


def test_classes_are_stored_and_a_used_one_stays(api: Api) -> None:
    classes = api.get("project")["classes"]
    classes[0] |= {"name": "lynx", "policy": "ears included"}
    new = {"id": 7, "name": "bird", "color": "#00ff00", "policy": "", "overlaps": True}
    assert api.classes(new, *classes)["classes"] == [new, *classes]
    api.edit(annotation("p", box_shape()))
    refused = api.client.put("/api/classes", json={"id": "r", "classes": [new]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
    assert "class 'lynx' is in use" in refused.json()["error"]["message"]
    assert api.get("project")["classes"] == [new, *classes]


def test_an_old_copy_of_a_change_of_classes_overwrites_nothing(api: Api) -> None:
    cat, dog = api.get("project")["classes"]
    body = {"id": "once", "classes": [cat | {"name": "lynx"}, dog]}
    api.client.put("/api/classes", json=body)
    api.classes(cat | {"name": "tiger"}, dog)
    assert api.client.put("/api/classes", json=body).json()["classes"][0]["name"] == "tiger"


def test_the_project_has_an_id_of_its_own(api: Api, project: Project) -> None:
    assert api.get("project")["id"] == project.id


def test_the_file_is_served_and_asked_about_again(client: TestClient, folder: Path) -> None:
    answer = client.get("/api/images/1/file")
    assert answer.content == (folder / "images" / "a.png").read_bytes()
    assert answer.headers["content-type"] == "image/png"
    tag = answer.headers["etag"]
    again = client.get("/api/images/1/file", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/api/images/2/file").headers["etag"] != tag


def test_a_turned_cmyk_photo_is_served_upright_in_rgb(tmp_path: Path, folder: Path) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 8
    Image.new("CMYK", (64, 48), (0, 255, 255, 0)).save(folder / "images" / "d.jpg", exif=exif)
    app = create_app(Project(folder), {"segment": ColourModel()})
    with TestClient(app, base_url="http://127.0.0.1:80") as client:
        assert client.get("/api/images/4").json()["image"]["width"] == 48
        with Image.open(io.BytesIO(client.get("/api/images/4/file").content)) as out:
            assert (out.size, out.mode) == ((48, 64), "RGB")


def test_thumbnails(client: TestClient) -> None:
    for _ in range(2):
        answer = client.get("/api/images/1/thumbnail")
        with Image.open(io.BytesIO(answer.content)) as small:
            assert (small.format, max(small.size) <= 160) == ("JPEG", True)
    tag = answer.headers["etag"]
    assert client.get("/api/images/1/thumbnail", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("route", ["file", "thumbnail"])
def test_an_image_spoilt_meanwhile_is_named(api: Api, folder: Path, route: str) -> None:
    (folder / "images" / "c.png").write_text("spoilt")
    answer = api.client.get(f"/api/images/3/{route}")
    assert answer.status_code == 422
    assert "c.png: not an image" in answer.json()["error"]["message"]
    assert "not an image" in api.get("images")[2]["problem"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/images/99", 404, "not_found"),
        ("/api/images/99/file", 404, "not_found"),
        ("/api/images/99/thumbnail", 404, "not_found"),
        ("/api/images/99999999999999999999", 422, "input"),
        ("/api/images/one", 422, "input"),
        ("/api/nothing", 404, "not_found"),
        ("/api/export?format=betamax", 404, "not_found"),
        ("/api/export?images=some", 422, "input"),
    ],
)
def test_what_is_not_there_has_the_error_shape(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_method_that_a_route_has_not(client: TestClient) -> None:
    answer = client.put("/api/undo", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "input")


def test_the_unexpected_is_one_line_without_a_traceback(client: TestClient, project: Project) -> None:
    with project.changing() as log:
        log._connection.exec_driver_sql("UPDATE classes SET color = 17 WHERE id = 1")
        log._connection.exec_driver_sql("UPDATE classes SET name = X'ff' WHERE id = 1")
    answer = client.get("/api/project")
    assert answer.status_code == 500
    assert answer.json()["error"] == {
        "code": "internal", "message": "unexpected error in fewclicks; see the terminal for details",
    }  # fmt: skip


def test_a_body_that_is_no_json(client: TestClient) -> None:
    answer = client.post("/api/undo", content=b"{'id'", headers={"Content-Type": "application/json"})
    assert answer.json() == {"error": {"code": "input", "message": "the body is not JSON; send a JSON object"}}


def test_openapi_lists_every_route_with_the_error_shape(client: TestClient) -> None:
    paths: dict[str, Any] = client.get("/api/openapi.json").json()["paths"]
    assert {"/api/images", "/api/images/{image_id}/respond", "/api/undo", "/api/export"} <= set(paths)
    for path in paths.values():
        for operation in path.values():
            schema = operation["responses"]["default"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}


def test_openapi_can_be_printed_without_a_project(client: TestClient) -> None:
    assert json.loads(document()) == client.get("/api/openapi.json").json()


def test_openapi_says_that_an_answer_has_every_field(client: TestClient) -> None:
    schemas: dict[str, Any] = client.get("/api/openapi.json").json()["components"]["schemas"]
    answered = schemas["AnnotationSchema-Output"]
    assert set(answered["required"]) == set(answered["properties"])
    assert "prompts" not in schemas["AnnotationSchema-Input"]["required"]


def test_the_export_is_a_coco_file(api: Api) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    assert json.loads(api.client.get("/api/export").content)["annotations"] == []
    api.edit(made | {"state": "accepted"}, "accept")
    answer = api.client.get("/api/export?format=coco")
    assert answer.headers["content-disposition"].endswith("project-coco.json")
    assert answer.headers["content-type"] == "application/json"
    exported = answer.json()["annotations"]
    assert [row["bbox"] for row in exported] == [[8, 8, 16, 16]]
    assert [row["file_name"] for row in answer.json()["images"]] == ["a.png"]


def test_without_a_built_page_one_line_says_how_to_build_it(tmp_path: Path) -> None:
    from fastapi import FastAPI

    app = FastAPI()
    add_page(app, tmp_path)
    assert "make setup" in TestClient(app).get("/").text


def test_the_built_page_is_served(tmp_path: Path) -> None:
    from fastapi import FastAPI

    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<title>it</title>")
    (tmp_path / "assets" / "app.js").write_text("1")
    app = FastAPI()
    add_page(app, tmp_path)
    client = TestClient(app)
    assert client.get("/").text == "<title>it</title>"
    assert client.get("/assets/app.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/../secret").status_code == 404
