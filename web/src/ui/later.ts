/** Parts of the page that the first screen does without. */

/** The browser may have no idle moment: it is waited for no longer. */
const PATIENCE_MS = 500;
const RETRY_MS = 1000;

/** Loads a module in an idle moment and hands it to `loaded`; tries again while it cannot be had. Returns what ends this. */
export function loadLater<M>(load: () => Promise<M>, loaded: (module: M) => void): () => void {
  let isWanted = true;
  const attempt = () => {
    if (!isWanted) return;
    load().then(
      (module) => isWanted && loaded(module),
      () => setTimeout(attempt, RETRY_MS),
    );
  };
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(attempt, { timeout: PATIENCE_MS });
  else setTimeout(attempt, PATIENCE_MS);
  return () => void (isWanted = false);
}
