/** A free id for a new class: at random, so that two pages do not make the same; 31 bits suit every format. */
export function newClassId(taken: readonly number[]): number {
  for (;;) {
    const id = crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
    if (id > 0 && !taken.includes(id)) return id;
  }
}
