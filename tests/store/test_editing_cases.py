"""The recorded cases of `tests/cases/editing`, which the page's rules meet too (`web/tests/editing.test.ts`)."""

import json

import pytest

from fewclicks.server.conversion import annotation_of
from fewclicks.store.snapshots import Json, Snapshot

from .record_editing_cases import FOLDER, outcome, recorded

CASES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
NAMED = [pytest.param(case, id=f"{group}: {case['name']}") for group, cases in CASES.items() for case in cases]


@pytest.mark.parametrize("case", NAMED)
def test_the_rules_make_what_was_recorded(case: Json) -> None:
    image = [Snapshot.from_plain(each) for each in case["image"]]
    after = outcome(image, case["request"])
    assert annotation_of(after).model_dump(mode="json", exclude={"version"}) == case["after"]


def test_every_case_is_recorded_under_a_name_of_its_own() -> None:
    assert recorded() == CASES, "record them again: python tests/store/record_editing_cases.py"
    for cases in CASES.values():
        names = [case["name"] for case in cases]
        assert len(names) == len(set(names))
