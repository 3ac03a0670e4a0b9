"""What the page says and keeps, beside the tools."""

import json
from collections.abc import Callable
from pathlib import Path

from page_driver import PageDriver, open_page
from playwright.sync_api import Browser, Route, expect
from running_server import RunningServer, fewclicks, serving

COIN = ((85.0, 28.0), (130.0, 85.0))


def test_first_steps_go_away_by_themselves(driver: PageDriver) -> None:
    hint = driver.by_id("first-steps")
    assert hint.locator(".now").inner_text().strip().endswith("Drag a box around an object")
    driver.press("p")
    assert hint.count() == 0
    driver.press("s")
    words = hint.locator(".now").bounding_box()
    assert words is not None
    through_the_hint = driver.page.evaluate("at => window.fewclicks.toImage(at)", [words["x"], words["y"]])
    driver.drag([through_the_hint, COIN[1]])
    driver.settle()
    assert driver.annotations[0]["prompts"][0]["type"] == "box"
    assert hint.locator(".now").inner_text().strip().endswith("Click on a mistake")
    driver.click(107, 57)
    driver.settle()
    assert hint.locator(".now").inner_text().strip().endswith("Press Enter to accept")
    driver.press("Enter")
    driver.settle()
    assert hint.count() == 0
    driver.page.reload()
    driver.settle()
    assert hint.count() == 0


def test_classes_are_added_and_edited(driver: PageDriver) -> None:
    driver.by_id("add-class").click()
    driver.by_id("class-name").fill("horse")
    driver.page.get_by_label("Policy").fill("With its rider? No.")
    driver.by_id("class-save").click()
    driver.settle()
    driver.press("4")
    assert "With its rider? No." in driver.text("policy")
    driver.page.reload()
    driver.settle()
    assert driver.page.get_by_role("button", name="horse 4").is_visible()
    driver.page.get_by_role("button", name="Edit horse").click()
    driver.by_id("class-name").fill("coin")
    assert driver.page.get_by_role("alert").inner_text() == "A class with this name already exists"
    assert driver.by_id("class-save").is_disabled()


def qualities(driver: PageDriver) -> list[float]:
    """Predicted IoU, in the order of the list."""
    return [float(text) for text in driver.by_id("quality").all_inner_texts()]


def test_objects_are_sorted_by_predicted_quality_hidden_and_counted(driver: PageDriver) -> None:
    between_coins, several_coins = ((140.0, 40.0), (180.0, 70.0)), ((100.0, 60.0), (210.0, 150.0))
    for box in (between_coins, several_coins):
        driver.drag(box)
        driver.settle()
        driver.press("Enter")
    driver.drag([(190, 20), (250, 80)])
    driver.settle()
    as_made = qualities(driver)
    assert as_made == [round(each["provenance"]["predicted_quality"], 2) for each in driver.annotations]
    assert as_made != sorted(as_made)
    driver.page.get_by_label("Sort objects").select_option("quality")
    assert qualities(driver) == sorted(as_made)
    assert driver.text("object-count") == "3 · 1 suggested"
    assert driver.by_id("object").count() == 3
    assert driver.text("spent").startswith("0 clicks")
    driver.click(220, 50)
    driver.settle()
    assert driver.text("spent").startswith("1 click")
    driver.press("h")
    assert driver.page.get_by_label("Show all objects").is_visible()


def test_images_are_filtered_and_marked_as_done(driver: PageDriver) -> None:
    driver.by_id("status-2").click()
    driver.settle()
    assert driver.text("progress") == "1 of 3 done"
    driver.page.get_by_label("Filter images").select_option("done")
    assert driver.by_id("image-1").count() == 0
    driver.by_id("image-2").click()
    driver.wait("location.hash === '#image=2'")
    driver.settle()


def test_what_is_not_accepted_is_said_to_be_left_out(driver: PageDriver) -> None:
    driver.by_id("export").click()
    driver.by_id("left-out").wait_for()
    assert driver.text("left-out") == "3 images (not done, no accepted annotation)"
    driver.press("Escape")
    driver.drag(COIN)
    driver.settle()
    driver.by_id("export").click()
    driver.by_id("left-out").get_by_text("1 suggestion (not accepted)").wait_for()
    driver.press("Escape")
    driver.press("Control+Enter")
    driver.by_id("suggestions-leave").click()
    assert driver.text("hint") == "Done. 1 suggestion is not accepted and will not be exported"


def test_the_keys_of_an_absent_tool_are_not_listed(driver: PageDriver) -> None:
    driver.press("F1")
    panel = driver.by_id("help-panel")
    panel.wait_for()
    for tool, words in (("select", "Select and edit"), ("detect", "Detect: all objects")):
        expect(panel.get_by_text(words)).to_have_count(driver.by_id(f"tool-{tool}").count())


