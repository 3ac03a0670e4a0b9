"""A full disk: one clear line, and everything acknowledged before is there."""

import subprocess
import sys
from pathlib import Path

import pytest

from fewclicks.errors import StorageError
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.project import Project
from fewclicks.store.replay import replay_log
from fewclicks.store.snapshots import Snapshot

FILL = """
import resource, sys
from pathlib import Path
from fewclicks.errors import StorageError
from fewclicks.store.project import Project
from fewclicks.store.events import AnnotationChange, Outcome, Request
from fewclicks.store.snapshots import Snapshot

with Project(Path(sys.argv[1])) as project:
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    failures = 0
    for number in range(2000):
        after = Snapshot(f"a{number}", 1, 1, "accepted", {"type": "polygons", "rings": [[1.5] * 2000]})
        try:
            with project.changing() as log:
                log.append(Request(f"e{number}", "edit", "polygon", {}, 1), Outcome((AnnotationChange(None, after),)))
            print("stored", after.id, flush=True)
        except StorageError as error:
            print("refused", error, flush=True)
            failures += 1
            if failures == 3:
                break
"""


def test_a_quota_is_said_and_nothing_acknowledged_is_lost(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FILL, str(folder)], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    stored = [line.split()[1] for line in lines if line.startswith("stored")]
    refused = [line for line in lines if line.startswith("refused")]
    assert len(stored) > 3
    assert len(refused) == 3
    assert all("this change was not saved" in line and "project.db" in line for line in refused)
    with Project(folder) as project, project.reading() as log:
        assert [row.id for row in log.annotations()] == stored
        assert replay_log(log.events()) == log.annotations()


def test_a_full_database_is_said_and_the_next_change_works_again(project: Project) -> None:
    def add(number: int) -> None:
        after = Snapshot(f"a{number}", 1, 1, "accepted", {"type": "polygons", "rings": [[1.5] * 20_000]})
        with project.changing() as log:
            limit = 1_000_000 if number else pages
            log._connection.exec_driver_sql(f"PRAGMA max_page_count = {limit}")
            log.append(Request(f"e{number}", "edit", "polygon", {}, 1), Outcome((AnnotationChange(None, after),)))

    with project.reading() as log:
        pages = log._connection.exec_driver_sql("PRAGMA page_count").scalar()
    with pytest.raises(StorageError, match="the disk is full; this change was not saved"):
        add(0)
    add(1)
    with project.reading() as log:
        assert [row.id for row in log.annotations()] == ["a1"]
        assert len(log.events()) == 1
