import { describe, expect, it } from "vitest";
import { QuestionLeases } from "../src/state/question-leases";
import { MemoryStorage } from "./support/storage";

const NOTE = "fewclicks.asked.p.tab";

/** A tab that has questions, and a server that learns only on `answer` that they were given back. */
function setUp() {
  const storage = new MemoryStorage();
  const told: string[] = [];
  let answer: () => void = () => undefined;
  const leases = new QuestionLeases({
    client: {
      giveBack: (tab) => {
        told.push(tab);
        return new Promise<undefined>((resolve) => (answer = () => resolve(undefined)));
      },
    },
    ...{ storage, project: "p", tab: "tab", isClosed: async () => true },
  });
  leases.take();
  return { leases, storage, told, answer: () => answer() };
}

describe("questions that are given back", () => {
  it("are noted until the server knows: the page may go before", async () => {
    const { leases, storage, told, answer } = setUp();
    leases.giveBack();
    leases.giveBack();
    expect([told, storage.getItem(NOTE)]).toEqual([["tab"], "1"]);
    answer();
    await leases.freeClosedTabs();
    expect(storage.getItem(NOTE)).toBeNull();
  });

  it("are asked for again only once the server knows", async () => {
    const { leases, answer } = setUp();
    leases.giveBack();
    const order: string[] = [];
    const free = leases.freeClosedTabs().then(() => order.push("asked"));
    await new Promise((resolve) => setTimeout(resolve));
    order.push("answered");
    answer();
    await free;
    expect(order).toEqual(["answered", "asked"]);
  });
});
