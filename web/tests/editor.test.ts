import { describe, expect, it, vi } from "vitest";
import type { Box } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { setUp } from "./support/bench";
import { IMAGE, SmallServer } from "./support/server";

const BOX = { type: "box" as const, xyxy: [1, 1, 5, 5] as Box };

describe("Editor", () => {
  it("shows a prompt before its answer and the answer in place of the old one", async () => {
    const { bench, click, drag, objects, server, settled } = setUp();
    server.held = true;
    drag([[10, 10], [20, 20], [30, 40]]);
    expect(objects.selected).toMatchObject({ shape: null, prompts: [{ type: "box", xyxy: [10, 10, 30, 40] }] });
    expect(bench.session.phase()).toBe("prompting");
    server.release();
    await settled();
    expect(objects.selected?.shape).toEqual({ type: "box", xyxy: [0, 0, 11, 10] });
    server.held = true;
    click([15, 15]);
    expect(objects.selected?.shape).toEqual({ type: "box", xyxy: [0, 0, 11, 10] });
    expect(objects.selected?.prompts).toHaveLength(2);
    server.release();
    await settled();
    expect(objects.selected?.shape).toEqual({ type: "box", xyxy: [0, 0, 12, 10] });
    expect(bench.session.phase()).toBe("answered");
  });

  it("accepts the answer that comes later, when Enter was quicker than the model", async () => {
    const { bench, drag, server, settled } = setUp();
    server.held = true;
    drag([[10, 10], [20, 20], [30, 40]]);
    bench.forward();
    server.release();
    await settled();
    const stored = [...server.annotations.values()][0];
    expect(stored).toMatchObject({ state: "accepted", shape: { xyxy: [0, 0, 11, 10] } });
  });

  it("keeps clicks when the model fails, and asks again", async () => {
    const { click, drag, editor, objects, server, settled } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.modelFails = true;
    click([15, 15]);
    await settled();
    const { id, prompts, shape } = objects.selected!;
    expect([prompts.length, shape]).toEqual([2, { type: "box", xyxy: [0, 0, 11, 10] }]);
    expect(objects.failures.get(id)).toContain("could not answer");
    editor.retry(id);
    expect(objects.waiting.has(id)).toBe(true);
  });

  it("shows the newer of two states of an image that come in the wrong order", async () => {
    const { editor, objects, server } = setUp();
    server.held = true;
    const early = editor.reload(1);
    server.held = false;
    server.changeElsewhere({ ...newAnnotation("theirs", 1, 1), state: "accepted", shape: BOX });
    await editor.reload(1);
    server.annotations.delete("theirs"); // what the early request finds
    server.release();
    await early;
    expect(objects.shown.map(({ id }) => id)).toEqual(["theirs"]);
  });

  it("reads an image again when the list of images was read meanwhile", async () => {
    const server = new SmallServer();
    const asks = vi.spyOn(server, "fetch");
    const { editor, images } = setUp(server);
    server.held = true;
    const early = editor.reload(1);
    images.load([{ ...IMAGE, status: "done" }]);
    server.release();
    await early;
    expect(asks).toHaveBeenCalledTimes(2);
  });

  it("takes back what the server refuses", async () => {
    const { click, drag, objects, server, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.refuses = true;
    click([15, 15]);
    await vi.waitFor(() => expect(status.notice).toBe("Not like this"));
    expect(objects.shown[0]?.prompts).toHaveLength(1);
  });

  it("brings back a refused class that an object has", async () => {
    const { classes, drag, editor, server, settled, status } = setUp();
    const [cell, fox] = [server.classes[0]!, { id: 9, name: "fox", color: "#009e73", policy: "", overlaps: false }];
    server.held = true;
    editor.setClasses([cell, { ...cell, id: 8 }, fox]);
    const [made] = editor.edit("box", [{ annotationId: null, patch: { shape: BOX, state: "accepted" } }], 9);
    const twin = editor.respond(null, [{ type: "box", xyxy: [1, 1, 30, 30] }], 8, "segment");
    server.release();
    await settled();
    expect(server.classes).toEqual([cell, fox]);
    expect(classes.shown).toEqual([cell, fox]);
    expect([server.annotations.get(made!)?.class_id, server.annotations.get(twin!)?.class_id]).toEqual([9, 7]);
    expect(status.notice).toBe("The object’s class was deleted; the object now has the class “cell”");
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    expect(server.annotations.size).toBe(3);
  });

  it("keeps an object whose class went meanwhile", async () => {
    const { editor, objects, server, settled, status } = setUp();
    server.classes = [{ id: 3, name: "nucleus", color: "#e69f00", policy: "", overlaps: false }];
    const [made] = editor.edit("box", [{ annotationId: null, patch: { shape: BOX, state: "accepted" } }], 7);
    await settled();
    expect(objects.byId.get(made!)).toMatchObject({ class_id: 3, state: "accepted" });
    expect(status.notice).toBe("The object’s class was deleted; the object now has the class “nucleus”");
  });

  it("goes on without a server, and tells it everything when it is back", async () => {
    const server = new SmallServer();
    server.away = true;
    const first = setUp(server);
    first.drag([[10, 10], [20, 20], [30, 40]]);
    first.bench.forward();
    await vi.waitFor(() => expect(first.status.connection).toBe("away"));
    expect(first.status.unsaved).toBe(2);
    server.away = false;
    const second = setUp(server, first.storage);
    void second.editor.outbox.restore(() => Promise.resolve(false));
    second.editor.refresh();
    expect(second.objects.shown[0]?.state).toBe("accepted");
    await second.settled();
    expect([...server.annotations.values()][0]?.state).toBe("accepted");
    expect([...second.storage.entries.keys()].filter((key) => key.includes("outbox"))).toEqual([]);
    first.editor.outbox.flush();
    await first.settled();
    expect(new Set(server.requests.map(({ body }) => body["id"])).size).toBe(2);
  });

  it("keeps an accepted object accepted while it is corrected", async () => {
    const { bench, click, drag, objects, server, settled } = setUp();
    drag([[0, 0], [5, 5], [11, 10]]);
    await settled();
    bench.forward();
    bench.select(objects.shown[0]!.id);
    click([5, 5]);
    expect(objects.selected).toMatchObject({ state: "accepted", prompts: [{ type: "box" }, { type: "click" }] });
    await settled();
    expect(server.annotations.values().next().value?.state).toBe("accepted");
  });

  it("takes no pointer up while the image is not on the screen", () => {
    const { drag, images, objects } = setUp();
    images.currentId = null;
    drag([[10, 10], [20, 20], [30, 40]]);
    expect(objects.shown).toEqual([]);
  });

  it("corrects a stored box: the box is the first prompt", async () => {
    const server = new SmallServer();
    const box = { type: "box" as const, xyxy: [1, 2, 30, 40] as [number, number, number, number] };
    server.annotations.set("old", { ...newAnnotation("old", 1, 7), state: "accepted", shape: box });
    const { click, objects, settled } = setUp(server);
    click([5, 5]);
    expect(objects.selectedId).toBe("old");
    click([6, 6]);
    expect(objects.selected).toMatchObject({ state: "accepted", prompts: [{ type: "box" }, { type: "click" }] });
    await settled();
  });
});
