/** What can be done to proposed boxes, by the tool and by its panel. */

import type { Annotation, ClassClick, Point, TakeKind } from "../api/types";
import type { Desk, DetectionDesk } from "../tools/shared/desk";
import { hintOf } from "../tools/shared/hints";
import type { Tool } from "../tools/shared/tool";
import { type Detections, MOST_BOXES } from "./detections.svelte";
import type { Editor } from "./editor.svelte";
import type { Objects } from "./objects.svelte";
import type { Settings } from "./settings.svelte";

export interface DetectionParts {
  detections: Detections;
  editor: Editor;
  objects: Objects;
  settings: Settings;
  progress(): number | null;
}

/** The desk, and the tools on it. */
export interface Bench extends Desk {
  /** The tool in hand if it proposes boxes, otherwise the first that does. */
  readonly proposer: Tool | null;
  readonly proposes: boolean;
  take(toolId: string): void;
}

export class Detection implements DetectionDesk {
  constructor(
    private readonly parts: DetectionParts,
    private readonly bench: Bench,
  ) {}

  get clicks(): readonly ClassClick[] {
    return this.parts.detections.current.clicks;
  }

  get proposals(): readonly Annotation[] {
    return this.parts.detections.shown;
  }

  get hovered(): Annotation | null {
    return this.parts.detections.hovered;
  }

  get waiting(): boolean {
    return this.parts.detections.waiting;
  }

  get count(): number {
    return this.parts.detections.current.boxes.length;
  }

  readonly most = MOST_BOXES;

  get isFull(): boolean {
    return this.parts.detections.isFull;
  }

  get leastScore(): number {
    return this.parts.settings.values.leastScore;
  }

  set leastScore(score: number) {
    this.parts.settings.set("leastScore", score);
  }

  get knowsLimits(): boolean {
    return this.parts.detections.knowsLimits;
  }

  get onlyWorthwhile(): boolean {
    return this.parts.settings.values.onlyWorthwhile;
  }

  set onlyWorthwhile(wanted: boolean) {
    this.parts.settings.set("onlyWorthwhile", wanted);
  }

  get usesExamples(): boolean {
    return this.parts.settings.values.elsewhere;
  }

  get progress(): number | null {
    return this.parts.progress();
  }

  at(point: Point): Annotation | null {
    return this.parts.objects.allHidden ? null : this.parts.detections.at(point);
  }

  ask(clicks: ClassClick[], removed: ClassClick[] = []): void {
    const { proposer } = this.bench;
    if (proposer?.method === undefined) return this.bench.say("No installed model can detect objects");
    this.parts.editor.clickClasses(proposer.method, clicks, removed, this.usesExamples);
    this.bench.changed();
  }

  take(kind: TakeKind, proposals: readonly Annotation[]): void {
    const { bench } = this;
    if (proposals.length === 0) return bench.say("There are no suggested boxes here");
    this.parts.editor.takeProposals(kind, proposals);
    const count = proposals.length === 1 ? "1 box" : `${proposals.length} boxes`;
    bench.say(kind === "accept" ? `Accepted ${count}` : hintOf(bench, `Deleted ${count}`, ["undo", "undoes this"]));
    bench.changed();
  }

  /** The boxes of one class. */
  acceptClass(classId = this.bench.classId): void {
    this.take("accept", this.proposals.filter(({ class_id }) => class_id === classId));
  }

  /** Finds objects without a click in this image: like those clicked in other images, or by the model alone. */
  find(): void {
    const { proposer } = this.bench;
    if (proposer === null) return this.bench.say("No installed model can detect objects");
    if (!this.bench.proposes) this.bench.take(proposer.id);
    this.ask([]);
  }

  /** Whether clicks in other images count; what is there is answered anew. */
  useExamples(wanted: boolean): void {
    this.parts.settings.set("elsewhere", wanted);
    if (wanted || this.clicks.length > 0 || this.count > 0) this.ask([]);
  }
}
