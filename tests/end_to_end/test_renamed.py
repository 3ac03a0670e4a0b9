"""An image whose file somebody renames while pages are open."""

from collections.abc import Callable
from pathlib import Path

from page_driver import PageDriver


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
