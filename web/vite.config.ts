import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: {
    outDir: "../src/fewclicks/server/page",
    emptyOutDir: true,
    target: "es2022",
    chunkSizeWarningLimit: 700, // OpenSeadragon alone is 400 kB
  },
  // Tests run what the browser runs, not what a server would render.
  ...(process.env["VITEST"] ? { resolve: { conditions: ["browser"] } } : {}),
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { include: ["tests/**/*.test.ts"], environment: "./tests/support/environment.ts" },
});
