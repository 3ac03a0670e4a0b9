"""The active version of each model: the shipped one, a project model, or the user's own files."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from fewclicks.answers import Task
from fewclicks.errors import FewclicksError, InputError, NotFoundError, OutdatedError
from fewclicks.methods.card import Card, read_card
from fewclicks.methods.lookup import version_files
from fewclicks.methods.registry import get_role, open_model, roles, shipped_files
from fewclicks.methods.spec import Files, Resources, Role
from fewclicks.methods.versions import FOLDER, user_folder, versions
from fewclicks.model import AnyModel, ModelInfo
from fewclicks.store.project import Project

log = logging.getLogger("fewclicks")


def _named(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


@dataclass(frozen=True, slots=True, eq=False)
class Installed:
    """A model that answers in this project, and its role."""

    role: Role
    model: AnyModel

    @property
    def info(self) -> ModelInfo:
        return self.model.info


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model (None: the shipped one) with its card; `problem` is why the card is missing."""

    version: str | None
    card: Card | None
    megabytes: float
    made_at: datetime | None
    problem: str | None = None


class Models:
    """The active models of an open project, by the names of their roles; they may change while it is served."""

    def __init__(
        self,
        project: Project,
        resources: Resources,
        given: Mapping[str, AnyModel] | None = None,
        only: str | None = None,
    ) -> None:
        """Open the chosen or the shipped version of every role, or of the role `only`, or take the models `given`.

        If a chosen version cannot be opened, the shipped one is used, with a warning; a model without any version is
        skipped. Raises InputError for a shipped version with a missing or broken file: the installation is damaged.
        """
        self._project, self._resources = project, resources
        self._folders = (project.folder / FOLDER, user_folder())
        self._order = Lock()
        self._given, self._only = given, only
        self._chosen: dict[str, str | None] = {}
        self.active: Mapping[str, Installed] = {}
        with project.reading() as state:
            wanted = {role.name: state.chosen_models.get(role.name) for role in self._roles()}
        for role in self._roles():
            self._open_first(role, wanted[role.name])

    def get(self, name: str) -> Installed:
        """Return the active model of a role. Raises NotFoundError."""
        if name not in self.active:
            raise NotFoundError(f"no model {name!r} in this project; use one of {_named(self.active)}")
        return self.active[name]

    def taking(self, kinds: Collection[str]) -> Installed:
        """Return the first model that accepts all these kinds of prompt. Raises InputError."""
        for installed in self.active.values():
            if set(kinds) <= {prompt.kind for prompt in installed.role.prompts}:
                return installed
        raise InputError(f"no model in this project accepts the prompts {_named(sorted(kinds))}; use others")

    def first_of(self, task: Task) -> Installed:
        """Return the first model of a task. Raises NotFoundError."""
        for installed in self.active.values():
            if installed.role.task == task:
                return installed
        raise NotFoundError(f"no model for the task {task!r} in this project; add one with `fewclicks models`")

    def trainable(self) -> list[Role]:
        """Return the models that a project can train, those without any version too."""
        return [role for role in self._roles() if role.train_project is not None]

    def first_trainable(self) -> Role:
        """Return the first model that a project can train. Raises NotFoundError."""
        for role in self.trainable():
            return role
        raise NotFoundError("no model of this project can be trained; add one with fewclicks models")

    def chosen(self, name: str) -> str | None:
        """Return the active version of a role; None: the shipped one."""
        return self._chosen.get(name)

    def choose(self, name: str, version: str | None, check: Callable[[str | None], None] = lambda _: None) -> None:
        """Make a version active. Raises NotFoundError, InputError or StorageError; then the active one stays.

        check: called with the active version while nobody else can change it; its errors are raised too.
        """
        self._project.check_writable()
        with self._order:
            check(self.chosen(name))
            self._open(get_role(name), version)
            with self._project.changing() as state:
                state.chosen_models.put(name, version)

    def choose_instead(self, name: str, before: str | None, version: str | None) -> None:
        """Make a version active in place of `before`. Raises OutdatedError if a third one is active."""

        def check(active: str | None) -> None:
            if active not in (before, version):
                chosen = "the shipped version" if active is None else f"version {active!r}"
                raise OutdatedError(f"another page has chosen {chosen} of the model {name!r}; choose again")

        self.choose(name, version, check)

    def listed(self, name: str) -> list[Version]:
        """Return the shipped version, if there is one, then the others, newest first."""
        role = get_role(name)
        shipped = [None] if self._shipped(role) else []
        own = [version for folder in self._folders for version in reversed(versions(folder, role))]
        return [self._version(role, each) for each in (*shipped, *own)]

    def files(self, name: str, version: str | None) -> Files | None:
        """Return the files of a version, or None without such a version."""
        return version_files(get_role(name), version, self._folders)

    # --- parts --------------------------------------------------------------------------------

    def _roles(self) -> list[Role]:
        if self._given is not None:
            return [get_role(name) for name in self._given]
        return [role for role in roles().values() if not role.baseline and self._only in (None, role.name)]

    def _shipped(self, role: Role) -> bool:
        return role.name in self._given if self._given is not None else bool(shipped_files(role))

    def _open_first(self, role: Role, wanted: str | None) -> None:
        """Open the first usable version: the chosen one, the shipped one, or the newest of the project or the user."""
        newest = [version for folder in self._folders for version in versions(folder, role)[-1:]]
        for version in dict.fromkeys([wanted, None, *newest]):
            try:
                self._open(role, version)
                return
            except NotFoundError as error:
                problem: FewclicksError = error
                if version is not None:
                    log.warning("cannot use the model %s: %s", version, error)
            except InputError as error:
                if version is None:
                    raise
                problem = error
                log.warning("cannot use the model %s: %s", version, error)
        log.debug("no usable version of %s: %s", role.name, problem)

    def _open(self, role: Role, version: str | None) -> None:
        if version is None and self._given is not None:
            model = self._given[role.name]
        else:
            files = self.files(role.name, version)
            if files is None:
                missing = "shipped version" if version is None else f"version {version!r}"
                raise NotFoundError(f"no {missing} of the model {role.name!r}; choose another version")
            model = open_model(role, files, self._resources)
        self.active = {**self.active, role.name: Installed(role, model)}
        self._chosen[role.name] = version

    def _version(self, role: Role, version: str | None) -> Version:
        files = self.files(role.name, version)
        if not files:
            return Version(version, None, 0.0, None)
        main = files[role.files[0].suffix]
        megabytes = sum(each.stat().st_size for each in files.values()) / 1e6
        made_at = None if version is None else datetime.fromtimestamp(main.stat().st_mtime, UTC)
        try:
            return Version(version, read_card(main, role.files[0].suffix), megabytes, made_at)
        except InputError as error:
            return Version(version, None, megabytes, made_at, str(error))
