/** The real state of the page on one image, with a small server behind it. */

import { Client } from "../../src/api/client";
import type { Point } from "../../src/api/types";
import { Bench } from "../../src/state/bench.svelte";
import { Classes } from "../../src/state/classes.svelte";
import { Detections } from "../../src/state/detections.svelte";
import { Editor } from "../../src/state/editor.svelte";
import { Effort } from "../../src/state/effort.svelte";
import { Images } from "../../src/state/images.svelte";
import { Objects } from "../../src/state/objects.svelte";
import { Regions } from "../../src/state/regions.svelte";
import { Place } from "../../src/state/place";
import { Settings } from "../../src/state/settings.svelte";
import { Status } from "../../src/state/status.svelte";
import { SuggestedPoints } from "../../src/state/suggested-points.svelte";
import type { Pointer } from "../../src/render/pointer";
import { IMAGE, methodOf, SmallServer } from "./server";
import { MemoryStorage } from "./storage";

/** Models that have no tool of their own, and those whose task they have. */
const LIKE: Record<string, string> = { sam: "segment", blobs: "detect", halfway: "points" };

export function setUp(server = new SmallServer(), storage = new MemoryStorage(), methods = ["segment", "regions", "detect"]) {
  const models = methods.map((name) => methodOf(name, LIKE[name] ?? name));
  const settings = new Settings(storage);
  const images = new Images(settings);
  images.load([IMAGE]);
  images.currentId = 1;
  const [objects, classes, effort, status] = [new Objects(), new Classes(), new Effort(), new Status()];
  const detections = new Detections({ classes, settings });
  const scale = () => 2;
  const suggestedPoints = new SuggestedPoints({ classes, detections, objects, settings, scale });
  objects.load(1, [...server.annotations.values()]);
  const place = new Place(storage, "test");
  const answers: string[] = [];
  const visits: number[] = [];
  classes.confirmed = server.classes;
  const regions = new Regions({ images, objects, classes });
  const editor = new Editor(
    {
      ...{ client: new Client({}, server.fetch, "http://page"), storage, images, objects, classes, detections, effort, status },
      model: (name) => models.find((model) => model.name === name),
      goTo: (imageId) => visits.push(imageId),
      answered: (answer) => {
        answers.push(answer.kind);
        regions.noteAnswer(answer);
      },
    },
    "test",
  );
  const bench = new Bench({
    ...{ editor, images, objects, classes, detections, settings, status, place },
    regions,
    methods: () => models,
    progress: () => null,
    isOpen: () => images.current !== null,
    ...{ suggestedPoints, scale },
    redraw: () => undefined,
  });
  editor.refresh();
  editor.steps.note(1, server.history());
  bench.resume(1);
  const settled = async () => {
    await editor.outbox.drained();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { server, storage, place, settings, images, objects, classes, detections, suggestedPoints, regions, status, editor, bench, visits, answers, settled, ...hands(bench) };
}

/** What a person does with a mouse; places are image pixels, two screen pixels each. */
export function hands(bench: Bench) {
  const pointer = (image: Point, more: Partial<Pointer> = {}): Pointer => {
    return { image, screen: [image[0] * 2, image[1] * 2], button: "left", shift: false, ctrl: false, ...more };
  };
  return {
    click(at: Point, more: Partial<Pointer> = {}): void {
      bench.pointer("down", pointer(at, more));
      bench.pointer("up", pointer(at, more));
    },
    drag(places: Point[], more: Partial<Pointer> = {}): void {
      bench.pointer("down", pointer(places[0]!, more));
      for (const place of places.slice(1)) bench.pointer("move", pointer(place, more));
      bench.pointer("up", pointer(places.at(-1)!, more));
    },
    doubleClick(at: Point): void {
      bench.pointer("doubleClick", pointer(at));
    },
  };
}
