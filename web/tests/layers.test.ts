import { describe, expect, it } from "vitest";
import { cycle, folders, imports } from "./support/modules";

/** A folder imports from itself and from those before it; the folders of the tools know nothing of each other. */
const ORDER = ["api", "ui", "render", "tools/shared", "tools/*", "tools", "state", "components", "."];

describe("the page's imports", () => {
  const files = imports();

  it("have no cycle, between files or between folders", () => {
    expect(cycle(files)).toBeNull();
    expect(cycle(folders(files))).toBeNull();
  });

  it("go from a folder to those before it", () => {
    const rank = (folder: string) => ORDER.indexOf(ORDER.includes(folder) ? folder : folder.replace(/[^/]+$/, "*"));
    const upward = [...folders(files)].flatMap(([folder, others]) =>
      others.filter((other) => rank(other) >= rank(folder)).map((other) => `${folder} imports ${other}`),
    );
    expect(upward).toEqual([]);
    expect([...folders(files).keys()].filter((folder) => rank(folder) < 0)).toEqual([]);
  });
});

describe("cycles", () => {
  it("are found through types, components, folders and re-exports", () => {
    const source = {
      "../../src/a/one.ts": 'import type { Two } from "../b/Two.svelte";',
      "../../src/b/Two.svelte": '<script lang="ts">\n  import type { Three } from "../c";\n</script>\n<p>import "./none"</p>',
      "../../src/c/index.ts": 'import "./style.css";\nexport * from "../a/one";',
    };
    expect(cycle(imports(source))).toEqual(["a/one.ts", "b/Two.svelte", "c/index.ts", "a/one.ts"]);
    expect(cycle(folders(imports(source)))).toEqual(["a", "b", "c", "a"]);
  });

  it("are not what two ways to one file are", () => {
    expect(cycle(new Map([["a", ["b", "c"]], ["b", ["d"]], ["c", ["d"]], ["d", []]]))).toBeNull();
  });

  it("of a file that is not there are an error", () => {
    expect(() => imports({ "../../src/a.ts": 'import "./b";' })).toThrow("b is imported but is not there");
  });
});