def test_undo_takes_back_that_an_image_is_done(driver: PageDriver) -> None:
    def statuses() -> list[str]:
        return [image["status"] for image in driver.page.request.get(f"{driver.url}api/images").json()]

    driver.press("Control+Enter")
    driver.wait("location.hash === '#image=2'")
    driver.settle()
    assert driver.text("progress") == "1 of 3 done"
    assert statuses() == ["done", "todo", "todo"]
    driver.press("Control+z")
    driver.by_id("hint").get_by_text("Undo again to open").wait_for()
    driver.page.wait_for_timeout(500)
    driver.press("Control+z")
    driver.wait("location.hash === '#image=1'")
    driver.settle()
    assert statuses() == ["done", "todo", "todo"]
    driver.press("Control+z")
    driver.settle()
    assert driver.text("hint") == "Undone: set to done"
    assert driver.text("progress") == "0 of 3 done"
    assert statuses() == ["todo", "todo", "todo"]
    assert driver.by_id("redo").get_attribute("title") == "Redo set to done (Ctrl Shift Z)"
    driver.press("Control+Shift+z")
    driver.by_id("progress").get_by_text("1 of 3 done").wait_for()
    driver.settle()
    assert statuses() == ["done", "todo", "todo"]


def test_undo_takes_back_edits_of_the_classes(driver: PageDriver) -> None:
    def names() -> list[str]:
        classes = driver.page.request.get(f"{driver.url}api/project").json()["classes"]
        shown = driver.page.locator("[data-testid^=class-] .name").all_inner_texts()
        assert shown == [each["name"] for each in classes]
        return shown

    driver.page.get_by_role("button", name="Edit coin").click()
    driver.by_id("class-name").fill("penny")
    driver.by_id("class-save").click()
    driver.page.get_by_role("button", name="Edit person").click()
    driver.page.get_by_role("button", name="Remove").click()
    driver.settle()
    assert names() == ["penny", "thing"]
    driver.press("r")
    driver.drag(COIN)
    driver.settle()
    for expected in (["penny", "thing"], ["penny", "person", "thing"], ["coin", "person", "thing"]):
        driver.press("Control+z")
        driver.page.wait_for_timeout(200)
        driver.settle()
        assert names() == expected
    assert driver.text("hint") == "Undone: class list change"
    assert driver.stored() == []
    for _ in range(3):
        driver.press("Control+Shift+z")
        driver.page.wait_for_timeout(200)
        driver.settle()
    assert names() == ["penny", "thing"]
    assert len(driver.stored()) == 1


