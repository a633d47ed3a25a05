import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** Below this a compressed file saves nothing that counts. */
const SMALL_BYTES = 512;
/** All files together as gzip, what is loaded later included. A build that is larger fails. */
const MOST_BYTES = 100_000;

/** Puts each text beside itself as Brotli and as gzip, so that the controller compresses nothing. */
function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir);
    },
    closeBundle: () => {
      let total = 0;
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(?:js|css|html|svg)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = readFileSync(path);
        const gzip = gzipSync(bytes, { level: 9 });
        total += gzip.length;
        if (bytes.length < SMALL_BYTES) continue;
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
        writeFileSync(`${path}.gz`, gzip);
      }
      if (total > MOST_BYTES)
        throw new Error(
          `the dashboard has ${total} bytes compressed, and may have ${MOST_BYTES}: leave something out`,
        );
    },
  };
}

export default defineConfig({
  // Under whatever path it is served, names in the page are relative to it.
  base: './',
  resolve: { conditions: ['@mesh/source', 'module', 'browser', 'import', 'default'] },
  build: {
    target: 'es2022',
    // A small picture as a data: URL would be against the policy of the page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
  plugins: [compressed()],
});
