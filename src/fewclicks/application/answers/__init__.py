"""What each kind of answer changes in a project: a module for each task, the only places that tell answers apart."""

from collections.abc import Mapping
from typing import Protocol

from fewclicks.answers import Task
from fewclicks.application.answers import boxes, mask, partition
from fewclicks.application.answers.ask import Ask, Caches
from fewclicks.application.requests import PromptRequest
from fewclicks.model import ModelInfo
from fewclicks.store.log import Log
from fewclicks.store.records import ImageRow
from fewclicks.store.snapshots import Snapshot


class Answers(Protocol):
    """What the module of a task offers."""

    def kind(self, request: PromptRequest) -> str:
        """The word for what the request does, shown by undo."""
        ...

    def ask(self, state: Log, info: ModelInfo, image: ImageRow, request: PromptRequest, caches: Caches) -> Ask:
        """What `request` asks of the model, given what the project holds."""
        ...

    def ask_again(self, state: Log, info: ModelInfo, image: ImageRow, snapshot: Snapshot, caches: Caches) -> Ask:
        """The stored prompts of an annotation once more."""
        ...


ANSWERS: Mapping[Task, Answers] = {"mask": mask, "partition": partition, "boxes": boxes}
