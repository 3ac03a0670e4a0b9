"""The versions that learning rounds have made and nobody uses any more: their files are deleted."""

import logging

from fewclicks.application.asked import finished_rounds
from fewclicks.errors import StorageError
from fewclicks.methods.spec import Role
from fewclicks.methods.versions import FOLDER, remove_version
from fewclicks.store.project import Project

KEPT = 3  # of the latest rounds
log = logging.getLogger("fewclicks")


def remove_old_versions(project: Project, role: Role, newest: str) -> None:
    """Delete the files of the versions of earlier rounds, but for the chosen one and those of the last KEPT rounds.

    newest: the version of the round that ends now. Versions that somebody trained or added stay. Answers, suggestions
    and jobs keep the names of deleted versions. Files that cannot be deleted are tried again after the next round.
    """
    with project.reading() as state:
        done = finished_rounds(state, role)
        chosen = state.chosen_models.get(role.name)
    made = [newest, *(row.result["version"] for row in done)]
    for version in made[KEPT:]:
        if version not in {chosen, *made[:KEPT]}:
            try:
                remove_version(version, role, project.folder / FOLDER)
            except StorageError as error:
                log.warning("cannot delete an old version: %s", error)
