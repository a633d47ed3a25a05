// What /usr/share/doc holds of a package: its copyright, the licences of all that is bundled, and its
// changelog, made from the changesets.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderOf, licenceOf, readLock, runtimeClosure } from '../lib/installed-packages.mjs';

export const MAINTAINER = 'Aligned Mesh <security@example.com>';

/** @param {string} name Of the Debian package. */
export const copyrightOf = (name) => `Aligned Mesh

Copyright: the authors of Aligned Mesh
License: Apache-2.0

On Debian systems the text of the Apache License, Version 2.0, is in
/usr/share/common-licenses/Apache-2.0.

The program holds npm packages and a Node.js of their own licences, which are
in /usr/share/doc/${name}/third-party-licences.gz.
`;

/**
 * Every npm package that a program holds, with its licence, and that of its Node.
 *
 * @param {string} root
 * @param {string} app
 * @param {string} nodeLicence The file of the bundled Node.
 * @throws Error if one is not installed
 */
export function thirdPartyLicences(root, app, nodeLicence) {
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
  return [...bundled, node].map((part) => `${part.trimEnd()}\n`).join('\n');
}

/** @param {string} text */
const title = (text) => `${'='.repeat(text.length)}\n${text}\n${'='.repeat(text.length)}`;

/** @param {string | undefined} folder */
function licenceText(folder) {
  const [file] =
    folder !== undefined && existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^(?:licen[cs]e|copying)/i.test(name))
          .sort()
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

/** An item of a changelog, whose lines have at most 80 columns. @param {string} text */
function asItem(text) {
  const lines = ['  *'];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length >= 80) lines.push(`    ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
