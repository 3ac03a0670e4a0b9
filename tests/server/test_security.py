import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from fewclicks.errors import InputError
from fewclicks.server.app import create_app
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project

from .colour_model import ColourModel


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "LOCALHOST:8000"])
def test_the_own_page_is_answered(client: TestClient, host: str) -> None:
    for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host.lower()}"}):
        assert client.get("/api/health", headers=headers).json() == {"status": "ok"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:8001", "localhost", "localhost:80", "",
        "127.0.0.1:8000.evil.example", "localhost.evil.example:8000", "0.0.0.0:8000", "127.0.0.2:8000",
        "127.0.0.1:8000@x",
    ],
)  # fmt: skip
def test_another_name_for_this_machine_is_refused(client: TestClient, host: str) -> None:
    for path in ("/api/project", "/api/images/1/file", "/"):
        answer = client.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "null", "https://127.0.0.1:8000", "http://127.0.0.1:8001", "http://127.0.0.1",
        "http://localhost:8000", "http://127.0.0.1:8000.evil.example", "file://", "",
    ],
)  # fmt: skip
def test_a_page_of_another_origin_is_refused(client: TestClient, project: Project, origin: str) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        answer = client.request(method, "/api/undo", headers={"Origin": origin, "Content-Type": "application/json"})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    with project.reading() as log:
        assert log.events() == []


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_images_and_forms_of_other_sites_are_refused(client: TestClient, site: str) -> None:
    assert client.get("/api/images/1/file", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert client.get("/", headers={"Sec-Fetch-Site": site}).status_code == 200, "a link to the page may be followed"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.parametrize(("method", "path"), [("POST", "/api/undo"), ("PUT", "/api/classes")])
def test_a_body_has_to_be_json(client: TestClient, media_type: str, method: str, path: str) -> None:
    answer = client.request(method, path, content=b'{"id": "x"}', headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "input")


def test_a_body_without_end_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fewclicks.server.bodies.MOST_BYTES", 2**20)
    whole = b'{"id": "' + b"x" * 2**20 + b'"}'
    for content in (whole, iter([whole[:999_999], whole[999_999:]])):  # with its length announced, and without
        answer = client.post("/api/undo", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413
        assert answer.json() == {
            "error": {"code": "input", "message": "the request is larger than 1 MB; send fewer annotations at once"}
        }
    assert client.post("/api/undo", json={"id": "x"}).status_code == 409


def test_answers_may_not_be_framed_or_read_elsewhere(client: TestClient) -> None:
    headers = client.get("/").headers
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_it_refuses_to_listen_to_other_machines(project: Project, host: str) -> None:
    with pytest.raises(InputError, match=r"expected 127\.0\.0\.1 or localhost.*no authentication"):
        create_app(project, {"segment": ColourModel()}, Settings(host=host))
    project.close()


def test_a_web_socket_is_refused(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/health"):
        pass
