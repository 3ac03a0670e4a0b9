import { describe, expect, it, vi } from "vitest";
import type { LabelClass } from "../src/api/types";
import { classEdits, withEdit } from "../src/state/class-edits";
import { warnOnLeaving } from "../src/state/leaving";
import { noProposals } from "../src/state/proposals";
import type { Annotation } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { setUp } from "./support/bench";
import { IMAGE, SmallServer } from "./support/server";

const CELL: LabelClass = { id: 7, name: "cell", color: "#e69f00", policy: "", overlaps: false };
const named = (name: string): LabelClass => ({ ...CELL, name });
const at = (x: number) => ({ x, y: 5, class_id: 7, xyxy: null });
/** What another page clicked. */
const theirs = { ...noProposals(1), clicks: [at(50)], version: "theirs" };

/** A page that has loaded its image, on a server that keeps answers back. */
function offline() {
  const page = setUp();
  page.detections.load(page.server.proposals);
  page.editor.refresh();
  page.server.held = true;
  return { ...page, outdated: page.editor.outdated };
}

type Page = ReturnType<typeof offline>;

async function refused(page: Page): Promise<void> {
  page.server.release();
  await page.settled();
  await vi.waitFor(() => expect(page.outdated.conflicts).toHaveLength(1));
}

async function choose(page: Page, mine: boolean): Promise<void> {
  if (mine) page.outdated.useMine(page.outdated.conflicts[0]!);
  else page.outdated.drop(page.outdated.conflicts[0]!);
  await page.settled();
  expect(page.outdated.conflicts).toEqual([]);
}

describe("an outdated status", () => {
  const reopened = { status: "todo", status_version: "theirs" } as const;

  it.each([[true, "done"], [false, "todo"]])("is kept for the person to choose (mine: %s)", async (mine, status) => {
    const page = offline();
    page.editor.setStatus(1, "done");
    page.server.setElsewhere({ status: reopened });
    await refused(page);
    expect(page.images.current?.status).toBe("todo");
    expect(page.outdated.conflicts).toEqual([{ what: "status", imageId: 1, status: "done" }]);
    await choose(page, mine);
    expect(page.server.status.status).toBe(status);
  });

  it("is over once another page makes the same change", async () => {
    const page = offline();
    page.editor.setStatus(1, "done");
    page.server.setElsewhere({ status: reopened });
    await refused(page);
    page.images.replace({ ...IMAGE, status: "done", status_version: "again" });
    page.editor.refresh();
    page.images.replace({ ...IMAGE, ...reopened });
    expect(page.outdated.conflicts).toEqual([]);
  });

  it("is none after one's own changes, even if an undo of one waits", async () => {
    const page = offline();
    page.editor.setStatus(1, "done");
    page.editor.setStatus(1, "todo");
    page.bench.undo();
    page.bench.undo();
    page.editor.setStatus(1, "done");
    page.editor.setStatus(1, "todo");
    page.server.release();
    await page.settled();
    expect(page.server.requests.filter(({ path }) => path.endsWith("/status")).length).toBeGreaterThan(1);
    expect([page.outdated.conflicts, page.server.status.status]).toEqual([[], "todo"]);
  });

  it("is none if this page took it back before it was refused", async () => {
    const page = offline();
    page.editor.setStatus(1, "done");
    page.bench.undo();
    page.server.setElsewhere({ status: reopened });
    page.server.release();
    await page.settled();
    expect([page.outdated.conflicts, page.server.status]).toEqual([[], reopened]);
  });

  it("does not make the change after a refused one outdated", async () => {
    const page = offline();
    page.editor.setStatus(1, "done");
    page.editor.setStatus(1, "todo");
    let asked = 0;
    Object.defineProperty(page.server, "refuses", { get: () => asked++ === 0 });
    page.server.release();
    await page.settled();
    expect(page.server.requests.filter(({ path }) => path.endsWith("/status")).map(({ body }) => body["version"])).toEqual(["", ""]);
    expect(page.outdated.conflicts).toEqual([]);
  });

  it("asks before the page goes", async () => {
    const page = offline();
    const target = new EventTarget();
    warnOnLeaving(target, page.editor);
    const leave = () => target.dispatchEvent(new Event("beforeunload", { cancelable: true }));
    expect(leave()).toBe(true);
    page.editor.setStatus(1, "done");
    page.server.setElsewhere({ status: reopened });
    await refused(page);
    expect(leave()).toBe(false);
  });
});

