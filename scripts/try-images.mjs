// Builds the images of docker/ with buildah, without a daemon, and runs their programs in them. Their base is
// a Debian that is made here, not one from a registry.
//
//   npm run e2e -- images [--from DIR]      DIR: what npm run package has made; default: dist/packages
//
// Exit codes: 0 all are built and run, 1 one is not, 2 bad arguments, 3 it cannot be tried here.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { capture } from './lib/child-process.mjs';
import { debianRootArchive } from './packaging/debian-root.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const BASE = 'localhost/aligned-mesh-base';
/** Dockerfile → the programs that its image has. */
const IMAGES = {
  'controller.Dockerfile': ['mesh-controller', 'meshctl'],
  'node-agent.Dockerfile': ['mesh-agent'],
};

/** @param {string} line */
const say = (line) => void process.stderr.write(`[images] ${line}\n`);

/** @param {number} code @param {unknown} error @returns {never} */
function giveUp(code, error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(code);
}

function readArguments() {
  try {
    const options = /** @type {const} */ ({ from: { type: 'string', default: join(root, 'dist/packages') } });
    return parseArgs({ options }).values;
  } catch (error) {
    return giveUp(2, error);
  }
}

function baseArchive() {
  if (capture('buildah', ['--version']).code !== 0)
    giveUp(3, 'buildah is missing: install Debian’s package buildah, and run this as root');
  try {
    return debianRootArchive({ log: say });
  } catch (error) {
    return giveUp(3, error);
  }
}

const from = resolve(readArguments().from);
const debs = existsSync(from) ? readdirSync(from).filter((name) => name.endsWith('.deb')) : [];
if (debs.length === 0) giveUp(2, `${from} has no packages: run npm run package first`);
const archive = baseArchive();
const work = mkdtempSync(join(tmpdir(), 'mesh-images-'));

/** @param {readonly string[]} args @throws Error if it fails */
function buildah(args) {
  const env = { ...process.env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };
  const store = ['--root', join(work, 'storage'), '--runroot', join(work, 'run')];
  const ended = capture('buildah', [...store, ...args], { env });
  if (ended.code !== 0) throw new Error(`buildah ${args.join(' ')} failed: ${ended.stdout}${ended.stderr}`);
  return ended.stdout.trim();
}

try {
  const context = join(work, 'context');
  mkdirSync(context);
  for (const name of debs) copyFileSync(join(from, name), join(context, name));
  const base = buildah(['from', 'scratch']);
  buildah(['add', base, archive, '/']);
  buildah(['commit', '--quiet', base, BASE]);
  buildah(['rm', base]);
  for (const [file, programs] of Object.entries(IMAGES)) {
    const image = `localhost/${file.replace('.Dockerfile', '')}`;
    buildah(['bud', '--build-arg', `BASE=${BASE}`, '-f', join(root, 'docker', file), '-t', image, context]);
    const container = buildah(['from', image]);
    for (const program of programs)
      process.stdout.write(
        `${file}: ${program} ${buildah(['run', container, '--', program, '--version'])}\n`,
      );
    buildah(['rm', container]);
    buildah(['rmi', image]);
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
