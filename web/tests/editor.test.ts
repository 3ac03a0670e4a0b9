import { describe, expect, it, vi } from "vitest";
import { newAnnotation } from "../src/state/changes";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const tick = () => new Promise((resolve) => setTimeout(resolve));

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
    expect(status.notice).toBe("Undone: acceptance");
    bench.redo();
    await settled();
    expect(objects.shown[0]?.state).toBe("accepted");
    expect(status.notice).toBe("Done again: acceptance");
  });

  it("says so when there is nothing to undo", () => {
    const { bench, server, status } = setUp();
    bench.undo();
    expect(status.notice).toBe("Nothing to undo");
    bench.redo();
    expect(status.notice).toBe("Nothing to redo");
    expect(server.requests).toEqual([]);
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

  it("takes back what the server refuses", async () => {
    const { click, drag, objects, server, settled, status } = setUp();
    drag([[10, 10], [20, 20], [30, 40]]);
    await settled();
    server.refuses = true;
    click([15, 15]);
    await vi.waitFor(() => expect(status.notice).toBe("not like this"));
    expect(objects.shown[0]?.prompts).toHaveLength(1);
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
    second.editor.outbox.restore();
    second.editor.refresh();
    expect(second.objects.shown[0]?.state).toBe("accepted");
    await second.settled();
    expect([...server.annotations.values()][0]?.state).toBe("accepted");
    expect([...second.storage.entries.keys()].filter((key) => key.includes("outbox"))).toEqual([]);
    first.editor.outbox.flush();
    await first.settled();
    expect(new Set(server.requests.map(({ body }) => body["id"])).size).toBe(2);
  });

  it("goes to the image of what it undoes", async () => {
    const { bench, drag, images, server, settled, visits } = setUp();
    server.held = true;
    drag([[10, 10], [20, 20], [30, 40]]);
    images.currentId = 2;
    bench.undo();
    expect(visits).toEqual([1]);
    server.release();
    await settled();
  });

  it("corrects a stored box: the box is the first prompt", async () => {
    const server = new SmallServer();
    const box = { type: "box" as const, xyxy: [1, 2, 30, 40] as [number, number, number, number] };
    server.annotations.set("old", { ...newAnnotation("old", 1, 7), state: "accepted", shape: box });
    const { click, objects, settled } = setUp(server);
    click([5, 5]);
    expect(objects.selectedId).toBe("old");
    click([6, 6]);
    expect(objects.selected).toMatchObject({ state: "proposed", prompts: [{ type: "box" }, { type: "click" }] });
    await settled();
  });
});
