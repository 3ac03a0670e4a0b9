/** What models found: said where it is not what was asked for, and followed where an answer has further parts. */

import type { ChangeAnswer } from "../api/types";
import { hintOf } from "../tools/shared/hints";
import type { Bench } from "./bench.svelte";
import type { Classes } from "./classes.svelte";
import type { Objects } from "./objects.svelte";
import { isWithoutBox } from "./proposals";
import type { RestOfImage } from "./rest.svelte";
import { asTitle } from "./sentence";
import type { Settings } from "./settings.svelte";
import type { Status } from "./status.svelte";

const READING_MS = 8000;

export interface FindingsParts {
  bench: Bench;
  classes: Classes;
  objects: Objects;
  rest: RestOfImage;
  settings: Settings;
  status: Status;
}

export class Findings {
  constructor(private readonly parts: FindingsParts) {}

  note(answer: ChangeAnswer): void {
    if (answer.error === null) this.noteBoxes(answer);
    this.notePoints(answer);
  }

  private noteBoxes({ image, kind, proposals }: ChangeAnswer): void {
    if (proposals === null) return;
    if (kind === "find") this.noteMissing(proposals);
    if (kind === "click") this.noteClick(proposals);
    if (image !== null && proposals.whole === false && ["click", "unclick", "find"].includes(kind)) {
      void this.parts.rest.follow(image.id, proposals.method || (this.parts.bench.proposer?.method ?? ""));
    }
  }

  /** Says that nothing of the chosen class was found, and what helps. */
  private noteMissing({ boxes, class_ids, whole }: Found): void {
    const { classes, settings } = this.parts;
    const chosen = classes.shown.find(({ id }) => id === classes.chosenId);
    if (chosen === undefined || class_ids.includes(chosen.id) || !whole) return;
    const what = boxes.length === 0 ? "No objects" : `No objects of the class “${chosen.name}”`;
    const why = settings.values.elsewhere
      ? "Click two objects of a class, in any image, then try again"
      : "Turn on “Use examples from other images” to find more";
    this.say(`${what} found. ${why}`);
  }

  /** Says that a click has no box. */
  private noteClick({ boxes, clicks }: Found): void {
    const { bench, objects } = this.parts;
    const click = clicks.at(-1);
    if (click === undefined || !isWithoutBox(click, boxes) || objects.index.at([click.x, click.y]).length > 0) return;
    this.say(hintOf(bench, "No box found at this click; click the middle of the object", ["tool.box", "draws a box by hand"]));
  }

  /** Says what a model of points came to, and asks for the remaining tiles of a large image. */
  private notePoints({ image, kind, error, proposals }: ChangeAnswer): void {
    const asked = this.parts.bench.points.models.find(({ name }) => kind === `${name} points`);
    if (image === null || asked === undefined) return;
    if (error !== null) return this.say(error);
    const found = proposals?.points.find(({ method }) => method === asked.name);
    if (found === undefined) return;
    if (!found.whole) void this.parts.rest.follow(image.id, asked.name);
    else if (found.moves.length + found.points.length === 0) {
      this.say(`${asTitle(asked.name)} found nothing to change; place more points, then try again`);
    }
  }

  private say(text: string): void {
    this.parts.status.say(text, READING_MS);
  }
}

type Found = NonNullable<ChangeAnswer["proposals"]>;
