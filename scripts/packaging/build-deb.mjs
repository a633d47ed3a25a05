// Makes a .deb of a staged tree with dpkg-deb. Every file gets the same time, and an owner and a mode that do
// not depend on who builds.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture } from '../lib/child-process.mjs';
import { ARCHITECTURES } from './debian-packages.mjs';
import { MAINTAINER } from './package-documents.mjs';

const SCRIPTS = join(dirname(fileURLToPath(import.meta.url)), '../../packaging/maintainer-scripts');

/**
 * @param {object} options
 * @param {import('./debian-packages.mjs').DebianPackage} options.debian
 * @param {string} options.folder The staged tree; it gets a DEBIAN folder.
 * @param {string} options.version
 * @param {number} options.dateSeconds
 * @param {string} options.out An existing folder.
 * @param {string} [options.arch] As Node names it.
 * @returns {string} the file's name in `out`
 * @throws Error if dpkg-deb fails
 */
export function buildDeb({ debian, folder, version, dateSeconds, out, arch = process.arch }) {
  const architecture = ARCHITECTURES[arch] ?? arch;
  const files = filesBelow(folder).sort();
  mkdirSync(join(folder, 'DEBIAN'));
  const control = controlOf({ debian, version, architecture, installedKiB: sizeKiB(folder, files) });
  writeFileSync(join(folder, 'DEBIAN/control'), control);
  writeFileSync(join(folder, 'DEBIAN/md5sums'), md5sums(folder, files));
  const conffiles = Object.keys(debian.conffiles).map((path) => `/${path}\n`);
  if (conffiles.length > 0) writeFileSync(join(folder, 'DEBIAN/conffiles'), conffiles.join(''));
  for (const [name, text] of Object.entries(maintainerScripts(debian)))
    writeFileSync(join(folder, 'DEBIAN', name), text);
  settle(folder, dateSeconds);
  const name = `${debian.name}_${version}_${architecture}.deb`;
  // The number of threads decides how xz cuts what it compresses. A higher level makes the package a fifth
  // smaller and takes five times as long: nearly all of it is the same Node in each.
  const args = ['--root-owner-group', '-Zxz', '-z0', '--threads-max=2', '--build', folder, join(out, name)];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(dateSeconds) };
  const built = capture('dpkg-deb', args, { env });
  if (built.code !== 0) throw new Error(`dpkg-deb cannot build ${name}: ${built.stderr.trim()}`);
  return name;
}

/**
 * The scripts that dpkg runs, by name; none for a package without a service.
 *
 * @param {import('./debian-packages.mjs').DebianPackage} debian
 * @returns {Record<string, string>}
 */
export function maintainerScripts({ name, unit, beforeStop, onPurge }) {
  if (unit === undefined) return {};
  const values = {
    '@PACKAGE@': name,
    '@UNIT@': `${unit}.service`,
    '@BEFORE_STOP@': beforeStop.join('\n'),
    '@ON_PURGE@': onPurge.join('\n'),
  };
  return Object.fromEntries(
    ['postinst', 'prerm', 'postrm'].map((script) => {
      let text = readFileSync(join(SCRIPTS, script), 'utf8');
      for (const [mark, value] of Object.entries(values)) text = text.replaceAll(mark, value);
      return [script, text.replaceAll(/^ +\n/gm, '')];
    }),
  );
}

/**
 * @param {{ debian: import('./debian-packages.mjs').DebianPackage, version: string, architecture: string,
 *   installedKiB: number }} options
 */
function controlOf({ debian, version, architecture, installedKiB }) {
  const { name, depends, recommends, suggests, summary, description } = debian;
  const fields = [
    ['Package', name],
    ['Version', version],
    ['Architecture', architecture],
    ['Maintainer', MAINTAINER],
    ['Installed-Size', String(installedKiB)],
    ['Depends', depends.join(', ')],
    ['Recommends', recommends.join(', ')],
    ['Suggests', suggests.join(', ')],
    ['Section', 'net'],
    ['Priority', 'optional'],
    ['Description', `${summary}\n${wrapped(description)}`],
  ];
  return fields
    .filter(([, value]) => value !== '')
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');
}

/** The long description: lines that begin with a space. @param {string} text */
function wrapped(text) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + word.length > 76) lines.push(` ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}

/** @param {string} folder @returns {string[]} files and links, relative to it */
export function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** @param {string} folder @param {readonly string[]} files */
function sizeKiB(folder, files) {
  return files.reduce((sum, file) => sum + Math.ceil(lstatSync(join(folder, file)).size / 1024), 0);
}

/** @param {string} folder @param {readonly string[]} files */
function md5sums(folder, files) {
  return files
    .filter((file) => lstatSync(join(folder, file)).isFile())
    .map(
      (file) =>
        `${createHash('md5')
          .update(readFileSync(join(folder, file)))
          .digest('hex')}  ${file}\n`,
    )
    .join('');
}

/** @param {string} folder @param {number} dateSeconds */
function settle(folder, dateSeconds) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  for (const path of [...entries.map((entry) => join(entry.parentPath, entry.name)), folder]) {
    if (!lstatSync(path).isSymbolicLink()) chmodSync(path, isExecutable(path, folder) ? 0o755 : 0o644);
    lutimesSync(path, dateSeconds, dateSeconds);
  }
}

/** @param {string} path @param {string} folder */
function isExecutable(path, folder) {
  const inside = path.slice(folder.length + 1);
  return (
    statSync(path).isDirectory() ||
    /^usr\/lib\/[^/]+\/(?:node|main\.js)$/.test(inside) ||
    /^DEBIAN\/(?:postinst|prerm|postrm)$/.test(inside)
  );
}
