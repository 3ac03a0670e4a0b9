import { describe, expect, it } from "vitest";
import { Client, Refused, Unreachable } from "../src/api/client";

const answering = (answer: Response) => new Client(() => Promise.resolve(answer));

describe("the export", () => {
  it("comes as a file with the server's name, and with what was left out", async () => {
    const headers = {
      "Content-Disposition": "attachment; filename*=UTF-8''my%20cells-coco.json",
      "X-Left-Out": "2 boxes left out%E2%80%A6",
    };
    const { file, leftOut } = await answering(new Response("{}", { headers })).export("coco");
    expect([file.name, await file.text(), leftOut]).toEqual(["my cells-coco.json", "{}", "2 boxes left out…"]);
  });

  it("says why there is none", async () => {
    const refusal = Response.json({ error: { code: "input", message: "no such format" } }, { status: 422 });
    await expect(answering(refusal).export("sketch")).rejects.toThrow(new Refused("no such format", "input"));
    const gone = new Client(() => Promise.reject(new TypeError("failed to fetch")));
    await expect(gone.export("coco")).rejects.toThrow(Unreachable);
  });
});
