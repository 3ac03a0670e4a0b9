/** Fill: an area that the selected object's mask encloses becomes part of it. */

import { fillRegion } from "../../render/bitmap";
import type { Pointer } from "../../render/pointer";
import { bitmapOf } from "../../render/shapes";
import { afterwards, hintOf } from "../shared/hints";
import { isPaintable, paintable, storePainted } from "../shared/painting";
import { Session } from "../shared/session";

export class FillSession extends Session {
  hint(): string {
    if (paintable(this.desk) === null) return "Select an object, then click a hole in it";
    return hintOf(this.desk, "Click an enclosed area to fill it", afterwards(this.desk));
  }

  override up(pointer: Pointer): void {
    if (pointer.button !== "left") return;
    const target = paintable(this.desk);
    if (target === null) {
      const hit = this.desk.hits(pointer.image).find(isPaintable);
      return hit === undefined ? this.desk.say("First select the object to fill") : this.desk.select(hit.id);
    }
    const [x0, y0, x1, y1] = bitmapOf(target.shape!).box;
    // A rim of background around the mask: a fill that reaches it has leaked out.
    const filled = fillRegion(bitmapOf(target.shape!).grown([x0 - 1, y0 - 1, x1 + 1, y1 + 1]), pointer.image);
    if (filled === null) this.desk.say("This area is not enclosed; paint around it first");
    else storePainted(this.desk, target, filled);
  }
}
