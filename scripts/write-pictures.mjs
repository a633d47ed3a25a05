// Takes the pictures of the dashboard and of the demo anew, into docs/images: `npm run pictures`. The tests
// that have these pages open take them. Expects pnpm, chromium and WireGuard's tools on PATH, as `npm test`
// leaves them; pngquant, if it is there, makes them smaller.
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture, foreground } from './lib/child-process.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const images = join(root, 'docs', 'images');
/** All together. A reader of the README waits for some of them. */
const MOST_BYTES = 700_000;

// On the same file system, so that a picture is replaced whole or not at all.
const folder = mkdtempSync(join(root, 'docs', '.pictures-'));
try {
  const { code } = await foreground(
    'pnpm',
    [
      'vitest',
      'run',
      '--project',
      'e2e-browser',
      '--project',
      'demo',
      'dashboard/graph',
      'demo/test/dashboard',
    ],
    { cwd: root, env: { ...process.env, MESH_PICTURES: folder } },
  );
  if (code !== 0) throw new Error('the tests that take the pictures failed: docs/images is as it was');
  const names = readdirSync(folder).sort();
  for (const name of names) {
    const file = join(folder, name);
    // 98 and 99: it would be no smaller, or not look the same.
    const { code: quantised } = capture('pngquant', [
      '--force',
      '--skip-if-larger',
      '--quality=70-95',
      '--ext=.png',
      file,
    ]);
    if (![0, 98, 99, 127].includes(quantised)) throw new Error(`pngquant failed at ${name}`);
  }
  const bytes = names.reduce((total, name) => total + statSync(join(folder, name)).size, 0);
  if (bytes > MOST_BYTES)
    throw new Error(
      `the pictures have ${bytes} bytes, and may have ${MOST_BYTES}: install pngquant, or show less`,
    );
  mkdirSync(images, { recursive: true });
  for (const name of names) renameSync(join(folder, name), join(images, name));
  process.stdout.write(`${names.length} pictures in docs/images, ${bytes} bytes\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
