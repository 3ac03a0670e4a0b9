/** Which file of the page imports which other one, for its types alone too. */

import { posix } from "node:path";
import ts from "typescript";

export type Graph = ReadonlyMap<string, readonly string[]>;

const SOURCES = import.meta.glob<string>("../../src/**/*.{ts,svelte}", { query: "?raw", import: "default", eager: true });
const ROOT = "../../src/";
const SCRIPT = /<script[^>]*>([\s\S]*?)<\/script>/g;

/** Every file below `src` with those that it imports. */
export function imports(sources: Record<string, string> = SOURCES): Graph {
  const files = new Map(Object.entries(sources).map(([path, text]) => [path.replace(ROOT, ""), text]));
  return new Map([...files].map(([file, text]) => [file, importedBy(file, text).map((path) => resolved(path, files))]));
}

function importedBy(file: string, text: string): string[] {
  const scripts = file.endsWith(".svelte") ? [...text.matchAll(SCRIPT)].map(([, script]) => script!) : [text];
  const named = scripts.flatMap((script) => ts.preProcessFile(script).importedFiles.map(({ fileName }) => fileName));
  const own = named.filter((name) => name.startsWith(".") && !name.endsWith(".css"));
  return own.map((name) => posix.join(posix.dirname(file), name));
}

function resolved(path: string, files: ReadonlyMap<string, string>): string {
  const found = [path, `${path}.ts`, `${path}.d.ts`, `${path}/index.ts`].find((file) => files.has(file));
  if (found === undefined) throw new Error(`${path} is imported but is not there`);
  return found;
}

/** The same for folders; what a folder imports of itself is left out. */
export function folders(graph: Graph): Graph {
  const found = new Map<string, Set<string>>();
  for (const [file, imported] of graph) {
    const folder = posix.dirname(file);
    const others = imported.map((other) => posix.dirname(other)).filter((other) => other !== folder);
    found.set(folder, new Set([...(found.get(folder) ?? []), ...others]));
  }
  return new Map([...found].map(([folder, others]) => [folder, [...others]]));
}

/** A way from a node back to itself, if there is one. */
export function cycle(graph: Graph): readonly string[] | null {
  const done = new Set<string>();
  function visit(node: string, way: readonly string[]): readonly string[] | null {
    if (way.includes(node)) return [...way.slice(way.indexOf(node)), node];
    if (done.has(node)) return null;
    for (const next of graph.get(node) ?? []) {
      const found = visit(next, [...way, node]);
      if (found !== null) return found;
    }
    done.add(node);
    return null;
  }
  for (const node of graph.keys()) {
    const found = visit(node, []);
    if (found !== null) return found;
  }
  return null;
}
