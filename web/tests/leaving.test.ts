import { describe, expect, it } from "vitest";
import type { Annotation } from "../src/api/types";
import { newAnnotation } from "../src/state/editing";
import { Navigation } from "../src/state/navigation";
import { OpenSuggestions } from "../src/state/open-suggestions.svelte";
import { setUp } from "./support/bench";
import { IMAGE, SmallServer } from "./support/server";

const CELL = 7;
const box = (id: string, more: Partial<Annotation> = {}): Annotation => {
  return { ...newAnnotation(id, 1, CELL), shape: { type: "box", xyxy: [5, 5, 15, 15] }, ...more };
};

/** Two images; the first one has `annotations`. */
function withTwoImages(...annotations: Annotation[]) {
  const server = new SmallServer();
  for (const each of annotations) server.annotations.set(each.id, each);
  const parts = setUp(server, undefined, ["segment", "regions", "detect", "halfway"]);
  const { bench, detections, editor, images, objects, settings, status } = parts;
  images.load([IMAGE, { ...IMAGE, id: 2, file_name: "dishes.png" }]);
  const suggestions = new OpenSuggestions({ bench, detections, images, objects, settings });
  const opened: number[] = [];
  const navigation = new Navigation({
    ...{ detections, editor, images, objects, settings, status, suggestions },
    open: async (imageId) => {
      opened.push(imageId);
      images.currentId = imageId;
      editor.refresh();
    },
  });
  const goBack = () => {
    images.currentId = 1;
    editor.refresh();
    opened.length = 0;
  };
  return { ...parts, suggestions, navigation, opened, goBack };
}

const states = ({ server }: { server: SmallServer }) => [...server.annotations.values()].map(({ state }) => state);

describe("leaving an image", () => {
  it("asks nothing when there is nothing to accept", () => {
    const { navigation, suggestions, opened } = withTwoImages(box("drawn", { state: "accepted" }), box("failed", { shape: null }));
    navigation.step(1);
    expect([suggestions.isAsked, opened]).toEqual([false, [2]]);
  });

  const WAYS: Record<string, (navigation: Navigation) => void> = {
    next: (navigation) => navigation.step(1),
    "the list": (navigation) => navigation.visit(2),
    "done and the next": (navigation) => navigation.finish(),
  };

  for (const [name, leave] of Object.entries(WAYS)) {
    it(`asks about suggestions, by ${name}`, async () => {
      const parts = withTwoImages(box("a"), box("b"), box("c", { state: "accepted" }));
      const { navigation, suggestions, opened } = parts;
      leave(navigation);
      expect([suggestions.isAsked, suggestions.count, opened]).toEqual([true, 2, []]);
      suggestions.answer("stay", true);
      expect([suggestions.isAsked, opened, parts.server.status.status]).toEqual([false, [], "todo"]);
      leave(navigation);
      suggestions.answer("accept", false);
      expect(opened).toEqual([2]);
      await parts.settled();
      expect(states(parts)).toEqual(["accepted", "accepted", "accepted"]);
    });
  }

  it("accepts everything and goes on with one key, without a question", async () => {
    const parts = withTwoImages(box("a"), box("b"), box("failed", { shape: null }));
    const { navigation, suggestions, opened } = parts;
    navigation.acceptAndFinish();
    expect([suggestions.isAsked, opened]).toEqual([false, [2]]);
    await parts.settled();
    expect([states(parts), parts.server.status.status]).toEqual([["accepted", "accepted", "proposed"], "done"]);
  });

  it("asks before the previous image, but not where there is none", () => {
    const { navigation, suggestions, images, opened, status } = withTwoImages(box("a"));
    navigation.step(-1);
    expect([suggestions.isAsked, status.notice]).toEqual([false, "This is the first image in the list"]);
    images.load([{ ...IMAGE, id: 2, file_name: "a.png" }, IMAGE]);
    navigation.step(-1);
    expect([suggestions.isAsked, opened]).toEqual([true, []]);
  });

  it("asks at the end of the list", () => {
    const { navigation, suggestions, images, status } = withTwoImages(box("a"));
    images.load([IMAGE]);
    navigation.step(1);
    expect([suggestions.isAsked, status.notice]).toEqual([true, ""]);
    suggestions.answer("leave", false);
    expect(status.notice).toBe("This is the last image in the list");
  });

  it("asks once about what a person leaves, and again after a correction", async () => {
    const parts = withTwoImages(box("a"));
    const { navigation, suggestions, opened, goBack, bench } = parts;
    navigation.step(1);
    suggestions.answer("leave", false);
    goBack();
    navigation.step(1);
    expect([suggestions.isAsked, opened]).toEqual([false, [2]]);
    goBack();
    bench.respond("a", [{ type: "click", x: 9, y: 9, adds: true }]);
    await parts.settled();
    navigation.step(1);
    expect(suggestions.isAsked).toBe(true);
  });

  it("remembers the choice as a setting, which asks no more", async () => {
    const parts = withTwoImages(box("a"));
    const { navigation, suggestions, settings, opened, status } = parts;
    navigation.step(1);
    suggestions.answer("accept", true);
    await parts.settled();
    expect([settings.values.onLeaving, states(parts)]).toEqual(["accept", ["accepted"]]);
    const other = withTwoImages(box("b"));
    other.settings.set("onLeaving", "accept");
    other.navigation.step(1);
    expect([other.suggestions.isAsked, other.opened, other.status.notice]).toEqual([false, [2], "Accepted 1 suggestion"]);
    await other.settled();
    expect(states(other)).toEqual(["accepted"]);
    expect([opened, status.notice]).toEqual([[2], "Accepted 1 suggestion"]);
  });

  it("accepts an object whose answer is under way, apart from the others", async () => {
    const parts = withTwoImages(box("a"));
    const { navigation, suggestions, bench, server } = parts;
    bench.take("segment");
    server.held = true;
    bench.respond(null, [{ type: "click", x: 9, y: 9, adds: true }]);
    navigation.step(1);
    expect(suggestions.count).toBe(2);
    suggestions.answer("accept", false);
    server.release();
    await parts.settled();
    expect(states(parts)).toEqual(["accepted", "accepted"]);
    expect(server.requests.filter(({ path }) => path.endsWith("/edits")).map(({ body }) => (body["annotations"] as []).length)).toEqual([1, 1]);
  });

  it("counts suggested boxes while the tool shows them", async () => {
    const parts = withTwoImages();
    const { bench, navigation, suggestions, settings, opened, goBack, click } = parts;
    bench.take("detect");
    click([20, 20]);
    click([60, 20]);
    await parts.settled();
    navigation.step(1);
    expect([suggestions.isAsked, suggestions.count]).toEqual([true, 2]);
    suggestions.answer("stay", false);
    settings.set("leastScore", 0.95);
    navigation.step(1);
    expect([suggestions.isAsked, opened]).toEqual([false, [2]]);
    goBack();
    settings.set("leastScore", 0.6);
    bench.take("select");
    navigation.step(1);
    expect(suggestions.isAsked).toBe(false);
    goBack();
    bench.take("detect");
    navigation.step(1);
    expect(suggestions.count).toBe(1);
    suggestions.answer("accept", false);
    await parts.settled();
    expect(states(parts)).toEqual(["accepted"]);
  });
});

