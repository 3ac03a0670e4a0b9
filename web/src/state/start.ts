/** What the page does first, and from then on by itself. */

import { imageInAddress, showInAddress } from "./address";
import { warnOnLeaving } from "./leaving";
import type { Workspace } from "./workspace.svelte";

const HEARTBEAT_MS = 3000;

/** Loads the list, goes on where the last page was left, and sends what it left behind. */
export async function start(workspace: Workspace): Promise<void> {
  const { client, images, learnt } = workspace;
  const [all, formats] = await Promise.all([client.images(), client.formats()]);
  images.load(all);
  void learnt.read();
  workspace.formats = formats;
  await resume(workspace);
  listen(workspace);
  load(workspace);
  workspace.bench.changed();
}

/** Opens the image of the address, else the last one, with what was selected there. */
async function resume(workspace: Workspace): Promise<void> {
  const { bench, images, objects, opening, place } = workspace;
  const { imageId, selectedId = null } = place.spot;
  const asked = imageInAddress() || imageId;
  const first = images.all.find((image) => image.id === asked) ?? images.listed[0] ?? images.all[0];
  if (first !== undefined) await opening.open(first.id);
  await workspace.sendLeft();
  if (selectedId !== null && objects.byId.has(selectedId)) bench.select(selectedId);
}

function listen(workspace: Workspace): void {
  const { contact, effort, images, navigation } = workspace;
  window.addEventListener("hashchange", () => {
    const wanted = imageInAddress();
    if (!images.all.some((image) => image.id === wanted)) return;
    showInAddress(images.currentId); // until that image is shown
    navigation.visit(wanted);
  });
  workspace.follow();
  document.addEventListener("visibilitychange", () => workspace.follow());
  warnOnLeaving(window, workspace);
  setInterval(() => void contact.check(), HEARTBEAT_MS);
  setInterval(() => effort.tick(document.visibilityState === "visible"), 1000);
}

/** What the first image does not wait for. */
function load({ available, counts, everywhere, models }: Workspace): void {
  void models.load();
  void counts.load();
  if (available.hasJobs) everywhere.load();
}
