/** Undo and redo of this browser's work on one image at a time: what the server knows, with what is under way on top. */

import { type Client, Refused } from "../api/client";
import type { Outbox } from "../api/outbox";
import type { ChangeAnswer, UndoState } from "../api/types";
import {
  cancel,
  type Change,
  type Deed,
  isDeed,
  isStep,
  isUnforeseen,
  kindOf,
  meant,
  onImage,
  redoTarget,
  type StepChange,
  subjectOf,
  undoTarget,
} from "./changes";
import { wordFor } from "./history";
import type { Images } from "./images.svelte";
import type { Status } from "./status.svelte";

export interface UndoParts {
  client: Client;
  images: Images;
  status: Status;
  outbox(): Outbox<Change>;
  /** What a change of the current image begins with. */
  stamp(): { id: string; imageId: number; seconds: number };
  push(change: Change): void;
  /** Selects an object that is there. */
  select(annotationId: string | null): void;
  goTo(imageId: number): void;
  /** Something was done again. */
  redone(answer: ChangeAnswer): void;
}

const NONE: UndoState = { undo: null, redo: null, undo_of: null, redo_of: null, undo_prompts: null };
const OFFER_MS = 8000;
/** Undoing again sooner than this is a key held down, or the same burst of presses. */
const BURST_MS = 400;

export class Undo {
  /** By image, as the server last said. */
  private histories = $state.raw<ReadonlyMap<number, UndoState>>(new Map());
  /** What is under way, as the outbox holds it. */
  private pending = $state.raw<readonly Change[]>([]);
  private readonly history = $derived.by(() => this.histories.get(this.imageId) ?? NONE);
  readonly canUndo = $derived.by(() => undoTarget(this.here) !== null || this.history.undo !== null);
  readonly canRedo = $derived.by(() => redoTarget(this.here) !== null || this.history.redo !== null);
  readonly undoWord = $derived(this.history.undo === null ? "" : wordFor(this.history.undo));
  readonly redoWord = $derived(this.history.redo === null ? "" : wordFor(this.history.redo));
  /** At the end of an image's line: the image that the next undo goes to. */
  private offer: { from: number; to: number; until: number } | null = null;
  private askedAt = -BURST_MS;

  constructor(private readonly parts: UndoParts) {}

  /** Takes up what the server says about an image. */
  note(imageId: number, history: UndoState): void {
    this.histories = new Map([...this.histories, [imageId, history]]);
  }

  refresh(pending: readonly Change[]): void {
    this.pending = pending;
  }

  undo(): void {
    const target = undoTarget(this.here);
    if (target === null && !this.histories.has(this.imageId)) return this.parts.status.say("The image is still loading; try again when it has loaded");
    if (target === null && this.nothingTo("undo")) return void this.atTheEnd();
    this.step("undo", target);
  }

  redo(): void {
    const target = redoTarget(this.here);
    if (target === null && this.nothingTo("redo")) return this.parts.status.say("Nothing to redo on this image");
    this.step("redo", target);
  }

  /** Whether undo would take back the latest click, box or stroke for this object ("": the class clicks of the image). */
  takesBackPrompts(annotationId: string): boolean {
    const target = undoTarget(this.here);
    if (target === null) {
      const { undo, undo_prompts } = this.history;
      return !isUnforeseen(this.here) && undo_prompts === annotationId && (annotationId !== "" || undo === "click");
    }
    if (target.action === "class-clicks") return annotationId === "" && kindOf(target) === "click";
    return target.action === "respond" && target.annotationId === annotationId;
  }

  /** The id of the change that a step of this image means; null: any. */
  next(step: StepChange): string | null {
    const history = this.histories.get(step.imageId);
    const of = history?.[`${step.action}_of`] ?? null;
    if (history !== undefined && of === null) throw new Refused(`there is nothing to ${step.action}`, "conflict");
    return of;
  }

