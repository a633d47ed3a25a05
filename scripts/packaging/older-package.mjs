// An older version of a package, to upgrade from: the same one, with another version and other defaults.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { capture } from '../lib/child-process.mjs';

export const OLDER_VERSION = '0.0.1';

/**
 * @param {string} deb
 * @param {string} folder An existing one, which gets the older package.
 * @returns {string} its file
 * @throws Error if dpkg-deb fails
 */
export function makeOlderPackage(deb, folder) {
  const tree = join(folder, `${basename(deb)}.tree`);
  run(['-R', deb, tree]);
  const control = join(tree, 'DEBIAN/control');
  writeFileSync(
    control,
    readFileSync(control, 'utf8').replace(/^Version: .*$/m, `Version: ${OLDER_VERSION}`),
  );
  if (readdirSync(join(tree, 'DEBIAN')).includes('conffiles'))
    for (const path of readFileSync(join(tree, 'DEBIAN/conffiles'), 'utf8').trim().split('\n'))
      writeFileSync(join(tree, path), '# The defaults of an older version.\n');
  const older = join(folder, basename(deb).replace(/_[^_]+_/, `_${OLDER_VERSION}_`));
  run(['--root-owner-group', '-Znone', '--build', tree, older]);
  rmSync(tree, { recursive: true });
  return older;
}

/** @param {readonly string[]} args */
function run(args) {
  const ended = capture('dpkg-deb', args);
  if (ended.code !== 0) throw new Error(`dpkg-deb ${args.join(' ')} failed: ${ended.stderr.trim()}`);
}
