"""Pages that learn of each other's changes."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .api import Api, Json, annotation, box_shape
from .test_process import running


@contextmanager
def followed(api: Api, **options: Any) -> Iterator[Iterator[Json]]:
    """The messages of the stream, each with its cursor."""
    with api.client.stream("GET", "/api/log", **options) as answer:
        yield _messages(answer.iter_lines())


def _messages(lines: Iterator[str]) -> Iterator[Json]:
    cursor = -1
    for line in lines:
        if line.startswith("id: "):
            cursor = int(line.removeprefix("id: "))
        elif line.startswith("data: "):
            yield json.loads(line.removeprefix("data: ")) | {"cursor": cursor}


def test_changes_are_sent_as_they_happen_and_after_a_gap(folder: Path) -> None:
    with running(folder) as (_server, api):
        api.edit(annotation("before", box_shape()))
        with followed(api) as messages:
            api.edit(annotation("p", box_shape(), image=2), id="first")
            first = next(messages)
            assert (first["id"], first["verb"], first["cursor"]) == ("first", "edit", first["seq"])
            assert (first["image"]["id"], first["image"]["annotations"]) == (2, 1)
        api.status("done", image=3)
        api.undo(3)
        for gap in ({"params": {"after": first["seq"]}}, {"headers": {"Last-Event-ID": str(first["seq"])}}):
            with followed(api, **gap) as messages:
                status, undone = next(messages), next(messages)
                assert [(each["verb"], each["image"]["id"]) for each in (status, undone)] == [
                    ("status", 3),
                    ("undo", 3),
                ]
                assert undone["image"]["status"] == "todo"


def test_nothing_is_missed_between_reading_the_project_and_following_it(folder: Path) -> None:
    with running(folder) as (_server, api):
        assert api.get("project")["last_event"] == 0
        api.edit(annotation("before", box_shape()))
        known = api.get("project")["last_event"]
        api.edit(annotation("p", box_shape()), id="meanwhile")
        with followed(api, params={"after": known}) as messages:
            assert next(messages)["id"] == "meanwhile"


def test_a_long_gap_is_one_change_of_everything(folder: Path) -> None:
    with running(folder) as (_server, api):
        for number in range(201):
            api.edit(annotation(f"p{number}", box_shape()))
        with followed(api, params={"after": 0}) as messages:
            change = next(messages)
            assert (change["seq"], change["image"]) == (201, None)
            api.status("done", image=2)
            assert next(messages)["verb"] == "status"
