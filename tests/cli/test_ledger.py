"""`fewclicks ledger`, as a user runs it."""

import csv
from dataclasses import replace
from pathlib import Path

from fewclicks.application.answering_questions import PersonAnswer, answer
from fewclicks.application.questions import next_questions, refresh
from fewclicks.store.events import Change, Outcome, Request
from fewclicks.store.project import Project

from .program import Program


def answered(folder: Path) -> None:
    """A suggested box of the first class that a person has given the second class, and one that is no object."""
    with Project(folder) as project:
        with project.changing() as log:
            before = log.proposals(1)
            boxes = ([10.0, 10.0, 8.0, 8.0, 0.0], [30.0, 10.0, 8.0, 8.0, 0.0])
            values = {"boxes": boxes, "scores": (0.5, 0.7), "class_ids": (1, 1), "method": "detect", "weights": "d-1"}
            log.append(
                Request("ask", "ask", "find", {}), Outcome(proposals=(Change(before, replace(before, **values)),))
            )
        refresh(project)
        (first, second), _ = next_questions(project, "page", 2)
        answer(project, "one", "anna", 2.5, PersonAnswer(first.item.id, "accept", class_id=2), {})
        answer(project, "two", "anna", 1.0, PersonAnswer(second.item.id, "delete"), {})


def test_a_table_with_what_the_answers_cost(fewclicks: Program, project: Path) -> None:
    answered(project)
    printed = fewclicks.done("ledger", project)
    assert "class" in printed
    assert "answers with an object: 1" in printed
    assert "all answers: 2" in printed
    assert "seconds: 3.5 measured, 10.2 by the cost model" in printed
    assert "20.0 by the cost model" in fewclicks.done("ledger", project, "--corrected", "15", "--verified", "5")


def test_a_csv_file(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    answered(project)
    assert "wrote 2 answers" in fewclicks.done("ledger", project, "--csv", tmp_path / "ledger.csv")
    with (tmp_path / "ledger.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["answer"] for row in rows] == ["class", "delete"]
    assert rows[0]["given_class"] == "dog"


def test_a_project_without_answers_and_a_missing_one(fewclicks: Program, project: Path, tmp_path: Path) -> None:
    assert "all answers: 0" in fewclicks.done("ledger", project)
    assert "no project here" in fewclicks.refused("ledger", tmp_path / "nothing")
