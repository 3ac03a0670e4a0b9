"""Two pages on one project, and a browser without room: nothing is taken back or lost unseen."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from urllib.parse import parse_qsl

from page_driver import PageDriver
from playwright.sync_api import Dialog, Request, expect
from running_server import RunningServer

from fewclicks.store.project import create_project

FIRST, SECOND = ((20.0, 30.0), (75.0, 85.0)), ((85.0, 28.0), (130.0, 85.0))


def draw(driver: PageDriver, box: tuple[tuple[float, float], tuple[float, float]]) -> None:
    driver.press("r")
    driver.drag(box)
    driver.settle()


def test_undo_takes_back_only_the_work_of_this_browser(open_driver: Callable[..., PageDriver]) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.wait("window.fewclicks.annotations.length === 1")
    draw(other, SECOND)
    one.wait("window.fewclicks.annotations.length === 2")
    drawn = {each["shape"]["xyxy"][0]: each["id"] for each in one.stored()}
    one.press("Control+z")
    one.settle()
    assert [each["id"] for each in one.stored()] == [drawn[max(drawn)]]
    one.press("Control+z")
    one.by_id("hint").get_by_text("Nothing more to undo on this image").wait_for()
    assert len(one.stored()) == 1
    other.press("Control+z")
    other.settle()
    assert other.stored() == []


def test_undo_leaves_an_object_that_another_page_changed_since(open_driver: Callable[..., PageDriver]) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.wait("window.fewclicks.annotations.length === 1")
    other.press("v")
    other.click(50, 60)
    other.press("2")
    other.settle()
    one.wait("window.fewclicks.annotations[0].class_id === 2")
    one.press("Control+z")
    one.settle()
    assert "Not undone: box, because another page has changed it since" in one.text("hint")
    assert [each["class_id"] for each in one.stored()] == [2]


def test_an_object_drawn_while_its_class_was_taken_out_elsewhere_keeps_it(
    open_driver: Callable[..., PageDriver],
) -> None:
    one, other = open_driver(), open_driver()
    one.page.context.set_offline(True)
    one.press("2")
    one.press("r")
    one.drag(FIRST)
    other.page.get_by_role("button", name="Edit person").click()
    other.page.get_by_role("button", name="Remove").click()
    other.settle()
    one.page.context.set_offline(False)
    one.settle()
    other.wait("window.fewclicks.annotations.length === 1")
    assert [each["class_id"] for each in one.stored()] == [2]
    expect(other.page.get_by_role("button", name="Edit person")).to_have_count(1)


def test_a_page_that_cannot_keep_its_changes_asks_before_it_goes(driver: PageDriver, server: RunningServer) -> None:
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    driver.page.on("dialog", stay)
    server.kill()
    driver.page.evaluate(
        "for (let n = 2 ** 22; n >= 1; n /= 2) try { localStorage.setItem(n, 'x'.repeat(n)) } catch {}"
    )
    driver.press("r")
    driver.drag(FIRST)
    driver.by_id("banner").wait_for()
    with driver.page.expect_event("dialog"):
        driver.page.evaluate("setTimeout(() => location.reload())")
    assert asked == ["beforeunload"]
    assert len(driver.annotations) == 1
    server.start()
    driver.settle()
    assert len(driver.stored()) == 1


def test_work_for_a_project_that_is_no_longer_served_waits_for_it(
    driver: PageDriver, server: RunningServer, images: Path, tmp_path: Path
) -> None:
    own, other = server.project, tmp_path / "other"
    create_project(other, images, ["leaf"])
    server.kill()
    server.project = other
    server.start()
    driver.press("r")
    driver.drag(FIRST)
    driver.by_id("banner").get_by_text("another project").wait_for()
    assert driver.stored() == []
    server.kill()
    server.project = own
    server.start()
    driver.settle()
    assert len(driver.stored()) == 1


def test_every_request_of_the_page_names_its_project(driver: PageDriver, server: RunningServer) -> None:
    named: dict[str, set[str | None]] = {}

    def note(request: Request) -> None:
        path, _, query = request.url.removeprefix(server.url).partition("?")
        if path.startswith("api/"):
            name = request.headers.get("fewclicks-project") or dict(parse_qsl(query)).get("project")
            named.setdefault(path, set()).add(name)

    driver.page.on("request", note)
    driver.page.reload()
    driver.settle()
    draw(driver, FIRST)
    driver.press("Control+z", "d")
    driver.wait("location.hash === '#image=2'")
    driver.settle()
    driver.by_id("export").click()
    with driver.page.expect_download():
        driver.by_id("export-coco").click()
    own = driver.page.request.get(f"{server.url}api/project").json()["id"]
    assert {"api/log", "api/images/2/file", "api/images/1/edits", "api/images/1/undo", "api/export"} <= named.keys()
    assert {path for path, names in named.items() if names != {own}} == {"api/project"}, "which says what its id is"


def test_a_tab_sends_what_another_left_only_once_that_is_closed(driver: PageDriver, server: RunningServer) -> None:
    context = driver.page.context
    driver.page.route("**/edits", lambda route: route.abort())
    driver.press("r")
    driver.drag(FIRST)
    driver.by_id("banner").wait_for()
    second = context.new_page()
    second.goto(server.url)
    second.wait_for_function("window.fewclicks?.isOpen")
    second.wait_for_timeout(4000)  # longer than a heartbeat, at which it looks again
    assert driver.stored() == []
    driver.page.close()
    second.wait_for_function("window.fewclicks.annotations.length === 1 && window.fewclicks.unsaved === 0")
    stored = context.request.get(f"{server.url}api/images/1").json()["annotations"]
    assert len(stored) == 1


def test_pages_see_each_others_changes_within_a_second(open_driver: Callable[..., PageDriver]) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.wait("window.fewclicks.annotations.length === 1")  # it listens
    waits = []
    for keys, count in (("Control+z", 0), ("Control+Shift+z", 1)) * 2:
        start = monotonic()
        one.press(keys)
        other.wait(f"window.fewclicks.annotations.length === {count}")
        waits.append(monotonic() - start)
        one.settle()
    assert min(waits) <= 1, "the quickest: other tests run at the same time"


def test_a_page_learns_what_changed_while_the_server_was_gone(
    open_driver: Callable[..., PageDriver], server: RunningServer
) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.wait("window.fewclicks.annotations.length === 1")
    other.page.context.set_offline(True)
    draw(one, SECOND)
    other.page.context.set_offline(False)
    other.wait("window.fewclicks.annotations.length === 2")


def test_a_move_of_an_object_that_another_page_deleted_does_not_bring_it_back(
    open_driver: Callable[..., PageDriver],
) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.wait("window.fewclicks.annotations.length === 1")
    other.page.context.set_offline(True)
    other.press("v")
    other.click(47.5, 57.5)
    other.drag(((47.5, 57.5), (60, 70)))
    one.press("v")
    one.click(47.5, 57.5)
    one.press("Delete")
    one.settle()
    other.page.context.set_offline(False)
    other.by_id("outdated").wait_for()
    assert one.stored() == []
    other.page.get_by_role("button", name="Keep the other").click()
    other.settle()
    other.eventually(lambda: other.annotations, [])
    assert one.stored() == []


def test_of_two_moves_of_one_object_the_person_chooses(open_driver: Callable[..., PageDriver]) -> None:
    one, other = open_driver(), open_driver()
    draw(one, FIRST)
    other.wait("window.fewclicks.annotations.length === 1")
    for use_mine, (left, top) in ((False, (20, 30)), (True, (26, 36))):
        middle = (left + 27.5, top + 27.5)
        other.page.context.set_offline(True)
        other.press("v")
        other.click(*middle)
        other.press("3" if use_mine else "2")
        one.press("v")
        one.click(*middle)
        one.drag((middle, (middle[0] + 6, middle[1] + 6)))
        one.settle()
        other.page.context.set_offline(False)
        other.by_id("outdated").wait_for()
        assert one.stored()[0]["class_id"] == 1
        other.page.get_by_role("button", name="Use mine" if use_mine else "Keep the other").click()
        other.settle()
        stored = other.stored()[0]
        assert stored["class_id"] == (3 if use_mine else 1)
        one.eventually(lambda: one.annotations, [stored])
        other.eventually(lambda: other.annotations, [stored])
