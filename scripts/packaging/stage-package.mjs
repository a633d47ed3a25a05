// Lays out the file tree of a Debian package: the bundled program, its Node, its unit and what belongs to it.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryFolder } from './debian-packages.mjs';
import { copyNativeModules } from './native-modules.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const FROM_PACKAGING = join(root, 'packaging');

/**
 * @param {object} options
 * @param {import('./debian-packages.mjs').DebianPackage} options.debian
 * @param {string} options.folder It is made anew.
 * @param {string} options.bundles Where scripts/lib/bundle-programs.mjs has put the programs.
 * @param {(file: string) => void} options.placeNode Puts a Node there.
 * @param {string} [options.arch] As Node names it.
 * @throws Error if something to be packaged is missing
 */
export function stagePackage({ debian, folder, bundles, placeNode, arch = process.arch }) {
  rmSync(folder, { recursive: true, force: true });
  const library = join(folder, libraryFolder(debian));
  const bundle = join(bundles, debian.app);
  // What it links to there are the checkout's modules.
  cpSync(bundle, library, { recursive: true, filter: (file) => file !== join(bundle, 'node_modules') });
  placeNode(join(library, 'node'));
  writeFileSync(join(library, 'package.json'), `${JSON.stringify({ type: 'module', private: true })}\n`);
  useOwnNode(join(library, 'main.js'), `/${libraryFolder(debian)}/node`);
  copyNativeModules({
    names: debian.natives,
    from: join(root, 'apps', debian.app),
    to: library,
    platform: `linux-${arch}`,
  });
  mkdirSync(join(folder, 'usr/bin'), { recursive: true });
  symlinkSync(`../lib/${debian.name}/main.js`, join(folder, 'usr/bin', debian.program));
  stageService(debian, folder);
  for (const [path, file] of Object.entries(debian.conffiles))
    copyInto(join(FROM_PACKAGING, 'conffiles', file), join(folder, path));
  if (debian.app === 'node-agent')
    copyInto(
      join(root, 'packages/harness/suites/default.yaml'),
      join(folder, `usr/share/${debian.name}/suites/default.yaml`),
    );
}

/** @param {import('./debian-packages.mjs').DebianPackage} debian @param {string} folder */
function stageService({ name, unit }, folder) {
  if (unit === undefined) return;
  copyInto(join(root, `systemd/${unit}.service`), join(folder, `usr/lib/systemd/system/${unit}.service`));
  copyInto(join(FROM_PACKAGING, `sysusers/${name}.conf`), join(folder, `usr/lib/sysusers.d/${name}.conf`));
  copyInto(join(FROM_PACKAGING, `tmpfiles/${name}.conf`), join(folder, `usr/lib/tmpfiles.d/${name}.conf`));
}

/**
 * The program starts with the Node that lies beside it, whatever is on PATH.
 *
 * @param {string} main
 * @param {string} node
 */
function useOwnNode(main, node) {
  const text = readFileSync(main, 'utf8');
  const first = '#!/usr/bin/env node\n';
  if (!text.startsWith(first)) throw new Error(`${main} does not begin with ${first.trim()}`);
  writeFileSync(main, `#!${node}\n${text.slice(first.length)}`);
  chmodSync(main, 0o755);
}

/** @param {string} from @param {string} to */
function copyInto(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
