"""Two pages edit the same images at random: a short version of tests/long/two_pages.py."""

from pathlib import Path
from random import Random

from playwright.sync_api import Browser
from random_edits import check_equal, check_nothing_is_lost, edit_at_random, two_people


def test_two_pages_end_equal_and_nothing_is_lost(browser: Browser, tmp_path: Path) -> None:
    random = Random(1)
    with two_people(browser, tmp_path / "project", random) as (server, people):
        edit_at_random(people, random, 15)
        check_equal(people)
        assert check_nothing_is_lost(server, people) > 0
