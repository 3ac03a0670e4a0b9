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
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
