// Finds Go and its module golang.org/x/mod, as Debian packages them, or unpacks them into the cache folder
// without root. Tests build judges with them: programs that verify what @mesh/audit makes, by code of Go's
// own authors. No dependencies; Node 20 or newer.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, unpackDebianPackages } from './lib/unpack-debian-packages.mjs';

const PACKAGES = ['golang-go', 'golang-golang-x-mod-dev'];

/**
 * @param {object} options
 * @param {(line: string) => void} options.log Told what will be unpacked and why, before it happens.
 * @param {NodeJS.ProcessEnv} [options.env] The environment to look in. Default: the process's own.
 * @param {string} [options.systemRoot] Where the system's own packages are. Default: `/`.
 * @returns {{ go: string, env: NodeJS.ProcessEnv, missing?: undefined } | { missing: string }} the program,
 *   and the environment in which it builds; or what is missing and how to get it
 */
export function ensureGo({ log, env = process.env, systemRoot = '/' }) {
  if (process.platform !== 'linux')
    return { missing: 'judges in Go need Linux: run this in a Linux machine' };
  const installed = goBelow(systemRoot, env);
  if (installed !== undefined) return installed;
  log(`needs, in a cache folder, not installed: ${PACKAGES.join(' ')} (Go's code judges the log)`);
  const unpacked = unpackDebianPackages({ packages: PACKAGES, env, log });
  const advice = `apt-get install ${PACKAGES.join(' ')}`;
  if (unpacked.failure !== undefined) return { missing: `Go is not here: ${unpacked.failure}; ${advice}` };
  return (
    goBelow(unpacked.folder, env) ?? { missing: `${unpacked.folder} has no Go: remove it, or ${advice}` }
  );
}

/** @param {string} root @param {NodeJS.ProcessEnv} env */
function goBelow(root, env) {
  const libraries = join(root, 'usr/lib');
  const sources = join(root, 'usr/share/gocode');
  if (!existsSync(libraries) || !existsSync(join(sources, 'src/golang.org/x/mod/sumdb/tlog')))
    return undefined;
  const home = readdirSync(libraries)
    .filter((name) => /^go-\d/.test(name))
    .map((name) => join(libraries, name))
    .find((folder) => existsSync(join(folder, 'bin/go')));
  if (home === undefined) return undefined;
  return {
    go: join(home, 'bin/go'),
    env: {
      ...env,
      GOROOT: home,
      GOPATH: sources,
      GOCACHE: join(cacheFolder(env), 'go-build'),
      GO111MODULE: 'off',
      GOFLAGS: '',
      CGO_ENABLED: '0',
    },
  };
}
