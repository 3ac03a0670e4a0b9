"""Changes are stored while models run, and answers fit what was stored meanwhile."""

import json
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from threading import Barrier, Event
from time import sleep
from typing import Any, cast

import anyio
import pytest
from fastapi import FastAPI, HTTPException
from fastapi.testclient import TestClient
from starlette.requests import Request

from fewclicks.model import AnyModel
from fewclicks.server.app import create_app
from fewclicks.server.model_calls import AT_ONCE, CLIENT_CLOSED_REQUEST, ModelCalls
from fewclicks.server.settings import Settings
from fewclicks.store.project import Project

from .api import RED_BOX, Api, Json, annotation, box_shape, click
from .colour_model import ColourModel


class Held(ColourModel):
    """Answers when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = Event(), Event()
        self.go.set()

    def respond(self, *arguments: Any, **options: Any) -> Any:
        self.asked.set()
        assert self.go.wait(20)
        return super().respond(*arguments, **options)


@pytest.fixture
def model() -> Held:
    return Held()


@pytest.fixture
def api(project: Project, model: Held) -> Iterator[Api]:
    app = create_app(project, {"segment": cast(AnyModel, model)}, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield Api(client)


@contextmanager
def answering(api: Api, model: Held, annotation_id: str, prompt: Json, times: int = 1) -> Iterator[list[Future[Json]]]:
    """Requests whose model does not answer before the block ends."""
    model.asked.clear()
    model.go.clear()
    with ThreadPoolExecutor(times) as pool:
        futures = [pool.submit(api.respond, f"{annotation_id}{n or ''}", prompt) for n in range(times)]
        try:
            assert model.asked.wait(20)
            yield futures
        finally:
            model.go.set()


def test_no_change_waits_for_a_model(api: Api, model: Held) -> None:
    with answering(api, model, "o", RED_BOX, times=60) as futures:
        assert api.get("health") == {"status": "ok"}
        for image in (1, 2):
            api.edit(annotation(f"p{image}", box_shape(), image=image))
        api.status("done", image=3)
        api.undo(3)
        api.get("images/1")
        assert not any(future.done() for future in futures)
    assert all(future.result()["error"] is None for future in futures)
    assert len(api.annotations()) == 61


def test_an_edit_while_the_model_answers_is_kept(api: Api, model: Held) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    with answering(api, model, "o", click(40, 30)) as (answer,):
        api.edit(made | {"class_id": 2}, "class")
    after = answer.result()["annotations"][0]
    assert (after["class_id"], len(after["prompts"])) == (2, 2)
    assert api.annotations() == [after]


def test_prompts_that_changed_while_the_model_answered_are_answered(api: Api, model: Held) -> None:
    made = api.respond("o", RED_BOX)["annotations"][0]
    with answering(api, model, "o", click(40, 30)) as (answer,):
        api.edit(made | {"shape": box_shape(20)}, "paint")
    after = answer.result()["annotations"][0]
    assert after["prompts"][0] == {"type": "box", "xyxy": box_shape(20)["xyxy"]}
    assert api.annotations() == [after]


def test_prompts_that_change_during_every_attempt_are_kept_without_an_answer(project: Project) -> None:
    class Disturbed(ColourModel):
        times = 0

        def respond(self, *arguments: Any, **options: Any) -> Any:
            Disturbed.times += 1
            if Disturbed.times > 1:
                api.edit(made | {"shape": box_shape(Disturbed.times)}, "paint")
            return super().respond(*arguments, **options)

    app = create_app(project, {"segment": cast(AnyModel, Disturbed())}, Settings(encode_ahead=False))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        api = Api(client)
        made = api.respond("o", RED_BOX)["annotations"][0]
        answer = api.respond("o", click(40, 30))
        assert "another page changed the prompts while the model worked; try again" in answer["error"]
        assert answer["annotations"][0]["prompts"][-1]["type"] == "click"
        assert api.annotations() == answer["annotations"]


def test_requests_about_one_image_leave_room_for_those_about_others(api: Api, model: Held) -> None:
    with ThreadPoolExecutor(1) as pool, answering(api, model, "o", RED_BOX, times=10):
        model.asked.clear()
        pool.submit(api.respond, "other", RED_BOX, image=2)
        assert model.asked.wait(20)


def test_a_request_whose_client_has_gone_is_dropped_before_its_turn() -> None:
    async def gone() -> Json:
        return {"type": "http.disconnect"}

    async def main() -> None:
        calls, ran = ModelCalls(), []
        with pytest.raises(HTTPException):
            await calls.run(Request({"type": "http"}, gone), lambda: ran.append(1))
        assert ran == []

    with ThreadPoolExecutor(1) as pool:  # the browser tests leave a running event loop in this thread
        pool.submit(anyio.run, main).result()
    assert AT_ONCE >= 2


async def send_and_leave(app: FastAPI, path: str, body: Json) -> int:
    """Send a request as a client that closes the connection before the answer; return the status of the answer."""
    content = [{"type": "http.request", "body": json.dumps(body).encode()}]
    statuses: list[int] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000"), (b"content-type", b"application/json")],
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> MutableMapping[str, Any]:
        return content.pop() if content else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await app(scope, receive, send)
    return statuses[0]


def test_no_model_runs_for_a_client_that_has_gone(project: Project, model: Held) -> None:
    app = create_app(project, {"segment": cast(AnyModel, model)}, Settings(encode_ahead=False))
    body = {"id": "r", "annotation_id": "o", "class_id": 1, "prompts": [RED_BOX]}
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(anyio.run, send_and_leave, app, "/api/images/1/respond", body).result()
    with project.reading() as log:
        assert (status, model.asked.is_set(), log.events()) == (CLIENT_CLOSED_REQUEST, False, [])
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        assert Api(client).ok("images/1/respond", body)["annotations"][0]["id"] == "o"


def call_all(calls: list[tuple[int, Callable[[], object]]]) -> None:
    """Run calls about images in the pool; their requests arrive in this order."""

    async def waits() -> Json:
        await anyio.sleep_forever()
        return {}

    async def main() -> None:
        pool = ModelCalls()
        async with anyio.create_task_group() as requests:
            for image, call in calls:
                scope = {"type": "http", "path_params": {"image_id": str(image)}}
                requests.start_soon(pool.run, Request(scope, waits), call)

    with ThreadPoolExecutor(1) as thread:  # the browser tests leave a running event loop in this one
        thread.submit(anyio.run, main).result()


def test_calls_about_one_image_run_one_after_the_other_in_the_order_of_their_requests() -> None:
    steps: list[tuple[str, int]] = []

    def call(number: int) -> None:
        steps.append(("begins", number))
        sleep(0.01)
        steps.append(("ends", number))

    call_all([(1, partial(call, number)) for number in range(12)])
    assert steps == [(step, number) for number in range(12) for step in ("begins", "ends")]


def test_as_many_calls_run_at_once_as_the_pool_has_places_and_no_more() -> None:
    together, running, most = Barrier(AT_ONCE), [], []

    def call() -> None:
        running.append(1)
        most.append(len(running))
        together.wait(10)
        sleep(0.05)
        running.pop()

    call_all([(image, call) for image in range(3 * AT_ONCE)])
    assert max(most) == AT_ONCE
