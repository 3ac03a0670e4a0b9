"""`kill -9` at random moments: a short version of tests/long/kills.py."""

from pathlib import Path
from random import Random

from killing import IMPORT, Killing, Record

VERBS = ("edit", "answer", "job", IMPORT, "rest", "undo-import", "undo")


def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice(tmp_path: Path) -> None:
    killing = Killing.new(tmp_path, Random(1), Record())
    for verb in VERBS:
        killing.kill_during(verb)
    assert all(killing.record.counts[verb].total() > 0 for verb in VERBS)
