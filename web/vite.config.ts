import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: {
    outDir: "../src/fewclicks/server/page",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false, // parts that are loaded later have their styles from the start
    // It changes seldom: browsers keep it when the page changes.
    rollupOptions: { output: { manualChunks: { openseadragon: ["openseadragon"] } } },
  },
  // Tests run what the browser runs, not what a server would render.
  ...(process.env["VITEST"] ? { resolve: { conditions: ["browser"] } } : {}),
  server: { proxy: { "/api": "http://127.0.0.1:8000" } },
  test: { include: ["tests/**/*.test.ts"], environment: "./tests/support/environment.ts" },
});