describe("leaving an image with suggestions of a model of points", () => {
  it("asks about them while the tool shows them, and accepts them together", async () => {
    const point = { ...newAnnotation("p", 1, CELL), state: "accepted", shape: { type: "point", x: 10, y: 20 } } as const;
    const parts = withTwoImages(point);
    const { bench, navigation, suggestions, settled, opened } = parts;
    bench.take("point");
    bench.points.leastScore = 0;
    bench.points.ask(0);
    await settled();
    bench.take("select");
    expect(suggestions.count).toBe(0);
    bench.take("point");
    navigation.step(1);
    expect([suggestions.isAsked, suggestions.count]).toEqual([true, 2]);
    suggestions.answer("accept", false);
    await settled();
    expect(opened).toEqual([2]);
    const places = [...parts.server.annotations.values()].map(({ shape }) => shape);
    expect(places).toEqual([{ type: "point", x: 20, y: 20 }, { type: "point", x: 10, y: 40 }]);
  });
});

describe("setting an image to done", () => {
  it("asks the same, and back to to do asks nothing", async () => {
    const parts = withTwoImages(box("a"));
    const { navigation, suggestions, images } = parts;
    navigation.toggle(images.current!);
    expect([suggestions.isAsked, images.current!.status]).toEqual([true, "todo"]);
    suggestions.answer("leave", false);
    expect(images.current!.status).toBe("done");
    await parts.settled();
    navigation.toggle(images.current!);
    expect([suggestions.isAsked, images.current!.status]).toEqual([false, "todo"]);
  });

  it("shows another image with suggestions first", async () => {
    const parts = withTwoImages();
    const { navigation, suggestions, images, opened, settings } = parts;
    const other = { ...IMAGE, id: 2, proposed: 3 };
    navigation.toggle(other);
    await parts.settled();
    expect(opened).toEqual([2]);
    parts.goBack();
    images.load([IMAGE, other]);
    settings.set("onLeaving", "leave");
    navigation.toggle(other);
    expect([suggestions.isAsked, opened, images.all[1]!.status]).toEqual([false, [], "done"]);
  });

  it("says what stays open after the last image", () => {
    const { navigation, suggestions, images, status } = withTwoImages(box("a"));
    images.load([IMAGE]);
    navigation.finish();
    suggestions.answer("leave", false);
    expect(status.notice).toBe("Done. 1 suggestion is not accepted and will not be exported. This is the last image in the list");
  });
});
