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
