// The Node that goes into the packages: that of npm's `node-linux-…`, which has no install script, held to
// its digest. It is downloaded once, into the cache folder.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../lib/child-process.mjs';
import { cacheFolder } from '../lib/unpack-debian-packages.mjs';

/** The version that scripts/bootstrap.mjs brings too; a test compares them. */
export const BUNDLED_NODE_VERSION = '24.21.0';

/** SHA-512 as npm writes it, by `process.arch`. @type {Readonly<Record<string, string>>} */
const DIGESTS = {
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/**
 * @param {{ arch?: string, env?: NodeJS.ProcessEnv, log?: (line: string) => void }} [options]
 * @returns {{ program: string, licence: string }} two files
 * @throws Error if it cannot be fetched, or is not the one that is expected
 */
export function bundledNode({ arch = process.arch, env = process.env, log = () => undefined } = {}) {
  const digest = DIGESTS[arch];
  if (digest === undefined)
    throw new Error(`there is no Node for ${arch}: make packages on ${Object.keys(DIGESTS).join(' or ')}`);
  const name = `node-linux-${arch}@${BUNDLED_NODE_VERSION}`;
  const folder = join(cacheFolder(env), name);
  const files = { program: join(folder, 'package/bin/node'), licence: join(folder, 'package/LICENSE') };
  if (existsSync(folder)) return files;
  const work = `${folder}.${process.pid}`;
  try {
    mkdirSync(work, { recursive: true });
    log(`downloads ${name} from npm into ${folder}`);
    // Variables of the package manager that runs this would change what npm does.
    const own = Object.fromEntries(Object.entries(env).filter(([key]) => !/^(npm|pnpm)_/i.test(key)));
    const packed = capture('npm', ['pack', '--silent', '--pack-destination', work, name], {
      env: own,
      cwd: work,
    });
    if (packed.code !== 0) throw new Error(`npm cannot fetch ${name}: ${packed.stderr.trim()}`);
    const tarball = join(work, packed.stdout.trim().split('\n').at(-1) ?? '');
    requireDigest(readFileSync(tarball), digest, name);
    const wanted = ['package/bin/node', 'package/LICENSE'];
    const unpacked = capture('tar', ['-xzf', tarball, '-C', work, '--no-same-owner', ...wanted]);
    if (unpacked.code !== 0) throw new Error(`${name} cannot be unpacked: ${unpacked.stderr.trim()}`);
    rmSync(tarball);
    // A folder that exists is complete: another process may have been faster.
    if (!existsSync(folder)) renameSync(work, folder);
    return files;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * @param {Uint8Array} bytes
 * @param {string} digest
 * @param {string} name
 * @throws Error if it has another one
 */
export function requireDigest(bytes, digest, name) {
  const found = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  if (found !== digest)
    throw new Error(
      `${name} has the digest ${found}, and not ${digest}: it is not what the packages are made with`,
    );
}
