"""The job of a learning round: `python -m fewclicks.application.round_job FOLDER`.

It trains a version on what is labelled now, and asks it about all images that are not done. It only reads the project
and adds the version to its models folder; a resumed job skips what exists.
"""

import json
from hashlib import blake2b
from pathlib import Path

from fewclicks.application.answers.tightening import compare_on, learnt_tightener
from fewclicks.application.asked import NOTHING_LEFT, REQUEST
from fewclicks.application.asking import masks_boxes
from fewclicks.application.asking_job import Asking
from fewclicks.application.lessons import Lessons, read_lessons
from fewclicks.application.models import Installed, Models
from fewclicks.application.time_left import TimedSteps
from fewclicks.application.workspace import Limits, Workspace
from fewclicks.ask.tighten import Tightener
from fewclicks.errors import InputError
from fewclicks.files import read_json, write_text
from fewclicks.jobs.reports import Reporter, Stage
from fewclicks.jobs.worker import run_job
from fewclicks.methods.lookup import version_files
from fewclicks.methods.project_training import PartlyData
from fewclicks.methods.registry import get_role, named, open_model, roles
from fewclicks.methods.spec import Resources, Role
from fewclicks.methods.versions import FOLDER, next_version, put_version, version_suffixes
from fewclicks.model import AnyModel
from fewclicks.store.project import Project
from fewclicks.store.snapshots import Json
from fewclicks.work.ledger import read_ledger, total_of

TRAINED = 0.6  # progress after the training


def run_round(folder: Path, reporter: Reporter) -> Json:
    """Train, ask and return what the page shows."""
    project = Project(Path(read_json(folder / REQUEST)["project"]), read_only=True)
    try:
        return _Round(project, folder, reporter).run()
    finally:
        project.close()


class _Round:
    """One run of the job; what it has done is written into its request, so that another run goes on from there."""

    def __init__(self, project: Project, folder: Path, reporter: Reporter) -> None:
        self._project, self._folder, self._reporter = project, folder, reporter
        self._request = read_json(folder / REQUEST)
        self._role: Role = get_role(self._request["role"])
        self._models = project.folder / FOLDER
        self._masks = box_masker(project)

    def run(self) -> Json:
        self._reporter.say(0.0, "reading the annotations")
        known = read_lessons(self._project, self._role.name)
        tightener = learnt_tightener(known, self._masks.model) if self._masks else None
        if "version" not in self._request:
            self._note(self._train(known))
        version = str(self._request["version"])
        folder = self._folder / self._request["made_in"]
        made = {suffix: folder / f"{version}{suffix}" for suffix in version_suffixes(self._role)}
        put_version(
            version, {suffix: path for suffix, path in made.items() if path.is_file()}, self._role, self._models
        )
        if "images" not in self._request:
            self._note({"images": self._open_images()})
        files = version_files(self._role, version, (self._models,))
        assert files is not None
        model = open_model(self._role, files)
        if tightener:
            compare_on(self._request.get("held_out", ()), known, model, tightener)
        asked = self._ask(model, tightener)
        tightened = [name for class_id, name in known.classes.items() if tightener and tightener.is_trusted(class_id)]
        about = {"version": version, "strategy": self._request["strategy"], "tightened": tightened}
        return {**self._request["trained"], **asked, **about}

    def _train(self, known: Lessons) -> Json:
        with self._project.reading() as log:
            spent = total_of(read_ledger(log))
        version = next_version(self._models, self._role)
        data = PartlyData(
            project=self._project.name,
            images=known.images,
            lessons=known.lessons,
            classes=known.classes,
            oriented=known.oriented,
            folder=self._folder / _folder_of(known),
            version=version,
        )
        assert self._role.train_partly is not None
        result: Json = named(self._role.train_partly)(
            data, self._request["steps"], TimedSteps(Stage(self._reporter, 0.0, TRAINED))
        )
        held_out = result.pop("held_out", [])
        trained = {
            **result,
            "classes": [*known.classes.values()],
            "unlabelled": [*known.unlabelled],
            "answers": spent.all_answers,
            "boxes": spent.object_answers,
        }
        made = {"version": version, "weights": result["weights"], "made_in": data.folder.name}
        return {**made, "trained": trained, "held_out": held_out}

    def _open_images(self) -> list[int]:
        """Return the images to ask about. Raises InputError when there are none."""
        with self._project.reading() as log:
            images = [row.id for row in log.summaries() if row.status != "done"]
        if not images:
            raise InputError(NOTHING_LEFT)
        return images

    def _ask(self, model: AnyModel, tightener: Tightener | None) -> Json:
        models = {self._role.name: model}
        if self._masks is not None:
            models[self._masks.role.name] = self._masks.model
        workspace = Workspace(self._project, models, Limits(encode_ahead=False))
        stage = Stage(self._reporter, TRAINED, 1.0)
        try:
            return Asking(workspace, self._folder, self._request, stage, tightener).run()
        finally:
            workspace.close()

    def _note(self, done: Json) -> None:
        self._request |= done
        write_text(self._folder / REQUEST, json.dumps(self._request))


def box_masker(project: Project) -> Installed | None:
    """Return the first model of a project that gives boxes masks, or None."""
    for role in roles().values():
        if masks_boxes(role) and not role.baseline:
            return Models(project, Resources(), only=role.name).active.get(role.name)
    return None


def _folder_of(known: Lessons) -> str:
    """Return the name of the training's folder: a checkpoint fits only detectors of the same classes and boxes."""
    design = repr((sorted(known.classes), known.oriented))
    return f"training-{blake2b(design.encode(), digest_size=8).hexdigest()}"


if __name__ == "__main__":
    run_job(run_round)