describe("outdated clicks", () => {
  it.each([[true, [50, 10, 20]], [false, [50]]])("are kept together (mine: %s)", async (mine, xs) => {
    const page = offline();
    page.editor.clickClasses("detect", [at(10)], [], true);
    page.editor.clickClasses("detect", [at(20)], [], true);
    page.server.setElsewhere({ proposals: theirs });
    await refused(page);
    expect(page.detections.current.clicks).toEqual([at(50)]);
    expect(page.outdated.drawnIn(1).clicks).toEqual([at(10), at(20)]);
    expect(page.outdated.drawnIn(2).clicks).toEqual([]);
    await choose(page, mine);
    expect(page.server.proposals.clicks.map(({ x }) => x)).toEqual(xs);
  });

  it("removes of ones own only what is there still", async () => {
    const page = offline();
    page.server.setElsewhere({ proposals: { ...theirs, clicks: [at(10), at(20)] } });
    page.detections.load(page.server.proposals);
    page.editor.refresh();
    page.editor.clickClasses("detect", [], [at(10)], true);
    page.editor.clickClasses("detect", [at(30)], [at(20)], true);
    page.server.setElsewhere({ proposals: { ...theirs, clicks: [at(20)], version: "later" } });
    await refused(page);
    await choose(page, true);
    expect(page.server.proposals.clicks).toEqual([at(30)]);
  });

  it("take along the boxes that were accepted for them, and what was done to these", async () => {
    const page = offline();
    const found = { ...theirs, boxes: [[10, 10, 4, 4, 0], [30, 10, 4, 4, 0]], scores: [0.9, 0.9], class_ids: [7, 7] };
    page.server.setElsewhere({ proposals: found as typeof theirs });
    page.detections.load(page.server.proposals);
    page.editor.refresh();
    page.editor.takeProposals("accept", page.detections.shown.slice(0, 1));
    const [made] = page.objects.shown;
    page.editor.edit("class", [{ annotationId: made!.id, patch: { crowd: true } }], 7);
    page.server.setElsewhere({ proposals: { ...theirs, clicks: [at(60)], version: "later" } });
    await refused(page);
    expect(page.objects.shown).toEqual([]);
    expect(page.outdated.drawnIn(1).shapes).toEqual([{ type: "box", xyxy: [8, 8, 12, 12] }]);
    await choose(page, true);
    const stored: Annotation[] = [...page.server.annotations.values()];
    expect(stored.map(({ state, crowd }) => [state, crowd])).toEqual([["accepted", true]]);
  });

  it("are none in a quick succession with undo and redo", async () => {
    const page = offline();
    for (const x of [10, 20, 30]) page.editor.clickClasses("detect", [at(x)], [], true);
    page.bench.undo();
    page.editor.clickClasses("detect", [at(40)], [], true);
    page.bench.undo();
    page.bench.redo();
    page.editor.clickClasses("detect", [at(60)], [], true);
    page.server.release();
    await page.settled();
    expect(page.outdated.conflicts).toEqual([]);
    expect(page.server.proposals.clicks.map(({ x }) => x)).toEqual([10, 20, 40, 60]);
  });

  it("are none when one searches without clicking", async () => {
    const page = offline();
    page.editor.clickClasses("detect", [], [], true);
    page.server.setElsewhere({ proposals: theirs });
    page.server.release();
    await page.settled();
    expect([page.outdated.conflicts, page.server.proposals.clicks]).toEqual([[], [at(50)]]);
  });
});

