"""The project, its classes and its active models."""

from typing import Annotated

from pydantic import Field

from fewclicks.answers import Task
from fewclicks.server.schemas.base import Id, Number, Schema


class ClassSchema(Schema):
    """A class; `color` is "#rrggbb"; `policy` is the text shown beside the image.

    `overlaps`: answers about its objects may cover pixels of other accepted objects, and the other way round.
    """

    id: Number
    name: Annotated[str, Field(min_length=1, max_length=200)]
    color: str
    policy: str = ""
    overlaps: bool = False


class ClassesRequest(Schema):
    """The new list of classes, in order (the keys 1 to 9 select the first nine). A class in use cannot be removed.

    `image_id`: the image where the change was made; undo on that image takes it back. The client makes the ids of new
    classes, at random so that two pages make different ones. `before`: the list that the client changes. Classes that
    are equal in both lists stay as they are now; the request is refused if another client has changed, added or removed
    one of the others since.
    """

    id: Id
    classes: list[ClassSchema]
    before: list[ClassSchema] | None = None
    image_id: Number | None = None


class MethodSchema(Schema):
    """An active model of the project.

    `name`: its role. `method`, `title`, `summary`: those of its method. `task`: the kind of answer. `prompts`: the
    accepted kinds of prompt. `examples`: whether it uses prompts in other images. `version`: the active one; `weights`
    is the same, for earlier releases. `classes`: ids of the classes that it finds; empty when only prompts name
    classes. `trainable`: whether a project can train a version.
    """

    name: str
    method: str
    title: str
    summary: str
    task: Task
    prompts: list[str]
    examples: bool
    version: str
    weights: str
    classes: list[Number]
    trainable: bool


class TrainableSchema(Schema):
    """A model that the project can train, whether or not it has a version that answers.

    `name`: its role. `summary`: that of its method. `task`: the kind of answer. `trained`: a version other than the
    shipped one is active.
    """

    name: str
    summary: str
    task: Task
    trained: bool


class ProjectAnswer(Schema):
    """The project; `id` is unique, `name` may not be. `read_only`: every change is refused (507).

    `last_event`: the number of the last event in the log, 0 if it is empty. `GET /api/log?after=` sends what follows.
    """

    id: str
    name: str
    classes: list[ClassSchema]
    methods: list[MethodSchema]
    trainable: list[TrainableSchema]
    hint: bool  # whether the page shows the hint of the first run
    read_only: bool
    last_event: int
    version: str