  /** Shows what a step did. */
  reached(step: StepChange, answer: ChangeAnswer): void {
    const { images, redone, select, status } = this.parts;
    const { annotations, removed, proposals } = answer;
    // A redo of clicks on a large image restores the first part of the answer; the page then requests the others.
    // Once the outbox has dropped the step, the clicks that it restores are shown.
    if (step.action === "redo") setTimeout(() => redone(answer));
    if (step.cancelledBy !== undefined) return;
    status.say(reportOf(step, answer), answer.kept > 0 ? OFFER_MS : undefined);
    if (step.imageId !== images.currentId || annotations.length + removed.length === 0) return;
    // Once the outbox has dropped the step, what is shown is up to date.
    setTimeout(() => select(proposals === null ? (annotations[0]?.id ?? null) : null));
  }

  /** Steps that meant a refused change, or followed a refused step, would reach something else. */
  withdrawAfter(refused: Change): void {
    const of = isStep(refused) ? refused.of : refused.id;
    const follows = (step: StepChange) => step.imageId === refused.imageId && isStep(refused) && step.of === undefined;
    this.parts.outbox().withdraw((other) => isStep(other) && (other.of === of || follows(other)));
  }

  /** A step of which only the server knows what it does is not seen before it is back. */
  sayWhatWaits(): void {
    const { outbox, status } = this.parts;
    const step = outbox().pending.findLast((change) => isStep(change) && !change.foreseen);
    if (step === undefined || status.connection === "fine") return;
    status.say(`${step.action === "undo" ? "Undo" : "Redo"} waits for the server`);
  }

  private get imageId(): number {
    return this.parts.images.currentId ?? 0;
  }

  private get here(): Change[] {
    return onImage(this.pending, this.imageId);
  }

  private nothingTo(action: "undo" | "redo"): boolean {
    return this.history[action] === null && !isUnforeseen(this.here);
  }

  private step(action: "undo" | "redo", target: Deed | StepChange | null): void {
    const { parts, here } = this;
    const of = meant(here, action, target, this.history);
    const step: StepChange = { ...parts.stamp(), action, ...(of !== null && { of }) };
    this.offer = null;
    if (target !== null) {
      cancel(here, target, step);
      here.forEach((change) => parts.outbox().keep(change));
    }
    parts.push(step);
    if (target === null) this.sayWhatWaits();
    if (target === null || !isDeed(target)) return;
    const subject = subjectOf(target);
    if (subject !== null) parts.select(subject);
    parts.status.say(`Undone: ${wordFor(kindOf(target))}`);
  }

  /** Says that this image's line ends here; a second undo goes to the image where the person last changed something. */
  private async atTheEnd(): Promise<void> {
    const { imageId, offer } = this;
    const { goTo, images, status } = this.parts;
    const now = performance.now();
    const isBurst = now - this.askedAt < BURST_MS;
    this.askedAt = now;
    if (offer?.from === imageId && now < offer.until) {
      if (isBurst) return;
      this.offer = null;
      return goTo(offer.to);
    }
    status.say(NOTHING);
    const to = await this.changedBefore(imageId);
    const image = images.all.find(({ id }) => id === to);
    if (image === undefined || imageId !== this.imageId || !this.nothingTo("undo")) return;
    this.offer = { from: imageId, to: image.id, until: performance.now() + OFFER_MS };
    status.say(`${NOTHING}. Undo again to open ${image.file_name}, which you changed last`, OFFER_MS);
  }

  private async changedBefore(imageId: number): Promise<number | null> {
    const waiting = this.pending.findLast((change) => isDeed(change) && change.imageId !== imageId && change.imageId !== 0);
    if (waiting !== undefined) return waiting.imageId;
    const image = await this.parts.client.changedBefore(imageId).catch(() => null);
    return image?.id ?? null;
  }
}

const NOTHING = "Nothing more to undo on this image";

function reportOf({ action }: StepChange, { kind, kept, annotations, removed, classes, proposals }: ChangeAnswer): string {
  const what = wordFor(kind);
  const [done, notDone] = action === "undo" ? ["Undone", "Not undone"] : ["Redone", "Not redone"];
  if (kept === 0) return `${done}: ${what}`;
  const isNothing = annotations.length + removed.length === 0 && classes === null && proposals === null;
  if (isNothing) return `${notDone}: ${what}, because another page has changed it since`;
  return `${done}: ${what}, except for what another page has changed since`;
}