describe("an outdated class", () => {
  it.each([[true, "token"], [false, "disc"]])("is kept for the person to choose (mine: %s)", async (mine, name) => {
    const page = offline();
    page.editor.setClasses([named("ring")]);
    page.editor.setClasses([named("token")]);
    page.server.setElsewhere({ classes: [named("disc")] });
    await refused(page);
    await vi.waitFor(() => {
      expect(page.outdated.conflicts).toEqual([{ what: "class", edit: { id: 7, before: CELL, after: named("token") } }]);
    });
    expect(page.classes.shown).toEqual([named("disc")]);
    await choose(page, mine);
    expect(page.server.classes).toEqual([named(name)]);
  });

  it("does not keep back what was done to other classes", async () => {
    const page = offline();
    const fox = { ...CELL, id: 8, name: "fox" };
    page.editor.setClasses([named("ring"), fox]);
    page.server.setElsewhere({ classes: [named("disc")] });
    await refused(page);
    await page.settled();
    expect(page.server.classes).toEqual([named("disc"), fox]);
  });

  it("can be used while a later edit of the classes is on its way", async () => {
    const page = offline();
    const fox = { ...CELL, id: 8, name: "fox" };
    page.editor.setClasses([named("ring")]);
    page.editor.setClasses([named("ring"), fox]);
    page.server.setElsewhere({ classes: [named("disc")] });
    page.server.release();
    page.server.held = true;
    await vi.waitFor(() => expect(page.server.waiting).toHaveLength(3)); // the classes, the image, and the later edit
    page.server.waiting.shift()!();
    await vi.waitFor(() => expect(page.outdated.conflicts).toHaveLength(1));
    page.outdated.useMine(page.outdated.conflicts[0]!);
    page.server.release();
    await page.settled();
    expect(page.server.classes).toEqual([named("ring"), fox]);
  });

  it("that another page removed gets an id of its own", async () => {
    const page = offline();
    page.editor.setClasses([named("ring")]);
    page.server.setElsewhere({ classes: [] });
    await refused(page);
    await choose(page, true);
    expect(page.server.classes.map(({ name }) => name)).toEqual(["ring"]);
    expect(page.server.classes[0]!.id).not.toBe(CELL.id);
  });

  it("that this page removed can be removed all the same", async () => {
    const page = offline();
    page.editor.setClasses([]);
    page.server.setElsewhere({ classes: [named("disc")] });
    await refused(page);
    await choose(page, true);
    expect(page.server.classes).toEqual([]);
  });
});

describe("outdated objects", () => {
  it.each([[true, "later"], [false, "theirs"]])("are kept with the edits that follow (mine: %s)", async (mine, who) => {
    const server = new SmallServer();
    const box = (x: number): Annotation["shape"] => ({ type: "box", xyxy: [x, 1, 20, 20] });
    const first = { ...newAnnotation("a", 1, 7), state: "accepted" as const, shape: box(1), version: "v1" };
    server.annotations.set("a", first);
    const page = { ...setUp(server) };
    server.held = true;
    page.editor.edit("move", [{ annotationId: "a", patch: { shape: box(2) } }], 7);
    page.editor.edit("move", [{ annotationId: "a", patch: { shape: box(3) } }], 7);
    server.changeElsewhere({ ...first, shape: box(9), version: "v2" });
    server.release();
    await vi.waitFor(() => expect(page.editor.outdated.conflicts).toHaveLength(1));
    await page.settled();
    expect(page.editor.outdated.drawnIn(1).shapes).toEqual([box(3)]);
    const [conflict] = page.editor.outdated.conflicts;
    if (mine) page.editor.outdated.useMine(conflict!);
    else page.editor.outdated.drop(conflict!);
    await page.settled();
    expect(server.annotations.get("a")?.shape).toEqual(box(who === "later" ? 3 : 9));
  });
});

