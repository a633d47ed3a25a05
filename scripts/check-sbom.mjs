// Writes the software bill of materials of the programs and packages to dist/sbom.cdx.json, and refuses one
// with a component that lacks its licence or its digest.
//
//   node scripts/check-sbom.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBom } from './lib/cyclonedx.mjs';
import { readLock } from './lib/installed-packages.mjs';
import { shippedFolders } from './lib/published-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @param {any} bom
 * @returns {string[]} one sentence for each fault
 */
export function bomProblems(bom) {
  const refs = new Set(bom.components.map((/** @type {any} */ each) => each['bom-ref']));
  return bom.components.flatMap((/** @type {any} */ { name, version, licenses, hashes, purl }) => {
    const isOwn = name.startsWith('@mesh/');
    return [
      ...(licenses === undefined ? [`${name}@${version} has no licence: it is not installed here`] : []),
      ...(hashes === undefined && !isOwn
        ? [`${name}@${version} has no digest: its source is no registry`]
        : []),
      ...(refs.has(purl) ? [] : [`${name}@${version} is named otherwise than it is referred to`]),
    ];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bom = /** @type {any} */ (makeBom({ root, lock: readLock(root), folders: shippedFolders() }));
  const problems = bomProblems(bom);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'dist/sbom.cdx.json'), `${JSON.stringify(bom, null, 2)}\n`);
  process.stdout.write(
    `dist/sbom.cdx.json: ${bom.components.length} components, ${problems.length} problems\n`,
  );
  process.exitCode = problems.length === 0 && bom.components.length > 0 ? 0 : 1;
}
