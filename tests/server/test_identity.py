"""Requests that name the project which they are meant for."""

import pytest
from fastapi.testclient import TestClient

from fewclicks.store.project import Project


@pytest.mark.parametrize("path", ["images", "images/1", "images/1/file", "jobs/events", "health", "export"])
def test_a_request_for_another_project_is_refused(client: TestClient, project: Project, path: str) -> None:
    for named in ({"headers": {"Fewclicks-Project": "another"}}, {"params": {"project": "another"}}):
        answer = client.get(f"/api/{path}", **named)  # type: ignore[arg-type]
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (409, "other_project")
        assert project.name in error["message"]


def test_a_change_for_another_project_changes_nothing(client: TestClient, project: Project) -> None:
    body = {"id": "a", "status": "done"}
    for project_id, status in (("another", 409), (project.id, 200)):
        answer = client.put("/api/images/1/status", json=body, headers={"Fewclicks-Project": project_id})
        assert answer.status_code == status
        with project.reading() as log:
            assert [each.request.id for each in log.events()] == ([] if status == 409 else ["a"])


def test_other_programs_need_not_name_it(client: TestClient) -> None:
    assert client.get("/api/images").status_code == 200
