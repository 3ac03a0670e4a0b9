/** Ids of requests that a person may repeat: until the server has answered, a repetition has the id of the first. */

import { Refused } from "./client";

export class RequestIds {
  private readonly ids = new Map<string, string>();

  /** Sends the request named `what`; a repetition of one that got no answer has one effect with it. */
  async once<T>(what: string, send: (id: string) => Promise<T>): Promise<T> {
    const id = this.ids.get(what) ?? crypto.randomUUID();
    this.ids.set(what, id);
    try {
      const answer = await send(id);
      this.ids.delete(what);
      return answer;
    } catch (error) {
      if (error instanceof Refused) this.ids.delete(what);
      throw error;
    }
  }
}
