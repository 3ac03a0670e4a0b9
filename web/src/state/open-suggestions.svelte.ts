/** The suggestions of the current image that nobody has accepted, and the question about them before a person goes on. */

import type { Annotation } from "../api/types";
import type { Arrow } from "../render/arrows";
import { hasPixels } from "../render/region-map";
import type { Bench } from "./bench.svelte";
import type { Detections } from "./detections.svelte";
import type { Images } from "./images.svelte";
import type { Objects } from "./objects.svelte";
import type { Settings } from "./settings.svelte";

export interface OpenSuggestionsParts {
  bench: Bench;
  detections: Detections;
  images: Images;
  objects: Objects;
  settings: Settings;
}

export class OpenSuggestions {
  /** What follows once the person has decided; null: nothing is asked. */
  private goOn = $state.raw<(() => void) | null>(null);
  /** What a person has left, by image, so that they are asked about it once. */
  private readonly left = new Map<number, string>();

  constructor(private readonly parts: OpenSuggestionsParts) {}

  get isAsked(): boolean {
    return this.goOn !== null;
  }

  get count(): number {
    return this.objects.length + this.boxes.length + this.points.length + this.moves.length;
  }

  /** Runs `goOn` once it is decided what becomes of the suggestions; never, if the person stays. */
  settle(goOn: () => void): void {
    const { onLeaving } = this.parts.settings.values;
    if (this.count === 0 || this.left.get(this.imageId) === this.fingerprint) return goOn();
    if (onLeaving === "ask") return void (this.goOn = goOn);
    this.decide(onLeaving);
    goOn();
  }

  /** Accepts all of them, if there are any. */
  acceptAll(): void {
    if (this.count > 0) this.accept();
  }

  /** Answers the question. */
  answer(choice: "accept" | "leave" | "stay", remember: boolean): void {
    const { goOn } = this;
    this.goOn = null;
    if (goOn === null || choice === "stay") return;
    if (remember) this.parts.settings.set("onLeaving", choice);
    this.decide(choice);
    goOn();
  }

  private decide(choice: "accept" | "leave"): void {
    if (choice === "accept") this.accept();
    else this.left.set(this.imageId, this.fingerprint);
  }

  /** An object without an answer is accepted on its own: if the model fails, the others stay accepted. */
  private accept(): void {
    const { bench } = this.parts;
    const { count, objects, boxes, points, moves } = this;
    const accepted = { state: "accepted" } as const;
    const answered = objects.filter(({ shape }) => shape !== null);
    if (answered.length > 0) bench.editTogether("accept", answered.map(({ id }) => ({ annotationId: id, patch: accepted })));
    for (const { id } of objects.filter(({ shape }) => shape === null)) bench.edit("accept", id, accepted);
    if (boxes.length > 0) bench.detection.take("accept", boxes);
    if (points.length + moves.length > 0) bench.points.take("accept", moves, points);
    bench.say(`Accepted ${count === 1 ? "1 suggestion" : `${count} suggestions`}`);
  }

  /** Those that can be accepted now, or as soon as the model has answered. */
  private get objects(): readonly Annotation[] {
    const { shown, waiting } = this.parts.objects;
    return shown.filter((each) => each.state === "proposed" && (each.shape === null ? waiting.has(each.id) : hasPixels(each)));
  }

  /** Suggested boxes count while they are on the screen: with another tool, or a lower confidence, nobody sees them. */
  private get boxes(): readonly Annotation[] {
    return this.parts.bench.proposes ? this.parts.detections.shown : [];
  }

  /** The same for suggested points and moves of points. */
  private get points(): readonly Annotation[] {
    return this.parts.bench.showsPoints ? this.parts.bench.points.suggested : [];
  }

  private get moves(): readonly Arrow[] {
    return this.parts.bench.showsPoints ? this.parts.bench.points.moves : [];
  }

  private get imageId(): number {
    return this.parts.images.currentId ?? 0;
  }

  /** Changes with every prompt, so that a corrected suggestion is asked about again. */
  private get fingerprint(): string {
    const { clicks } = this.parts.detections.current;
    return JSON.stringify([this.objects.map(({ id, prompts }) => [id, prompts.length]), clicks.length, this.boxes.length, this.points.length, this.moves.length]);
  }
}
