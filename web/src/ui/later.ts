/** Parts of the page that the first screen does without. */

/** The browser may have no idle moment: it is waited for no longer. */
const PATIENCE_MS = 500;
const RETRY_MS = 1000;

/**
 * Loads a module in an idle moment and hands it to `loaded`; tries again while it cannot be had. Returns what ends this.
 *
 * Browsers keep the failure of an `import` and do not fetch the same address again. So `again` gets another one.
 */
export function loadLater<M>(
  load: () => Promise<M>,
  loaded: (module: M) => void,
  again: (address: string) => Promise<M> = (address) => import(/* @vite-ignore */ address),
): () => void {
  let isWanted = true;
  let failures = 0;
  let address: string | undefined;
  const attempt = () => {
    if (!isWanted) return;
    (address === undefined ? load() : again(`${address}?retry=${failures}`)).then(
      (module) => isWanted && loaded(module),
      (error: unknown) => {
        failures += 1;
        address ??= addressIn(error);
        setTimeout(attempt, RETRY_MS);
      },
    );
  };
  // Safari has no idle callbacks.
  if ("requestIdleCallback" in globalThis) requestIdleCallback(attempt, { timeout: PATIENCE_MS });
  else setTimeout(attempt, PATIENCE_MS);
  return () => void (isWanted = false);
}

/** The address of the module in the error of a failed `import`, as Chromium and Firefox report it. */
function addressIn(error: unknown): string | undefined {
  return error instanceof Error ? /imported module: (\S+)$/.exec(error.message)?.[1] : undefined;
}