def test_theme_follows_the_system_and_can_be_chosen(open_driver: Callable[..., PageDriver]) -> None:
    driver = open_driver(color_scheme="light")
    theme = "document.documentElement.dataset.theme"
    assert driver.page.evaluate(theme) == "light"
    driver.by_id("theme").click()
    assert driver.page.evaluate(theme) == "dark"
    driver.page.reload()
    driver.settle()
    assert driver.page.evaluate(theme) == "dark"


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll("header button, header label, header .title, footer > span")]
    .map((element) => [element.innerText || element.title, element.getBoundingClientRect()]);
  const meet = ([, a], [, b]) =>
    a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
  const outside = boxes.filter(([, box]) => box.left < 0 || box.right > innerWidth + 0.5);
  const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) => meet(a, b)).map((b) => [a[0], b[0]]));
  const whole = "footer > span:not(.cut, .hint), footer .saved, header h2, aside h2, nav .head > *";
  const spilt = [...document.querySelectorAll(whole)]
    .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0);
  const stage = document.querySelector("[data-testid=stage]").getBoundingClientRect();
  const steps = document.querySelector("[data-testid=first-steps]")?.getBoundingClientRect();
  if (steps && (steps.left < stage.left || steps.right > stage.right)) outside.push(["first steps"]);
  return [...outside.map(([name]) => [name, "outside"]), ...spilt.map((each) => [each.innerText, "cut"]), ...pairs];
}"""


CUT_MODEL = """(() => {
  document.querySelector("[data-testid=model] .took").textContent = " · 999 ms";  // whatever this machine needs
  const { scrollWidth, clientWidth } = document.querySelector("[data-testid=model] .cut");
  return scrollWidth > clientWidth;
})()"""


def test_nothing_is_cut_off_or_overlaps_from_1024_pixels_on(driver: PageDriver) -> None:
    assert driver.by_id("first-steps").is_visible()
    driver.page.get_by_label("Edit coin").click()  # "All saved" becomes a time
    driver.by_id("class-name").fill("penny")
    driver.by_id("class-save").click()
    driver.drag(COIN)
    driver.settle()
    for width in (1024, 1180, 1366, 1439, 1440, 1920):
        driver.page.set_viewport_size({"width": width, "height": 700})
        driver.wait(f"innerWidth === {width}")
        for tool in ("s", "b"):
            driver.press(tool)
            assert driver.page.evaluate(OVERLAPS) == []
        assert not driver.page.evaluate(CUT_MODEL)
        assert driver.page.evaluate("document.documentElement.scrollWidth") == width


def test_a_whole_image_stays_whole_when_the_window_changes(driver: PageDriver) -> None:
    whole = """() => {
      const box = document.querySelector("canvas[role=application]").getBoundingClientRect();
      const [left, top] = window.fewclicks.toWindow([0, 0]);
      const [right, bottom] = window.fewclicks.toWindow([384, 303]);
      const inside = left >= box.left && top >= box.top && right <= box.right && bottom <= box.bottom;
      return inside && (right - left > box.width - 40 || bottom - top > box.height - 40);
    }"""
    for width, height in ((1024, 640), (1500, 700), (1280, 900)):
        driver.page.set_viewport_size({"width": width, "height": height})
        driver.wait(whole)


def test_one_finger_draws_and_two_move(open_driver: Callable[..., PageDriver]) -> None:
    driver = open_driver(has_touch=True)
    client = driver.page.context.new_cdp_session(driver.page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(places)]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    start, end = driver.place(COIN[0]), driver.place(COIN[1])
    touch("touchStart", start)
    touch("touchMove", end)
    touch("touchEnd")
    driver.wait("window.fewclicks.annotations.length === 1")
    driver.settle()
    scale = driver.page.evaluate("window.fewclicks.view.scale")
    x, y = driver.place((200, 150))
    touch("touchStart", (x, y))
    touch("touchStart", (x, y), (x + 100, y))
    touch("touchMove", (x, y), (x + 150, y))
    touch("touchMove", (x, y), (x + 200, y))
    touch("touchEnd")
    driver.wait(f"window.fewclicks.view.scale > {1.7 * scale}")
    assert len(driver.annotations) == 1


def test_an_image_that_cannot_be_opened_says_why(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "good.png").write_bytes(PIXEL)
    (tmp_path / "images" / "bad.png").write_text("this is text")
    fewclicks("new", tmp_path / "project", "--images", tmp_path / "images", "--classes", "a")
    with serving(tmp_path / "project") as server:
        driver = open_page(browser, server.url)
        driver.page.goto(server.url)
        bad = driver.page.get_by_role("button", name="bad.png cannot be opened")
        bad.click()
        driver.by_id("problem").wait_for()
        assert "bad.png" in driver.text("problem")
        assert "Not an image in a supported format" in driver.text("problem")
        assert driver.by_id("first-steps").count() == 0
        assert driver.text("hint") == ""
        driver.by_id("export").click()
        driver.by_id("images-all").check()
        with driver.page.expect_download() as download:
            driver.by_id("export-coco").click()
        download.value.save_as(tmp_path / "export.json")
        assert [image["file_name"] for image in json.loads((tmp_path / "export.json").read_text())["images"]] == [
            "good.png"
        ]
        driver.page.context.close()


def test_an_image_that_was_mended_is_opened_by_another_click(driver: PageDriver, tmp_path: Path) -> None:
    for item, name in (("image-2", "2-astronaut.jpg"), ("image-3", "3-plain.png")):
        photo = tmp_path / "images" / name
        whole = photo.read_bytes()
        photo.write_bytes(whole[:100])
        driver.by_id(item).click()
        driver.by_id("problem").wait_for()
        assert not driver.page.evaluate("window.fewclicks.isOpen")
        driver.by_id(item).get_by_text("cannot be opened").wait_for()
        driver.by_id(item).click()
        driver.by_id("problem").wait_for()
        photo.write_bytes(whole)
        driver.by_id(item).click()
        driver.settle()
        assert driver.by_id("problem").count() == 0


PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def test_an_empty_project_says_how_to_add_images(browser: Browser, server: RunningServer) -> None:
    driver = open_page(browser, server.url)
    driver.page.route("**/api/images", lambda route: route.fulfill(json=[]))
    driver.page.goto(server.url)
    driver.by_id("empty").wait_for()
    assert "fewclicks new" in driver.text("empty")
    assert driver.troubles == []
    driver.page.context.close()


def test_the_model_panel_is_there_only_for_a_model_that_can_be_trained(driver: PageDriver) -> None:
    driver.by_id("model").click()
    models = driver.page.get_by_role("combobox", name="Model to choose or train").locator("option")
    assert models.all_inner_texts() == ["Detect", "Refine", "Suggest"]
    driver.press("Escape")

    def untrainable(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, json={**response.json(), "trainable": []})

    driver.page.route("**/api/project", untrainable)
    driver.page.reload()
    driver.settle()
    assert driver.text("model").startswith("segment")
    assert driver.by_id("model").evaluate("element => element.tagName") == "SPAN"
    assert driver.by_id("model-panel").count() == 0
