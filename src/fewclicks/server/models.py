"""Which model answers for each method: the shipped ones, and the versions that the project has trained for itself."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from fewclicks.errors import InputError, NotFoundError
from fewclicks.methods.card import Card, read_card
from fewclicks.methods.detect.inference.opening import open_detector
from fewclicks.methods.protocol import Method
from fewclicks.methods.versions import FOLDER, model_file, versions
from fewclicks.store.project import Project

OPEN: Mapping[str, Callable[[Path], Method]] = {"detect": open_detector}  # those that a project can train
log = logging.getLogger("fewclicks")


@dataclass(frozen=True, slots=True)
class Model:
    """A version (None: the shipped model) with its card; `problem` says why there is none."""

    version: str | None
    card: Card | None
    megabytes: float
    made_at: datetime | None
    problem: str | None = None


class Models:
    """The answering models of an open project; changed while it is served."""

    def __init__(self, project: Project, shipped: Mapping[str, Method]) -> None:
        """`shipped` by method. A chosen version that cannot be opened gives way to the shipped model."""
        self._project, self._shipped = project, shipped
        self._folder = project.folder / FOLDER
        self._order = Lock()
        self.assists: Mapping[str, Method] = dict(shipped)
        self._chosen: dict[str, str | None] = dict.fromkeys(OPEN)
        with project.reading() as state:
            wanted = {method: state.chosen_models.get(method) for method in OPEN}
        for method, version in wanted.items():
            try:
                self._answer_with(method, version)
            except (InputError, NotFoundError) as error:
                log.warning("the model %s cannot answer: %s", version, error)

    def chosen(self, method: str) -> str | None:
        return self._chosen[method]

    def choose(self, method: str, version: str | None) -> None:
        """Let a version answer from now on. Raises NotFoundError or InputError; then all stays as it is."""
        with self._order:
            self._answer_with(method, version)
            with self._project.changing() as state:
                state.chosen_models.put(method, version)

    def listed(self, method: str) -> list[Model]:
        """The shipped model, if there is one, and the project's own, the newest first."""
        shipped = [None] if method in self._shipped else []
        return [self._model(method, each) for each in (*shipped, *reversed(versions(self._folder, method)))]

    def _answer_with(self, method: str, version: str | None) -> None:
        assists = dict(self.assists)
        if version is None:
            assists.pop(method, None)
            assists |= {name: assist for name, assist in self._shipped.items() if name == method}
        else:
            path = model_file(self._folder, method, version)
            if path is None:
                raise NotFoundError(f"there is no version {version!r} of {method} in this project")
            assists[method] = OPEN[method](path)
        self.assists, self._chosen[method] = assists, version

    def _model(self, method: str, version: str | None) -> Model:
        path = model_file(self._folder, method, version)
        if path is None:
            return Model(version, None, 0.0, None)
        files = list(path.parent.glob(f"{path.stem}.*onnx"))
        megabytes = sum(each.stat().st_size for each in files) / 1e6
        made_at = None if version is None else datetime.fromtimestamp(path.stat().st_mtime, UTC)
        try:
            return Model(version, read_card(path), megabytes, made_at)
        except InputError as error:
            return Model(version, None, megabytes, made_at, str(error))
