// Runs a task on a bare machine: it fetches a suitable Node and pnpm, installs the packages of the lockfile,
// and runs the task.
//
//   node scripts/bootstrap.mjs test|check|demo|e2e|bench|docs|package [arguments of the task]
//
// Needs only npm and Node 20 or newer. All its own output goes to standard error, so that a task's `--json`
// stays clean on standard output. It adds nothing outside node_modules and npm's own cache, except the
// WireGuard packages that ensure-wireguard.mjs announces.
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureWireguard } from './ensure-wireguard.mjs';
import { capture, foreground } from './lib/child-process.mjs';
import { isAtLeast } from './lib/versions.mjs';
import { compileCacheFolder, warmCompileCache } from './lib/warm-compile-cache.mjs';

const PNPM_VERSION = '12.21.0';
const NODE_VERSION = '24.21.0';
/** Below this, Node cannot run TypeScript sources, and better-sqlite3's prebuilt binary does not load. */
const OLDEST_NODE = '22.18.0';
/**
 * Platforms whose `node-…` package holds the binary itself. It has no install script that could be blocked.
 */
const SCRIPT_FREE_NODE = new Set(['linux-x64', 'linux-arm64']);

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fromSource = ['--conditions=@mesh/source'];

/** @type {Record<string, { nodeArgs: string[], wireguard: 'install' | 'probe' | 'own' }>} */
const TASKS = {
  test: { nodeArgs: ['scripts/run-tests.mjs'], wireguard: 'own' },
  check: { nodeArgs: ['scripts/run-checks.mjs'], wireguard: 'own' },
  demo: { nodeArgs: [...fromSource, 'demo/src/main.ts'], wireguard: 'install' },
  e2e: { nodeArgs: [...fromSource, 'e2e/src/main.ts'], wireguard: 'install' },
  bench: { nodeArgs: [...fromSource, 'bench/src/main.ts'], wireguard: 'probe' },
  docs: { nodeArgs: ['scripts/write-docs.mjs'], wireguard: 'own' },
  package: { nodeArgs: [...fromSource, 'scripts/package.mjs'], wireguard: 'own' },
};

/** @param {string} line */
function say(line) {
  process.stderr.write(`[set-up] ${line}\n`);
}

/** @param {string} line @returns {never} */
function giveUp(line) {
  say(line);
  process.exit(1);
}

/** The environment in which `node` and `pnpm` are the ones that the project needs. */
function toolEnvironment() {
  const nodeFits = isAtLeast(process.versions.node, OLDEST_NODE);
  const pnpm = capture('pnpm', ['--version'], { cwd: root });
  const pnpmFits = pnpm.code === 0 && pnpm.stdout.trim().split('.')[0] === PNPM_VERSION.split('.')[0];
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  if (nodeFits) env.PATH = `${dirname(process.execPath)}${delimiter}${env.PATH ?? ''}`;
  if (nodeFits && pnpmFits) return env;

  /** @type {string[]} */
  const packages = [];
  if (!pnpmFits) {
    packages.push(`pnpm@${PNPM_VERSION}`);
    say(`will bring pnpm ${PNPM_VERSION} into npm's cache: it installs the workspace from pnpm-lock.yaml`);
  }
  if (!nodeFits) {
    const platform = `${process.platform}-${process.arch}`;
    packages.push(`${SCRIPT_FREE_NODE.has(platform) ? `node-${platform}` : 'node'}@${NODE_VERSION}`);
    say(
      `will bring Node ${NODE_VERSION} into npm's cache: this one is ${process.versions.node}, and the project`,
    );
    say(`needs ${OLDEST_NODE} or newer (TypeScript sources, SQLite); your own Node is left as it is`);
  }
  const names = nodeFits ? ['pnpm'] : pnpmFits ? ['node'] : ['pnpm', 'node'];
  const found = capture(
    'npx',
    [
      '--yes',
      ...packages.flatMap((name) => ['-p', name]),
      '-c',
      names.map((name) => `command -v ${name}`).join('; '),
    ],
    { cwd: root },
  );
  if (found.code !== 0) {
    giveUp(`npx could not bring ${packages.join(' and ')}:\n${found.stderr.trim()}`);
  }
  // Only the last lines count, because a login profile or npm itself may have printed before them.
  const folders = found.stdout.trim().split('\n').slice(-names.length).map(dirname);
  env.PATH = [...new Set(folders), env.PATH ?? ''].join(delimiter);

  const version = capture('node', ['-p', 'process.versions.node'], { cwd: root, env });
  if (version.code !== 0 || !isAtLeast(version.stdout.trim(), OLDEST_NODE)) {
    giveUp(
      `the Node that was brought did not take: \`node\` is still ${version.stdout.trim() || 'not runnable'}. ` +
        `Where npm blocks install scripts the package "node" cannot unpack itself; ` +
        `install Node ${OLDEST_NODE} or newer by hand and run this again.`,
    );
  }
  say(`using Node ${version.stdout.trim()}`);
  return env;
}

/** @param {NodeJS.ProcessEnv} env */
async function installWorkspace(env) {
  if (!existsSync(join(root, 'node_modules'))) {
    say('will install the packages named in pnpm-lock.yaml into node_modules');
  }
  const started = Date.now();
  const install = await foreground(
    'pnpm',
    [
      'install',
      '--frozen-lockfile',
      '--prod=false',
      '--prefer-offline',
      '--reporter=append-only',
      '--loglevel=warn',
      '--config.confirmModulesPurge=false',
    ],
    { cwd: root, env, stdio: ['ignore', process.stderr, process.stderr] },
  );
  if (install.code !== 0) giveUp(`pnpm install failed with exit code ${install.code}`);
  say(`packages are in place (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

const [name = '', ...args] = process.argv.slice(2);
const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
if (!task) {
  say(`usage: node scripts/bootstrap.mjs ${Object.keys(TASKS).join('|')} [arguments]`);
  process.exit(2);
}
if (process.platform === 'win32') giveUp('Windows is not supported: use WSL, where all of this works.');
if (
  args.includes('--json') &&
  process.env.npm_lifecycle_event &&
  process.env.npm_config_loglevel !== 'silent'
) {
  say(`npm prints its own header on standard output; \`npm run -s ${name} -- --json\` prints the data alone`);
}

const env = toolEnvironment();
await installWorkspace(env);
env.NODE_COMPILE_CACHE = compileCacheFolder;
const warmed = warmCompileCache(env);
if (warmed.code !== 0)
  giveUp(`the sources of the worker threads could not be loaded:\n${warmed.stderr.trim()}`);
if (task.wireguard !== 'own') {
  const lab = await ensureWireguard({ log: say, install: task.wireguard === 'install', env });
  Object.assign(env, lab.env);
}
const ended = await foreground('node', [...task.nodeArgs, ...args], { cwd: root, env });
// If a signal ended the task, this process ends by the same signal, so that its caller sees that.
if (ended.signal) process.kill(process.pid, ended.signal);
process.exitCode = ended.code;
