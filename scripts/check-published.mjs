// Checks what would be published: packs every public package, checks each tarball with publint, and the
// libraries' types with attw (apps have commands, no types).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from './lib/child-process.mjs';
import { packPackage, publishedPackages } from './lib/published-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), 'mesh-published-'));
let failures = 0;

/** @param {string} line */
function say(line) {
  process.stdout.write(`${line}\n`);
}

/** @param {string} name @param {string[]} command */
function judge(name, command) {
  const [program = '', ...args] = command;
  const run = capture(join(root, 'node_modules', '.bin', program), args, { cwd: root });
  say(`${run.code === 0 ? 'ok' : 'FAILED'}: ${program} ${name}`);
  if (run.code === 0) return;
  failures += 1;
  say(`${run.stdout}${run.stderr}`);
}

const published = publishedPackages();
try {
  for (const each of published) {
    try {
      const tarball = packPackage(each, folder);
      judge(each.name, ['publint', 'run', tarball, '--strict']);
      // The packages are ESM only, by choice, so CommonJS resolution is not checked.
      if (each.isLibrary) judge(each.name, ['attw', tarball, '--profile', 'esm-only', '--no-emoji']);
    } catch (error) {
      failures += 1;
      say(`FAILED: ${error instanceof Error ? error.message : error}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
say(`${published.length} packages, ${failures} failures`);
process.exitCode = failures === 0 && published.length > 0 ? 0 : 1;
