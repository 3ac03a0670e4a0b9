/** Saves a file where the browser saves downloads. */

/** The browser may ask where to save a file before it reads it. */
const KEPT_MS = 600_000;

export function download(file: File): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_MS);
}
