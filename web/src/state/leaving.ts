/** The browser asks before the page goes, as long as something would be lost with it. */
export function warnOnLeaving(page: EventTarget, work: { readonly atRisk: boolean }): void {
  page.addEventListener("beforeunload", (event) => {
    if (work.atRisk) event.preventDefault();
  });
}
