// Makes a software bill of materials in CycloneDX 1.6 (JSON) of what the programs need at run time. The same
// lockfile gives the same bytes: it holds no time and no random number.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { licenceOf, runtimeClosure } from './installed-packages.mjs';

/**
 * @param {object} options
 * @param {string} options.root
 * @param {import('./installed-packages.mjs').Lock} options.lock
 * @param {readonly string[]} options.folders The folders of the workspace whose code ships.
 * @returns {object}
 */
export function makeBom({ root, lock, folders }) {
  const closure = runtimeClosure(lock, folders);
  const own = new Map(
    [...lock.runtime.keys()].map((folder) => [`link:${folder}`, ownComponent(root, folder)]),
  );
  const componentOf = (/** @type {string} */ key) => own.get(key) ?? foreignComponent(lock, key);
  const refOf = (/** @type {string} */ key) => componentOf(key)['bom-ref'];
  const keys = [...closure].sort();
  const dependencies = keys.map((key) => {
    const needs = key.startsWith('link:') ? lock.runtime.get(key.slice(5)) : lock.packages.get(key)?.needs;
    return { ref: refOf(key), dependsOn: (needs ?? []).map(refOf) };
  });
  const main = ownComponent(root, '.');
  const body = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: { ...main, type: 'application' },
      tools: { components: [{ type: 'application', name: 'aligned-mesh scripts/check-sbom.mjs' }] },
    },
    components: distinct(keys.map(componentOf)),
    dependencies: merged([
      { ref: main['bom-ref'], dependsOn: folders.map((folder) => refOf(`link:${folder}`)) },
      ...dependencies,
    ]),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    serialNumber: serialOf(body),
    ...body,
  };
}

/** @param {string} root @param {string} folder */
function ownComponent(root, folder) {
  const {
    name,
    version = '0.0.0',
    license,
    bin,
  } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  return {
    type: bin === undefined ? 'library' : 'application',
    'bom-ref': npmPurl(name, version),
    name,
    version,
    licenses: [{ license: { id: license ?? 'Apache-2.0' } }],
    purl: npmPurl(name, version),
  };
}

/** @param {import('./installed-packages.mjs').Lock} lock @param {string} key */
function foreignComponent({ packages }, key) {
  const locked = packages.get(key);
  if (locked === undefined) throw new Error(`pnpm-lock.yaml has no package ${key}: run pnpm install`);
  const { name, version, integrity, manifest } = locked;
  const licence = manifest === undefined ? undefined : licenceOf(manifest);
  return {
    type: 'library',
    'bom-ref': npmPurl(name, version),
    name,
    version,
    ...(integrity === undefined ? {} : { hashes: [hashOf(integrity)] }),
    ...(licence === undefined ? {} : { licenses: [licenceEntry(licence)] }),
    purl: npmPurl(name, version),
  };
}

/** @param {string} licence */
function licenceEntry(licence) {
  return / (AND|OR|WITH) /.test(licence) ? { expression: licence } : { license: { id: licence } };
}

/** @param {string} integrity `sha512-` and base64 */
function hashOf(integrity) {
  const [algorithm = '', digest = ''] = integrity.split('-', 2);
  return { alg: algorithm.replace(/^sha/, 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') };
}

/** @param {string} name @param {string} version */
function npmPurl(name, version) {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

/** A UUID that is made of the content (RFC 9562, version 8). @param {object} body */
function serialOf(body) {
  const hex = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * One package with several sets of peers is one component.
 *
 * @template {{ 'bom-ref': string }} T
 * @param {T[]} components
 */
function distinct(components) {
  return [...new Map(components.map((each) => [each['bom-ref'], each])).values()];
}

/** @param {{ ref: string, dependsOn: string[] }[]} dependencies */
function merged(dependencies) {
  /** @type {Map<string, Set<string>>} */
  const byRef = new Map();
  for (const { ref, dependsOn } of dependencies)
    byRef.set(ref, new Set([...(byRef.get(ref) ?? []), ...dependsOn]));
  return [...byRef].map(([ref, needed]) => ({ ref, dependsOn: [...needed].sort() }));
}
