import { expect, test } from "vitest";
import { setUp } from "./support/bench";
import { SmallServer } from "./support/server";

const BOX = [[10, 10], [30, 30]] as [number, number][];

function withoutClasses() {
  const server = new SmallServer();
  const { classes } = server;
  server.classes = [];
  return { ...setUp(server), named: classes };
}

test("what is drawn without a class waits, and follows once there is one", async () => {
  const { bench, drag, server, classes, named, settled, status } = withoutClasses();
  bench.take("box");
  drag(BOX);
  expect(bench.held.asked).toBe(1);
  expect(bench.held.here).toMatchObject([{ shapes: [{ type: "box", xyxy: [10, 10, 30, 30] }] }]);
  expect(status.notice).toContain("Type a name");
  bench.held.release();
  expect(bench.held.here).toHaveLength(1);
  server.classes = classes.confirmed = named;
  bench.held.release();
  expect(bench.held.here).toHaveLength(0);
  await settled();
  expect([...server.annotations.values()].map(({ class_id }) => class_id)).toEqual([named[0]!.id]);
});

test("what waits is there again after a reload, and follows with the tool that drew it", async () => {
  const first = withoutClasses();
  first.bench.take("segment");
  first.drag(BOX);
  first.bench.take("detect");
  first.click([50, 50]);
  const server = new SmallServer();
  const again = setUp(server, first.storage);
  await again.settled();
  const asked = server.requests.map(({ body }) => [body["method"], (body["prompts"] as { type: string }[])[0]!.type]);
  expect(asked).toEqual([["segment", "box"], ["detect", "class_click"]]);
  expect(again.bench.held.here).toHaveLength(0);
  expect(setUp(new SmallServer(), first.storage).bench.held.here).toHaveLength(0);
});

test("what waits is done once, however many tabs have it", async () => {
  const first = withoutClasses();
  first.drag(BOX);
  const servers = [1, 2].map(() => new SmallServer());
  const tabs = servers.map((server) => {
    const { classes } = server;
    server.classes = [];
    return { ...setUp(server, first.storage), named: classes };
  });
  for (const { bench, classes, named, server, settled } of tabs) {
    server.classes = classes.confirmed = named;
    bench.held.release();
    await settled();
    expect(bench.held.here).toHaveLength(0);
  }
  expect(servers.map(({ annotations }) => annotations.size)).toEqual([1, 0]);
});

test("what a browser kept and nobody can read does not matter", () => {
  const { storage } = withoutClasses();
  storage.setItem("fewclicks.held.test", "{}");
  expect(setUp(undefined, storage).bench.held.here).toEqual([]);
});

test("undo drops the last one that waits, and nothing of another image", () => {
  const { bench, drag, images } = withoutClasses();
  drag(BOX);
  drag(BOX);
  bench.undo();
  expect(bench.held.here).toHaveLength(1);
  images.currentId = 2;
  expect(bench.held.here).toHaveLength(0);
  expect(bench.held.dropLast()).toBe(false);
});
