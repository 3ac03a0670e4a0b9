import { describe, expect, it } from "vitest";
import { Refused, Unreachable } from "../src/api/client";
import type { Tiles } from "../src/api/types";
import { tilesWhenReady } from "../src/state/large-image";

const tiles = (progress: number): Tiles => ({
  ...{ progress, width: 20_000, height: 10_000, tile_size: 512, coarsest: 9, finest: 15, version: "a" },
});

function asked(answers: (Tiles | Error)[], looks = Infinity) {
  const told: number[] = [];
  let count = 0;
  const ready = tilesWhenReady({
    ask: async () => {
      const answer = answers[Math.min(count++, answers.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    told: (progress) => told.push(progress),
    wanted: () => count < looks,
    wait: async () => {},
  });
  return { ready, told };
}

describe("a large image", () => {
  it("is shown once its tiles are made, and tells how far they are", async () => {
    const { ready, told } = asked([tiles(0), tiles(0.4), tiles(1)]);
    expect(await ready).toEqual(tiles(1));
    expect(told).toEqual([0, 0.4]);
  });

  it("is not asked for any more when the person has gone on", async () => {
    const { ready, told } = asked([tiles(0.1)], 2);
    expect(await ready).toBeNull();
    expect(told).toEqual([0.1]);
  });

  it("waits for a server that does not answer", async () => {
    const { ready, told } = asked([new Unreachable("away"), tiles(1)]);
    expect(await ready).toEqual(tiles(1));
    expect(told).toEqual([0]);
  });

  it("says what the server says against it", async () => {
    await expect(asked([tiles(0.5), new Refused("the image is damaged", "input")]).ready).rejects.toThrow("damaged");
  });
});
