/** Select: pick an object, move it, or drag the handles of its box or the corners of its polygon. */

import type { Annotation, Point, Shape } from "../../api/types";
import { clampPoint, distance } from "../../render/coordinates";
import { cursorOf, type Grip, gripAt, pulled } from "../../render/handles";
import type { Pointer } from "../../render/pointer";
import type { Draft } from "../../render/scene";
import { withinImage } from "../../render/shapes";
import { afterwards, classKeys, hintOf } from "../shared/hints";
import { CLICK_SLACK, Session } from "../shared/session";

export class SelectSession extends Session {
  private press: Pointer | null = null;
  private held: { target: Annotation; grip: Grip } | null = null;
  private pulling: Shape | null = null;
  /** Where an object was picked last. */
  private picked: Point | null = null;

  hint(): string {
    const { desk } = this;
    const { selected } = desk;
    if (this.pulling !== null) return hintOf(desk, "Release to keep this change", ["back", "cancels"]);
    if (selected === null) return hintOf(desk, "Click an object to select it", ["forward", "selects the next suggestion"]);
    return hintOf(
      desk,
      howToChange(selected.shape),
      `${classKeys(desk)} changes its class`,
      ["delete", "deletes it"],
      afterwards(desk),
    );
  }

  override cursor(at: Point | null): string {
    const grip = at === null ? null : this.gripAt(at);
    if (grip !== null) return cursorOf(grip, this.desk.selected!.shape!);
    return at !== null && this.desk.hit(at) !== null ? "pointer" : "default";
  }

  override down(pointer: Pointer): void {
    if (pointer.button !== "left") return;
    this.press = pointer;
    const { selected } = this.desk;
    const grip = this.gripAt(pointer.image);
    this.held = selected !== null && grip !== null ? { target: selected, grip } : null;
  }

  override move(pointer: Pointer): void {
    if (this.press === null || this.held === null) return;
    const far = distance(this.press.screen, pointer.screen) > CLICK_SLACK;
    if (this.pulling === null && !far) return;
    const { target, grip } = this.held;
    const stays = grip.kind === "side" || grip.kind === "vertex";
    const to = stays ? clampPoint(pointer.image, ...this.desk.imageSize) : pointer.image;
    this.pulling = withinImage(pulled(target.shape!, grip, to, pointer.shift), this.desk.imageSize);
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { press, held, pulling } = this;
    this.cancel();
    if (press === null) return;
    if (held !== null && pulling !== null) this.desk.edit("move", held.target.id, { shape: pulling });
    else if (distance(press.screen, pointer.screen) <= CLICK_SLACK) this.pick(press.image);
  }

  override cancel(): void {
    this.press = this.held = this.pulling = null;
    this.desk.changed();
  }

  override back(): boolean {
    const busy = this.pulling !== null;
    this.cancel();
    return busy;
  }

  override draft(): Draft | null {
    if (this.held === null || this.pulling === null) return null;
    return { id: this.held.target.id, shape: this.pulling, bitmap: null, touched: null };
  }

  /** The smallest object there; a second click on the same place takes the next larger one. */
  private pick(at: Point): void {
    const under = this.desk.hits(at);
    const again = this.picked !== null && distance(this.picked, at) * this.desk.scale <= CLICK_SLACK;
    const current = again ? under.findIndex((annotation) => annotation.id === this.desk.selected?.id) : -1;
    this.picked = at;
    this.desk.select(under[(current + 1) % Math.max(1, under.length)]?.id ?? null);
  }

  private gripAt(at: Point): Grip | null {
    const shape = this.desk.selected?.shape;
    return shape ? gripAt(shape, at, this.desk.scale) : null;
  }
}

function howToChange(shape: Shape | null): Parameters<typeof hintOf>[1] {
  if (shape?.type === "mask") return ["tool.segment", "corrects it"];
  if (shape?.type === "point") return "Drag it";
  return shape?.type === "polygons" ? "Drag it or its corners" : "Drag it or a handle · the round handle rotates";
}
