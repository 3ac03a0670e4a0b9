import { describe, expect, it, vi } from "vitest";
import type { Box } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { setUp } from "./support/bench";
import { IMAGE, SmallServer } from "./support/server";

const BOX = { type: "box" as const, xyxy: [1, 1, 5, 5] as Box };
const tick = () => new Promise((resolve) => setTimeout(resolve));

describe("Undo and redo in the editor", () => {
  it("drops an answer that comes after its prompt was undone", async () => {
    const { bench, click, drag, objects, server, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.held = true;
    click([15, 15]);
    bench.undo();
    expect(objects.selected?.prompts).toHaveLength(1);
    expect(status.notice).toBe("Undone: click");
    const seen: number[] = [];
    server.release();
    for (let i = 0; i < 20; i++) {
      seen.push(objects.shown[0]!.prompts.length);
      await tick();
    }
    await settled();
    expect(new Set(seen)).toEqual(new Set([1]));
    expect(server.annotations.get(objects.shown[0]!.id)?.prompts).toHaveLength(1);
  });

  it("undoes and redoes what is under way, in order", async () => {
    const { bench, drag, objects, server, settled } = setUp();
    server.held = true;
    drag([[10, 10], [20, 20], [30, 40]]);
    bench.forward();
    expect(objects.shown[0]?.state).toBe("accepted");
    bench.undo();
    expect(objects.shown[0]?.state).toBe("proposed");
    bench.undo();
    expect(objects.shown).toEqual([]);
    bench.redo();
    expect(objects.shown[0]?.state).toBe("proposed");
    bench.redo();
    expect(objects.shown[0]?.state).toBe("accepted");
    server.release();
    await settled();
    expect(objects.shown[0]?.state).toBe("accepted");
    expect([...server.annotations.values()][0]?.state).toBe("accepted");
  });

  it("undoes and redoes what the server knows", async () => {
    const { bench, drag, objects, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    bench.forward();
    await settled();
    bench.undo();
    await settled();
    expect(objects.selected?.state).toBe("proposed");
    expect(status.notice).toBe("Undone: accept");
    bench.redo();
    await settled();
    expect(objects.shown[0]?.state).toBe("accepted");
    expect(status.notice).toBe("Redone: accept");
  });

  it("says so when there is nothing to undo", () => {
    const { bench, server, status } = setUp();
    bench.undo();
    expect(status.notice).toBe("Nothing more to undo on this image");
    bench.redo();
    expect(status.notice).toBe("Nothing to redo on this image");
    expect(server.requests).toEqual([]);
  });

  it("never undoes something else when what it meant was refused", async () => {
    const { bench, click, drag, objects, server, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.held = true;
    server.refuses = true;
    click([15, 15]);
    bench.undo();
    expect(objects.shown[0]?.prompts).toHaveLength(1);
    server.release();
    await vi.waitFor(() => expect(status.notice).toBe("Not like this"));
    server.refuses = false;
    await settled();
    expect(server.requests.filter(({ path }) => path.endsWith("undo"))).toEqual([]);
    expect([...server.annotations.values()][0]).toMatchObject({ prompts: [{ type: "box" }] });
  });

  it("never undoes what another page did, shows it and says so", async () => {
    const { bench, drag, objects, server, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.changeElsewhere({ ...newAnnotation("other", 1, 7), shape: { type: "box", xyxy: [1, 1, 5, 5] } });
    bench.undo();
    bench.undo();
    await settled();
    expect(status.notice).toBe("Not undone: something else was changed meanwhile");
    expect(objects.shown.map(({ id }) => id)).toContain("other");
    expect(server.annotations.size).toBe(2);
    bench.undo();
    await settled();
    expect([...server.annotations.keys()]).not.toContain("other");
  });

  it("undoes as often as it was asked to, however slow the server is", async () => {
    const { bench, drag, server, settled } = setUp();
    for (let i = 0; i < 3; i++) {
      drag([[10, 10], [20, 20], [30, 40 + i]]);
      await settled();
      bench.select(null);
    }
    server.held = true;
    for (let i = 0; i < 3; i++) bench.undo();
    server.release();
    await settled();
    expect(server.annotations.size).toBe(0);
    server.held = true;
    for (let i = 0; i < 2; i++) bench.redo();
    bench.undo();
    server.release();
    await settled();
    expect(server.annotations.size).toBe(1);
  });

  it("takes back that an image is done, on its way and once it is stored", async () => {
    const { bench, editor, images, server, settled, status } = setUp();
    server.held = true;
    editor.setStatus(1, "done");
    expect(images.current?.status).toBe("done");
    bench.undo();
    expect([images.current?.status, status.notice]).toEqual(["todo", "Undone: set to done"]);
    const seen = new Set<string>();
    server.release();
    for (let i = 0; i < 20; i++) {
      seen.add(images.current!.status);
      await tick();
    }
    await settled();
    expect([...seen, server.status.status]).toEqual(["todo", "todo"]);
    bench.redo();
    await settled();
    expect([images.current?.status, server.status.status, status.notice]).toEqual([
      ...["done", "done", "Redone: set to done"],
    ]);
    bench.undo();
    await settled();
    expect([images.current?.status, server.status.status]).toEqual(["todo", "todo"]);
    const asked = server.requests.length;
    editor.setStatus(1, "todo");
    expect(server.requests).toHaveLength(asked);
  });

  it("takes back an edit of the classes, on its way and once it is stored", async () => {
    const { bench, classes, editor, server, settled, status } = setUp();
    const [cell, fox] = [server.classes[0]!, { id: 9, name: "fox", color: "#009e73", policy: "", overlaps: false }];
    server.held = true;
    editor.setClasses([fox, cell]);
    classes.choose(9);
    bench.undo();
    expect([classes.shown, classes.chosenId]).toEqual([[cell], 7]);
    expect(status.notice).toBe("Undone: class list change");
    bench.redo();
    expect([classes.shown, classes.chosenId]).toEqual([[fox, cell], 9]);
    server.release();
    await settled();
    expect([classes.shown, server.classes]).toEqual([[fox, cell], [fox, cell]]);
    bench.undo();
    await settled();
    expect([classes.shown, server.classes]).toEqual([[cell], [cell]]);
    expect(server.requests[0]?.body["image_id"]).toBe(1);
    expect(status.notice).toBe("Undone: class list change");
  });

  it("changes several objects at once, and takes that back at once", async () => {
    const { bench, editor, objects, server, settled } = setUp();
    const made = (x: number) => ({ annotationId: null, patch: { shape: { ...BOX, xyxy: [x, 1, x + 5, 5] as Box } } });
    const [one, two] = editor.edit("box", [made(1), made(10)], 7) as [string, string];
    expect(objects.shown.map(({ id }) => id)).toEqual([one, two]);
    await settled();
    expect(server.requests).toHaveLength(1);
    const merged = { annotationId: one, patch: { shape: { ...BOX, xyxy: [1, 1, 15, 5] as Box } } };
    server.held = true;
    editor.edit("paint", [merged, { annotationId: two, patch: { state: "deleted" } }], 7);
    expect(objects.shown).toMatchObject([{ id: one, shape: { xyxy: [1, 1, 15, 5] } }]);
    bench.undo();
    expect(objects.shown).toMatchObject([{ shape: { xyxy: [1, 1, 6, 5] } }, { shape: { xyxy: [10, 1, 15, 5] } }]);
    expect(objects.selectedId).toBe(one);
    const seen = new Set<number>();
    server.release();
    for (let i = 0; i < 20; i++) {
      seen.add(objects.shown.length);
      await tick();
    }
    await settled();
    expect([...seen]).toEqual([2]);
    bench.redo();
    await settled();
    expect(objects.shown.map(({ id }) => id)).toEqual([one]);
    bench.undo();
    bench.undo();
    await settled();
    expect([objects.shown, server.annotations.size]).toEqual([[], 0]);
  });

  it("shows everything that an answer changes, and hides all of it when its prompt was undone meanwhile", async () => {
    const { bench, drag, editor, objects, server, settled } = setUp();
    const [neighbour] = editor.edit("box", [{ annotationId: null, patch: { shape: BOX, state: "accepted" } }], 7);
    await settled();
    server.neighbours = [neighbour!];
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    expect(objects.byId.get(neighbour!)?.shape).toEqual({ type: "polygons", rings: [[0, 0, 1, 0, 1, 1]] });
    expect(objects.selectedId).not.toBe(neighbour);
    bench.undo();
    await settled();
    expect(objects.shown).toMatchObject([{ id: neighbour, shape: BOX }]);
    server.held = true;
    drag([[10, 10], [20, 20], [30, 40]]);
    bench.undo();
    const seen = new Set<string>();
    server.release();
    for (let i = 0; i < 20; i++) {
      seen.add(JSON.stringify(objects.shown.map(({ shape }) => shape)));
      await tick();
    }
    await settled();
    expect([...seen]).toEqual([JSON.stringify([BOX])]);
  });

  it("says that a step waits for the server, and what it did once that is back", async () => {
    const { bench, drag, editor, objects, server, settled, status } = setUp();
    for (const y of [40, 50]) drag([[10, 10], [20, 20], [30, y]]);
    await settled();
    server.away = true;
    bench.undo();
    await vi.waitFor(() => expect(status.notice).toBe("Undo waits for the server"));
    status.say("");
    bench.undo();
    expect(status.notice).toBe("Undo waits for the server");
    server.away = false;
    editor.outbox.flush();
    await settled();
    expect([status.notice, objects.shown]).toEqual(["Undone: click", []]);
  });

  it("undoes nothing of another image, not even what is still under way there", async () => {
    const { bench, drag, editor, images, objects, server, settled, status, visits } = setUp();
    server.held = true;
    drag([[10, 10], [20, 20], [30, 40]]);
    images.currentId = 2;
    editor.steps.note(2, new SmallServer().history());
    bench.undo();
    await tick();
    expect([status.notice, visits]).toEqual([expect.stringContaining("Nothing more to undo on this image"), []]);
    images.currentId = 1;
    expect(objects.shown).toHaveLength(1);
    server.release();
    await settled();
    expect(server.requests.filter(({ path }) => path.endsWith("undo"))).toEqual([]);
  });

  it("goes to the image that was changed before by a second undo, and changes nothing there", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { bench, images, server, status, visits } = setUp();
    images.load([IMAGE, { ...IMAGE, id: 2, file_name: "cells.png" }]);
    server.changedBefore = { ...IMAGE, id: 2, file_name: "cells.png" };
    bench.undo();
    const offer = "Nothing more to undo on this image. Undo again to open cells.png, which you changed last";
    await vi.waitFor(() => expect(status.notice).toBe(offer));
    bench.undo();
    expect(visits, "a key that is held down is no second step").toEqual([]);
    vi.advanceTimersByTime(1000);
    bench.undo();
    expect(visits).toEqual([2]);
    expect(server.requests).toEqual([]);
    vi.useRealTimers();
  });

  it("does not go to another image when something was done after the offer", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { bench, drag, images, server, settled, status, visits } = setUp();
    images.load([IMAGE, { ...IMAGE, id: 2 }]);
    server.changedBefore = { ...IMAGE, id: 2 };
    bench.undo();
    await vi.waitFor(() => expect(status.notice).toContain("Undo again"));
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    vi.advanceTimersByTime(1000);
    bench.undo();
    await settled();
    vi.advanceTimersByTime(1000);
    bench.undo();
    await tick();
    expect([visits, server.annotations.size]).toEqual([[], 0]);
    vi.useRealTimers();
  });

  it("says what undo left alone because another page has changed it", async () => {
    const { bench, drag, server, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.kept = 1;
    bench.undo();
    await settled();
    expect(status.notice).toBe("Not undone: click, because another page has changed it since");
    expect(server.annotations.size).toBe(1);
  });

  it("takes back prompts by Escape, as far as they are the latest change", async () => {
    const { bench, click, drag, objects, server, settled } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    click([15, 15]);
    bench.back();
    expect(objects.selected?.prompts, "while the answer is under way").toHaveLength(1);
    await settled();
    bench.back();
    await settled();
    expect([objects.shown, server.annotations.size], "with the first one the object").toEqual([[], 0]);
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    const made = objects.selected!;
    bench.forward();
    await settled();
    bench.select(made.id);
    bench.back();
    await settled();
    expect([objects.selectedId, objects.shown[0]?.state], "an accepted object is only deselected").toEqual([null, "accepted"]);
  });
});
