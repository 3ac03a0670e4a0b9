/** Reads of the same thing that are under way together: an answer that comes after that of a later read is out of date. */

export class Reads {
  private started = 0;
  private readonly answered = new Map<number | string, number>();

  /** What is read; null: a later read of `what` has been answered already. */
  async read<T>(what: number | string, ask: () => Promise<T>): Promise<T | null> {
    const number = (this.started += 1);
    const answer = await ask();
    if (number < (this.answered.get(what) ?? 0)) return null;
    this.answered.set(what, number);
    return answer;
  }
}
