import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import type { AdvanceAnswer, ChangeAnswer } from "../src/api/types";
import { RestOfImage } from "../src/state/rest.svelte";

const change = { kind: "rest" } as ChangeAnswer;
const part = (progress: number, found: ChangeAnswer | null = null): AdvanceAnswer => ({ progress, change: found });

function following(answers: (AdvanceAnswer | Error)[], clicks = { now: "one" }, onAsk: (count: number) => void = () => {}) {
  const told = { taken: 0, failed: "", asked: 0 };
  const seen: (number | null)[] = [];
  const rest = new RestOfImage(
    {
      ask: async () => {
        const answer = answers[Math.min(told.asked++, answers.length - 1)]!;
        onAsk(told.asked);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      take: () => (told.taken += 1),
      view: () => null,
      question: () => clicks.now,
      failed: (message) => (told.failed = message),
    },
    async () => {
      seen.push(rest.progress);
    },
  );
  return { rest, told, seen };
}

describe("the rest of a large image", () => {
  it("is asked for until all of it has answered", async () => {
    const { rest, told, seen } = following([part(0.2, change), part(0.6), part(1, change)]);
    await rest.follow(1, "detect");
    expect(told).toEqual({ taken: 2, failed: "", asked: 3 });
    expect(seen).toEqual([0.2, 0.6]);
    expect(rest.progress).toBeNull();
  });

  it("is of no use once something else was clicked", async () => {
    const clicks = { now: "one" };
    const { rest, told } = following([part(0.2, change), part(0.4, change)], clicks, (count) => {
      if (count === 2) clicks.now = "two";
    });
    await rest.follow(1, "detect");
    expect(told.taken).toBe(1);
    expect(rest.progress).toBeNull();
  });

  it("waits for a server that does not answer, and says what the server says against it", async () => {
    const { rest, told } = following([new Unreachable("away"), part(0.5), new Refused("the image is damaged", "input")]);
    await rest.follow(1, "detect");
    expect(told).toEqual({ taken: 0, failed: "the image is damaged", asked: 3 });
  });

  it("begins anew with the next question, and the old one ends", async () => {
    const { rest, told } = following([part(0.5), part(0.6), part(1)]);
    await Promise.all([rest.follow(1, "detect"), rest.follow(1, "detect")]);
    expect(rest.progress).toBeNull();
    expect(told.failed).toBe("");
  });
});
