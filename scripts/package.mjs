// Makes what can be installed: npm tarballs and Debian packages, with what makes images of them, and their
// digests. The same commit, on the same platform, gives the same bytes.
//
//   npm run package [-- --out DIR]      default: dist/packages
//
// It needs dpkg-deb, which Debian and Ubuntu have, and fetches the Node that goes into the packages from npm.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundlePrograms } from './lib/bundle-programs.mjs';
import { capture, foreground } from './lib/child-process.mjs';
import { packPackage, publishedPackages } from './lib/published-packages.mjs';
import { buildDeb } from './packaging/build-deb.mjs';
import { bundledNode } from './packaging/bundled-node.mjs';
import { DEBIAN_PACKAGES } from './packaging/debian-packages.mjs';
import { sourceDateSeconds } from './packaging/source-date.mjs';
import { stageDocuments } from './packaging/stage-documents.mjs';
import { stagePackage } from './packaging/stage-package.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const USAGE = 'npm run package [-- --out DIR]';

/** @param {string} line */
const say = (line) => void process.stderr.write(`[package] ${line}\n`);

/** @param {string} line @returns {never} */
function giveUp(line) {
  say(line);
  process.exit(2);
}

function readArguments() {
  try {
    const options = /** @type {const} */ ({ out: { type: 'string', default: 'dist/packages' } });
    return parseArgs({ options }).values;
  } catch (error) {
    return giveUp(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

/** @param {string} out @param {number} dateSeconds @returns {Promise<string[]>} the files' names */
async function makeDebs(out, dateSeconds) {
  const node = bundledNode({ log: say });
  const bundles = bundlePrograms();
  const work = mkdtempSync(join(tmpdir(), 'mesh-package-'));
  const made = [];
  try {
    for (const debian of DEBIAN_PACKAGES) {
      const folder = join(work, debian.name);
      const { name: npmName, version } = JSON.parse(
        readFileSync(join(root, 'apps', debian.app, 'package.json'), 'utf8'),
      );
      stagePackage({ debian, folder, bundles, placeNode: (file) => copyFileSync(node.program, file) });
      await stageDocuments({
        root,
        debian,
        folder,
        version,
        npmName,
        dateSeconds,
        nodeLicence: node.licence,
      });
      const name = buildDeb({ debian, folder, version, dateSeconds, out });
      say(name);
      made.push(name);
      rmSync(folder, { recursive: true });
    }
    return made;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} out @returns {Promise<string[]>} the files' names */
async function makeTarballs(out) {
  const built = await foreground('pnpm', ['exec', 'turbo', 'run', 'build'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (built.code !== 0) giveUp('the packages cannot be built: see above');
  return publishedPackages().map((published) => {
    const name = basename(packPackage(published, out));
    say(name);
    return name;
  });
}

/**
 * What makes images of the packages, and runs them.
 *
 * @param {string} out
 * @returns {string[]} the files' names
 */
function copyDeployment(out) {
  return ['docker', 'deploy/kubernetes'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => {
      const path = folder === 'docker' ? name : join('kubernetes', name);
      mkdirSync(dirname(join(out, path)), { recursive: true });
      copyFileSync(join(root, folder, name), join(out, path));
      return path;
    }),
  );
}

const out = resolve(readArguments().out);
if (capture('dpkg-deb', ['--version']).code !== 0)
  giveUp('dpkg-deb is missing: make the packages on Debian or Ubuntu');
const dateSeconds = sourceDateSeconds(root);
mkdirSync(out, { recursive: true });
const made = [...(await makeTarballs(out)), ...(await makeDebs(out, dateSeconds)), ...copyDeployment(out)];
const sums = made.sort().map(
  (name) =>
    `${createHash('sha256')
      .update(readFileSync(join(out, name)))
      .digest('hex')}  ${name}\n`,
);
writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
process.stdout.write(`${sums.length} files in ${out}\n`);
