"""The job that trains a model on a project: `python -m fewclicks.jobs.train_project ROLE FOLDER`."""

import sys
from pathlib import Path

from fewclicks.files import read_json
from fewclicks.formats.coco import CocoInstances
from fewclicks.jobs.project_training import DATA, REQUEST
from fewclicks.jobs.reports import Reporter
from fewclicks.jobs.worker import run_job
from fewclicks.methods.project_training import ProjectData
from fewclicks.methods.registry import get_role, named
from fewclicks.methods.versions import add_version, next_version, version_suffixes
from fewclicks.store.snapshots import Json


def train(folder: Path, reporter: Reporter) -> Json:
    """Train, add the new version to the project and return the values that the page shows."""
    role, request = get_role(sys.argv[1]), read_json(folder / REQUEST)
    reporter.say(0.0, "reading the finished images")
    models = Path(request["models"])
    data = ProjectData(
        project=request["project"],
        dataset=CocoInstances().read(folder / DATA),
        images=Path(request["images"]),
        start=_path(request["start"]),
        active=_path(request["answering"]),
        folder=folder,
        version=next_version(models, role),
    )
    assert role.train_project is not None
    assert role.project_settings is not None
    budget = {name: request[name] for name in ("minutes", "steps", "seed")}
    settings = named(role.project_settings).model_validate(budget | request.get("settings", {}))
    result: Json = named(role.train_project)(data, settings, reporter).to_json()
    files = {suffix: folder / f"{data.version}{suffix}" for suffix in version_suffixes(role)}
    version = add_version({suffix: path for suffix, path in files.items() if path.is_file()}, role, models)
    replaces = {name: request[name] for name in ("replaces",) if name in request}
    return {**result, **replaces, "role": role.name, "version": version}


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)


if __name__ == "__main__":
    run_job(train)
