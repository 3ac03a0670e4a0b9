import { describe, expect, it } from "vitest";
import type { LoggedChange } from "../src/api/schema";
import { Following, type Source } from "../src/state/following";

class Stream implements Source {
  readyState = 1;
  private listener: (event: MessageEvent<string>) => void = () => undefined;

  constructor(readonly url: string) {}

  addEventListener(_name: string, listener: (event: MessageEvent<string>) => void): void {
    this.listener = listener;
  }

  close(): void {
    this.readyState = 2;
  }

  send(seq: number, id: string): void {
    const change: LoggedChange = { seq, id, verb: "edit", image: null };
    this.listener(new MessageEvent("change", { data: JSON.stringify(change) }));
  }
}

function setUp() {
  const streams: Stream[] = [];
  const changed: string[] = [];
  const following = new Following({
    project: "p",
    known: 4,
    isOwn: (id) => id.startsWith("own"),
    changed: ({ id }) => changed.push(id),
    open: (url) => streams[streams.push(new Stream(url)) - 1]!,
  });
  following.start();
  return { following, streams, changed };
}

describe("following", () => {
  it("passes on what others change", () => {
    const { streams, changed } = setUp();
    streams[0]!.send(5, "own-1");
    streams[0]!.send(6, "other");
    expect(changed).toEqual(["other"]);
  });

  it("misses nothing that changed after the page had read the project", () => {
    const { streams } = setUp();
    expect(streams.map(({ url }) => url)).toEqual(["/api/log?project=p&after=4"]);
  });

  it("goes on after the last change that it knows", () => {
    const { following, streams } = setUp();
    following.start();
    expect(streams).toHaveLength(1);
    streams[0]!.send(7, "other");
    following.stop();
    following.start();
    expect(streams.map(({ url }) => url)).toEqual(["/api/log?project=p&after=4", "/api/log?project=p&after=7"]);
    streams[1]!.close();
    following.start();
    expect(streams).toHaveLength(3);
  });
});
