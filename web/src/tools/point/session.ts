/** Point: a click places a point, a drag moves one. */

import type { Annotation, Point, PointShape } from "../../api/types";
import { clampPoint, distance } from "../../render/coordinates";
import { GRAB_PIXELS } from "../../render/handles";
import type { Pointer } from "../../render/pointer";
import type { Draft } from "../../render/scene";
import { WAIT_HINT } from "../shared/clicks";
import { counted } from "../shared/desk";
import { afterwards, classKeys, hintOf } from "../shared/hints";
import { CLICK_SLACK, Session } from "../shared/session";

interface Pull {
  press: Pointer;
  point: Annotation;
  shape: PointShape;
  /** It has left the place where it was taken. */
  moved: boolean;
}

export class PointSession extends Session {
  private press: Pointer | null = null;
  private pull: Pull | null = null;
  private at: Point | null = null;
  /** Where a point was placed just now: until the pointer goes on, what comes next is offered, not what is under it. */
  private made: Point | null = null;

  hint(): string {
    const { desk } = this;
    if (this.pull?.moved) return hintOf(desk, "Release to keep this change", ["back", "cancels"]);
    return (this.made === null ? this.hintHere() : null) ?? this.hintOfSuggestions() ?? this.hintOfPlacing();
  }

  /** About what is under the pointer. */
  private hintHere(): string | null {
    const { desk } = this;
    const { points } = desk;
    if (points.hoveredMove !== null) return hintOf(desk, "Click to accept this move", ["delete", "rejects it"]);
    if (points.hovered !== null) return hintOf(desk, "Click to accept this point", ["delete", "rejects it"]);
    return this.pointAt(this.at) === null ? null : "Drag to move this point · right-click to remove it";
  }

  private hintOfSuggestions(): string | null {
    const { desk } = this;
    const { moves, suggested, waiting } = desk.points;
    if (waiting) return WAIT_HINT;
    if (moves.length > 0) {
      const arrows = `${counted(moves.length, "move")} · click an arrow to accept it`;
      return hintOf(desk, arrows, ["forward", "accepts all"], ["back", "rejects all"]);
    }
    if (suggested.length === 0 || desk.selected !== null) return null;
    const rings = `${counted(suggested.length, "suggested point")} · click a ring to accept it`;
    return hintOf(desk, rings, ["accept-all", "accepts all"]);
  }

  private hintOfPlacing(): string {
    const { desk } = this;
    if (desk.selected?.shape?.type === "point") {
      const outlines = desk.points.outliner === "" ? [] : [["points.outline", "outlines its object"] as const];
      return hintOf(desk, "Click the next object", ["delete", "removes this point"], ...outlines);
    }
    if (desk.selected?.state === "proposed") return hintOf(desk, "Click the next object", afterwards(desk), ["tool.segment", "corrects it"]);
    return `Click an object to place a point · ${classKeys(desk)} chooses its class`;
  }

  override cursor(at: Point | null): string {
    if (at !== null && (this.desk.points.moveAt(at) ?? this.desk.points.at(at)) !== null) return "pointer";
    return this.pointAt(at) === null ? "crosshair" : "move";
  }

  override down(pointer: Pointer): void {
    this.press = pointer;
    const point = this.pointAt(pointer.image);
    if (point === null || removes(pointer)) return;
    this.pull = { press: pointer, point, shape: point.shape as PointShape, moved: false };
  }

  override move(pointer: Pointer): void {
    const { pull } = this;
    if (pull === null) return this.follow(pointer.image);
    pull.moved ||= distance(pull.press.screen, pointer.screen) > CLICK_SLACK;
    if (!pull.moved) return;
    const { x, y } = pull.point.shape as PointShape;
    const [fromX, fromY] = pull.press.image;
    const [toX, toY] = pointer.image;
    pull.shape = pointShape(clampPoint([x + toX - fromX, y + toY - fromY], ...this.desk.imageSize));
    this.desk.changed();
  }

  override up(pointer: Pointer): void {
    const { press, pull } = this;
    this.cancel();
    if (press === null) return;
    if (pull?.moved) this.desk.edit("move", pull.point.id, { shape: pull.shape });
    else if (distance(press.screen, pointer.screen) <= CLICK_SLACK * 2) this.click(press);
  }

  override cancel(): void {
    this.press = this.pull = null;
    this.desk.changed();
  }

  override back(): boolean {
    const busy = this.pull !== null;
    this.cancel();
    if (busy) return true;
    const { moves } = this.desk.points;
    if (moves.length > 0) this.desk.points.take("delete", moves, []);
    return moves.length > 0;
  }

  override forward(): boolean {
    const { points } = this.desk;
    if (points.hovered !== null) points.take("accept", [], [points.hovered]);
    else if (points.moves.length > 0) points.take("accept", points.moves, []);
    else if (points.suggested.length === 0 || this.desk.selected !== null) return false;
    else this.desk.say(hintOf(this.desk, "Point at a suggested point to accept it", ["accept-all", "accepts all"]));
    return true;
  }

  override discard(): boolean {
    const { hoveredMove, hovered } = this.desk.points;
    const isHere = hoveredMove !== null || hovered !== null;
    if (isHere) this.desk.points.takeOne("delete");
    return isHere;
  }

  override remove(): boolean {
    return this.discard();
  }

  override draft(): Draft | null {
    return this.pull?.moved ? { id: this.pull.point.id, shape: this.pull.shape, bitmap: null, touched: null } : null;
  }

  private follow(at: Point): void {
    const before = this.hint();
    this.at = at;
    if (this.made !== null && distance(this.made, at) * this.desk.scale > GRAB_PIXELS) this.made = null;
    if (this.hint() !== before) this.desk.changed();
  }

  private click(pointer: Pointer): void {
    const point = this.pointAt(pointer.image);
    if (this.takeAt(pointer)) return;
    if (removes(pointer)) return point === null ? this.desk.say("Right-click a point to remove it") : this.desk.discard(point.id);
    if (point !== null) return this.desk.select(point.id);
    const [x, y] = pointer.image;
    const [width, height] = this.desk.imageSize;
    if (x < 0 || y < 0 || x > width || y > height) return;
    this.made = pointer.image;
    this.desk.select(null); // the point gets the chosen class, not that of the selected object
    const id = this.desk.edit("point", null, { state: "accepted", shape: pointShape([x, y]) });
    if (id !== null) this.desk.showMade(id);
  }

  /** Accepts or rejects what is suggested at a place. */
  private takeAt(pointer: Pointer): boolean {
    const { points } = this.desk;
    const kind = removes(pointer) ? "delete" : "accept";
    const move = points.moveAt(pointer.image);
    const suggested = move === null ? points.at(pointer.image) : null;
    if (move === null && suggested === null) return false;
    points.take(kind, move === null ? [] : [move], suggested === null ? [] : [suggested]);
    return true;
  }

  private pointAt(at: Point | null): Annotation | null {
    return at === null ? null : (this.desk.hits(at).find(({ shape }) => shape?.type === "point") ?? null);
  }
}

const removes = ({ button, ctrl }: Pointer): boolean => button === "right" || ctrl;
const rounded = (value: number) => Math.round(value * 100) / 100;
const pointShape = ([x, y]: Point): PointShape => ({ type: "point", x: rounded(x), y: rounded(y) });