describe("outdated prompts", () => {
  const box = (x: number): Annotation["shape"] => ({ type: "box", xyxy: [x, 1, 20, 20] });
  const click = (x: number) => ({ type: "click" as const, x, y: 5, adds: true });
  const first = { ...newAnnotation("a", 1, 7), shape: box(1), version: "v1" };
  const xsOf = (annotation: Annotation | undefined) => annotation?.prompts.flatMap((prompt) => (prompt.type === "click" ? [prompt.x] : []));

  function onObject() {
    const server = new SmallServer();
    server.annotations.set("a", first);
    const page = setUp(server);
    server.held = true;
    return { ...page, outdated: page.editor.outdated };
  }

  it.each([[true, [10, 20], "accepted"], [false, [], "proposed"]])("are kept with the edits that follow (mine: %s)", async (mine, xs, state) => {
    const page = onObject();
    page.editor.respond("a", [click(10)], 7, "segment");
    page.editor.respond("a", [click(20)], 7, "segment");
    page.editor.edit("accept", [{ annotationId: "a", patch: { state: "accepted" } }], 7);
    page.server.changeElsewhere({ ...first, shape: box(9), version: "v2" });
    await refused(page);
    expect(page.objects.shown.map(({ shape }) => shape)).toEqual([box(9)]);
    expect(page.outdated.drawnIn(1).prompts).toEqual([click(10), click(20)]);
    expect(page.outdated.drawnIn(2).prompts).toEqual([]);
    await choose(page, mine);
    const stored = page.server.annotations.get("a");
    expect([xsOf(stored), stored?.state]).toEqual([xs, state]);
  });

  it("make an object that was deleted elsewhere again", async () => {
    const page = onObject();
    page.editor.respond("a", [click(10)], 7, "segment");
    page.server.changeElsewhere({ ...first, state: "deleted", version: "v2" });
    await refused(page);
    expect([page.objects.shown, page.outdated.drawnIn(1).shapes]).toEqual([[], [box(1)]]);
    page.outdated.useMine(page.outdated.conflicts[0]!);
    page.editor.respond("a", [click(20)], 7, "segment");
    await page.settled();
    const stored = page.server.annotations.get("a");
    expect([page.outdated.conflicts, stored?.state, xsOf(stored)]).toEqual([[], "proposed", [10, 20]]);
  });

  it("are none in a quick succession, even of a new object", async () => {
    const page = onObject();
    const made = page.editor.respond(null, [click(1)], 7, "segment")!;
    page.editor.respond(made, [click(2)], 7, "segment");
    page.bench.undo();
    page.editor.respond("a", [click(3)], 7, "segment");
    page.editor.respond("a", [click(4)], 7, "segment");
    page.server.release();
    await page.settled();
    const sent = page.server.requests.filter(({ path }) => path.endsWith("/respond"));
    expect(sent.map(({ body }) => body["version"])).toEqual(["", "", "v1", "v1"]);
    expect(page.outdated.conflicts).toEqual([]);
  });

  it("are none if this page took them back before they were refused", async () => {
    const page = onObject();
    page.editor.respond("a", [click(10)], 7, "segment");
    page.bench.undo();
    page.server.changeElsewhere({ ...first, version: "v2" });
    page.server.release();
    await page.settled();
    expect([page.outdated.conflicts, page.server.annotations.get("a")?.prompts]).toEqual([[], []]);
  });

  it("leave another object alone", async () => {
    const page = onObject();
    page.editor.respond("a", [click(10)], 7, "segment");
    const other = page.editor.respond(null, [click(50)], 7, "segment")!;
    page.server.changeElsewhere({ ...first, version: "v2" });
    await refused(page);
    expect(xsOf(page.server.annotations.get(other))).toEqual([50]);
  });

  it("may ask for a new answer only", async () => {
    const page = onObject();
    page.editor.retry("a");
    page.server.changeElsewhere({ ...first, shape: box(9), version: "v2" });
    await refused(page);
    await page.settled();
    expect(page.objects.shown.map(({ shape }) => shape)).toEqual([box(9)]);
    await choose(page, false);
  });
});

describe("edits of classes", () => {
  it("are matched by class and can be applied to another list", () => {
    const [fox, owl] = [{ ...CELL, id: 8, name: "fox" }, { ...CELL, id: 9, name: "owl" }];
    const edits = classEdits([CELL, fox], [named("ring"), owl]);
    expect(edits.map(({ id, before, after }) => [id, before?.name, after?.name])).toEqual([[7, "cell", "ring"], [8, "fox", undefined], [9, undefined, "owl"]]);
    expect(edits.reduce(withEdit, [fox, CELL])).toEqual([named("ring"), owl]);
    expect(classEdits([CELL, fox], [fox, CELL]), "an order is no edit of a class").toEqual([]);
  });
});
