"""The job that trains a model on a project: `python -m fewclicks.jobs.train_project ROLE FOLDER`."""

import sys
from pathlib import Path

from fewclicks.files import read_json, write_text
from fewclicks.formats.coco import CocoInstances
from fewclicks.jobs.project_training import DATA, REQUEST
from fewclicks.jobs.reports import Reporter
from fewclicks.jobs.worker import run_job
from fewclicks.methods.card import card_text
from fewclicks.methods.registry import files_of, get_role, named
from fewclicks.methods.versions import add_version, next_version
from fewclicks.store.snapshots import Json
from fewclicks.training.project import ProjectData, ProjectResult, ProjectRun

CARD = ".json"


def train(folder: Path, reporter: Reporter) -> Json:
    """Train and add the new version to the project; return what the page shows of it."""
    role, request = get_role(sys.argv[1]), read_json(folder / REQUEST)
    reporter.say(0.0, "reading the finished images")
    data = ProjectData(request["project"], CocoInstances().read(folder / DATA), Path(request["images"]))
    models = Path(request["models"])
    run = ProjectRun(
        folder=folder,
        version=next_version(models, role),
        minutes=request["minutes"],
        steps=request["steps"],
        seed=request["seed"],
        start=None if request["start"] is None else Path(request["start"]),
        active=None if request["answering"] is None else files_of(role, Path(request["answering"])),
        settings=request["settings"],
    )
    assert role.train_project is not None
    result: ProjectResult = named(role.train_project)(data, run, reporter)
    card = folder / f"{run.version}{CARD}"
    write_text(card, card_text(result.card))
    version = add_version({CARD: card, **result.files}, role, models)
    return {**result.shown, "role": role.name, "version": version}


if __name__ == "__main__":
    run_job(train)
