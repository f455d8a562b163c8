import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

const SERVER = ["/api", "/docs", "/openapi.json", "/healthz", "/readyz", "/licenses.md"];

export default defineConfig(({ mode }) => {
  const { OPTIMUS_URL = "http://127.0.0.1:8000" } = loadEnv(mode, ".", "OPTIMUS_");
  return {
    plugins: [react()],
    build: {
      outDir: "../src/optimus/web/static",
      emptyOutDir: true,
      assetsInlineLimit: 0, // an inlined script or font would not pass the page's own content security policy
      license: { fileName: "licenses.md" },
      manifest: true, // what belongs to which page, for the check of its size
      chunkSizeWarningLimit: 900,
    },
    server: { proxy: Object.fromEntries(SERVER.map((path) => [path, OPTIMUS_URL])) },
    test: { environment: "node", include: ["tests/**/*.test.{ts,tsx}"] },
  };
});
