"""An image whose file somebody renames while pages are open."""

import time
from collections.abc import Callable
from pathlib import Path

from page_driver import PageDriver
from playwright.sync_api import Route


def test_opening_an_image_finds_its_renamed_file_and_both_pages_show_it(
    open_driver: Callable[..., PageDriver], images: Path
) -> None:
    one, other = open_driver(1), open_driver(1)
    (images / "2-astronaut.jpg").rename(images / "9-person.jpg")
    one.by_id("image-2").click()
    one.page.get_by_role("button", name="9-person.jpg", exact=False).first.wait_for()
    one.settle()
    other.page.get_by_role("button", name="9-person.jpg", exact=False).first.wait_for()
    other.by_id("image-2").click()
    other.settle()
    listed = one.page.get_by_test_id("image-2").or_(one.page.get_by_test_id("image-3")).all()
    assert [each.get_attribute("title") for each in listed] == ["3-plain.png", "9-person.jpg"]


def test_a_picture_refused_before_the_file_is_found_is_shown_afterwards(
    open_driver: Callable[..., PageDriver], images: Path
) -> None:
    driver = open_driver(1)
    refused = []

    def answer_late(route: Route) -> None:
        response = route.fetch()
        if not response.ok:
            refused.append(response.status)
            time.sleep(2)  # the page learns the new name first
        route.fulfill(response=response)

    driver.page.route("**/api/images/2/file*", answer_late)
    (images / "2-astronaut.jpg").rename(images / "9-person.jpg")
    driver.by_id("image-2").click()
    driver.page.get_by_role("button", name="9-person.jpg", exact=False).first.wait_for()
    driver.settle()
    assert refused == [422]
