/** The image under the overlay: OpenSeadragon shows it, this says where it is and moves it. */

import OpenSeadragon from "openseadragon";
import type { Tiles } from "../api/types";
import type { View } from "./coordinates";
import type { Overlay } from "./overlay";

OpenSeadragon.setString("Errors.OpenFailed", ""); // the page says why, and in plain words

const NOWHERE: View = { scale: 1, x: 0, y: 0 };
/** Pixels around an image that is shown whole. */
const MARGIN = 16;

export interface ViewportEvents {
  moved(view: View): void;
  failed(): void;
  /** A tile could not be had. */
  tileFailed(): void;
}

/** A picture as a whole, or its tiles with the address of each. */
export type Picture = string | { tiles: Tiles; url(level: number, column: number, row: number): string };

export class Viewport {
  view: View = NOWHERE;
  overlay: Overlay | null = null;
  private readonly viewer: OpenSeadragon.Viewer;
  private shown = "";
  /** The whole image is shown: it stays so when the window changes. */
  private fitted = true;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: ViewportEvents,
  ) {
    this.viewer = OpenSeadragon({
      element,
      drawer: "canvas",
      showNavigationControl: false,
      mouseNavEnabled: false,
      keyboardNavEnabled: false,
      tabIndex: -1,
      visibilityRatio: 0.2,
      minZoomImageRatio: 0.4,
      maxZoomPixelRatio: 40,
      animationTime: 0.18,
      springStiffness: 8,
      preserveImageSizeOnResize: true,
      viewportMargins: { left: MARGIN, top: MARGIN, right: MARGIN, bottom: MARGIN },
    } );
    this.viewer.addHandler("update-viewport", () => this.follow());
    this.viewer.addHandler("open", () => this.follow());
    // OpenSeadragon sets the zoom after this event: the last word has to come later.
    this.viewer.addHandler("after-resize", () => queueMicrotask(() => this.refit()));
    this.viewer.addHandler("open-failed", ({ source }) => this.isShown(source) && this.events.failed());
    this.viewer.addHandler("tile-load-failed", () => this.events.tileFailed());
  }

  get isOpen(): boolean {
    return this.viewer.world.getItemCount() > 0;
  }

  /** Shows a picture; the same one stays as it is. */
  show(picture: Picture): void {
    const name = typeof picture === "string" ? picture : picture.url(0, 0, 0);
    if (name === this.shown) return;
    this.shown = name;
    this.fitted = true;
    this.view = NOWHERE;
    this.viewer.open(sourceOf(picture) as never);
    this.overlay?.drawNow();
  }

  clear(): void {
    this.shown = "";
    this.viewer.close();
    this.viewer.world.draw(); // a picture that another one was to replace is still on the canvas
    this.overlay?.drawNow();
  }

  state(): { view: View; width: number; height: number } {
    return { view: this.view, width: this.element.clientWidth, height: this.element.clientHeight };
  }

  redraw(): void {
    this.overlay?.request();
  }

  panBy(dx: number, dy: number, immediately = false): void {
    if (!this.isOpen) return;
    const { viewport } = this.viewer;
    this.fitted = false;
    viewport.panBy(viewport.deltaPointsFromPixels(new OpenSeadragon.Point(dx, dy)), immediately);
    viewport.applyConstraints(immediately);
  }

  /** Zooms about a point of the canvas, or about its middle. */
  zoomBy(factor: number, at?: [number, number], immediately = false): void {
    if (!this.isOpen) return;
    const { viewport } = this.viewer;
    const point = at === undefined ? undefined : viewport.pointFromPixel(new OpenSeadragon.Point(...at), true);
    this.fitted = false;
    viewport.zoomBy(factor, point, immediately);
    viewport.applyConstraints(immediately);
  }

  fit(): void {
    this.fitted = true;
    if (this.isOpen) this.viewer.viewport.goHome();
  }

  destroy(): void {
    this.viewer.destroy();
  }

  private isShown(source: unknown): boolean {
    return (source as { url?: string }).url === this.shown;
  }

  private refit(): void {
    if (this.fitted && this.isOpen) this.viewer.viewport.goHome(true);
  }

  /** Takes over where the image is now, and draws the overlay in the same frame. */
  private follow(): void {
    if (!this.isOpen) return;
    const item = this.viewer.world.getItemAt(0);
    const at = (x: number) => this.viewer.viewport.pixelFromPoint(item.imageToViewportCoordinates(x, 0, true), true);
    const [origin, right] = [at(0), at(1000)];
    this.view = { scale: (right.x - origin.x) / 1000, x: origin.x, y: origin.y };
    this.viewer.drawer.setImageSmoothingEnabled(this.view.scale < 4);
    this.overlay?.drawNow();
    this.events.moved(this.view);
  }
}

function sourceOf(picture: Picture): object {
  if (typeof picture === "string") return { type: "image", url: picture };
  const { width, height, tile_size, coarsest, finest } = picture.tiles;
  const levels = { minLevel: coarsest, maxLevel: finest };
  return { width, height, tileSize: tile_size, tileOverlap: 0, ...levels, getTileUrl: picture.url };
}
