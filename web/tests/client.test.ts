import { describe, expect, it } from "vitest";
import { Client, Refused, Unable, Unreachable } from "../src/api/client";

const client = (fetcher: () => Promise<Response>) => new Client({}, fetcher, "http://page");
const answering = (answer: Response) => client(() => Promise.resolve(answer));

describe("the export", () => {
  it("comes as a file with the server's name, and with what was left out", async () => {
    const headers = {
      "Content-Disposition": "attachment; filename*=UTF-8''my%20cells-coco.json",
      "X-Written": "1 of 3 annotations (1 mask) of 2 images",
      "X-Left-Out": "2 boxes left out%E2%80%A6",
    };
    const { file, written, leftOut } = await answering(new Response("{}", { headers })).export("coco", "all");
    expect([file.name, await file.text()]).toEqual(["my cells-coco.json", "{}"]);
    expect([written, leftOut]).toEqual(["1 of 3 annotations (1 mask) of 2 images", "2 boxes left out…"]);
  });

  it("says why there is none", async () => {
    const refusal = Response.json({ error: { code: "input", message: "no such format" } }, { status: 422 });
    await expect(answering(refusal).export("sketch", "all")).rejects.toThrow(new Refused("no such format", "input"));
    const gone = client(() => Promise.reject(new TypeError("failed to fetch")));
    await expect(gone.export("coco", "all")).rejects.toThrow(Unreachable);
  });
});

describe("a request", () => {
  it("has its path, its content and their type", async () => {
    let sent: Request | undefined;
    const answering = new Client({ project: "p1", author: "a1" }, (request) => {
      sent = request;
      return Promise.resolve(Response.json({ kind: "done" }));
    }, "http://page");
    await answering.status(3, { id: "a", status: "done", version: "v1" });
    expect([sent?.method, sent?.url]).toEqual(["PUT", "http://page/api/images/3/status"]);
    expect(sent?.headers.get("Content-Type")).toBe("application/json");
    expect(sent?.headers.get("Fewclicks-Project")).toBe("p1");
    expect(sent?.headers.get("Fewclicks-Author")).toBe("a1");
    expect(await sent?.json()).toEqual({ id: "a", status: "done", version: "v1" });
  });

  it("is sent again later when its answer breaks off, is empty, or cannot be had at all", async () => {
    const broken = new ReadableStream({ start: (stream) => stream.error(new TypeError("network error")) });
    for (const answer of [new Response(broken), new Response("{"), new Response("")]) {
      await expect(answering(answer).project()).rejects.toThrow(new Unreachable("The response of the server was incomplete."));
    }
    const away = client(() => Promise.reject(new TypeError("failed to fetch")));
    await expect(away.project()).rejects.toThrow(new Unreachable("The server does not respond."));
  });

  it.each([
    [507, Response.json({ error: { code: "storage", message: "the disk is full" } }, { status: 507 }), Unable, "storage"],
    [500, new Response("<html>", { status: 500 }), Unable, "500"],
    [429, new Response("", { status: 429 }), Unable, "429"],
    [404, new Response("", { status: 404 }), Refused, "404"],
    [503, Response.json({ error: { code: "assist", message: "no" } }, { status: 503 }), Refused, "assist"],
  ])("tells from the answer %i whether to try again", async (_status, answer, kind, code) => {
    const error: unknown = await answering(answer).images().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(kind);
    expect((error as Unable).code).toBe(code);
  });
});
