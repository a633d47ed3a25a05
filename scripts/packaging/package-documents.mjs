// What /usr/share/doc holds of a package: its copyright, with the licences of all that is bundled, and its
// changelog, made from the changesets.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, licenceOf, readLock, runtimeClosure } from '../lib/installed-packages.mjs';

export const MAINTAINER = 'Aligned Mesh <security@example.com>';

/**
 * Every npm package that a program holds, with its licence. A text that a package does not ship is that of
 * its name.
 *
 * @param {string} root
 * @param {string} app
 * @param {string} nodeLicence The file of the bundled Node.
 */
export function copyrightOf(root, app, nodeLicence) {
  const lock = readLock(root);
  const closure = [...runtimeClosure(lock, [`apps/${app}`, 'packages/host'])].filter(
    (key) => !key.startsWith('link:'),
  );
  const bundled = closure.sort().map((key) => {
    const locked = lock.packages.get(key);
    if (locked?.manifest === undefined) throw new Error(`${key} is not installed: run pnpm install`);
    const { name, version, manifest } = locked;
    return `${title(`${name} ${version}: ${licenceOf(manifest)}`)}\n${licenceText(folderOf(root, key, name))}`;
  });
  const node = `${title('Node.js, with what it bundles itself')}\n${readFileSync(nodeLicence, 'utf8')}`;
  return [OWN, ...bundled, node].map((part) => `${part.trimEnd()}\n`).join('\n');
}

const OWN = `Aligned Mesh is licensed under the Apache License, Version 2.0. On Debian systems its text is in
/usr/share/common-licenses/Apache-2.0.

Copyright: the authors of Aligned Mesh

The programs hold the following packages, each under its own licence.
`;

/** @param {string} text */
const title = (text) => `${'='.repeat(text.length)}\n${text}\n${'='.repeat(text.length)}`;

/** @param {string | undefined} folder */
function licenceText(folder) {
  const [file] =
    folder !== undefined && existsSync(folder)
      ? readdirSync(folder).filter((name) => /^(?:licen[cs]e|copying)/i.test(name)).sort()
      : [];
  return folder === undefined || file === undefined
    ? 'It ships no text of its licence.'
    : readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
}

/**
 * @param {object} options
 * @param {string} options.root
 * @param {string} options.name Of the Debian package.
 * @param {string} options.npmName Whose changesets count.
 * @param {string} options.version
 * @param {number} options.dateSeconds Since 1970.
 */
export function changelogOf({ root, name, npmName, version, dateSeconds }) {
  const folder = join(root, '.changeset');
  const changes = readdirSync(folder)
    .filter((file) => file.endsWith('.md') && file !== 'README.md')
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8'))
    .filter((text) => text.split('\n---\n')[0]?.includes(`"${npmName}"`))
    .map((text) => text.split('\n---\n').slice(1).join('\n---\n').trim());
  const items = (changes.length === 0 ? ['No change of its own.'] : changes).map(asItem);
  const date = new Date(dateSeconds * 1000).toUTCString().replace('GMT', '+0000');
  return `${name} (${version}) unstable; urgency=medium\n\n${items.join('\n')}\n\n -- ${MAINTAINER}  ${date}\n`;
}

/** @param {string} text */
function asItem(text) {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '');
  return [`  * ${first}`, ...rest.map((line) => `    ${line}`)].join('\n');
}
