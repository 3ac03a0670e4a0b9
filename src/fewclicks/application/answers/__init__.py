"""The changes that answers make in a project: one module a task, the only places that match the answer's type."""

from collections.abc import Mapping
from typing import Protocol

from fewclicks.answers import Task
from fewclicks.application.answers import boxes, mask, partition, points
from fewclicks.application.answers.ask import Ask, Caches
from fewclicks.application.requests import PromptRequest
from fewclicks.model import ModelInfo
from fewclicks.store.log import Log
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Snapshot


class Answers(Protocol):
    """The functions of a task's module."""

    def kind(self, request: PromptRequest) -> str:
        """Return the word for the request, which undo shows."""
        ...

    def ask(self, state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> Ask:
        """Return the prompts of `request` with the context from the project."""
        ...

    def ask_again(self, state: Log, info: ModelInfo, image: ImageRow, snapshot: Snapshot, caches: Caches) -> Ask:
        """Return the stored prompts of an annotation, to answer them again."""
        ...


ANSWERS: Mapping[Task, Answers] = {"mask": mask, "partition": partition, "boxes": boxes, "points": points}
