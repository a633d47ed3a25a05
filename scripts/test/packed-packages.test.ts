// The packages as they are published: packed, installed together by plain npm into an empty folder, imported
// by plain Node, type-checked by a strict consumer, their commands started. Needs a build (`npm test` makes
// it).
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { isBuiltin } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { capture } from '../lib/child-process.mjs';
import { packPackage, publishedPackages } from '../lib/published-packages.mjs';

/**
 * For each library, code that uses its public names, valid as TypeScript and JavaScript, and what it prints.
 */
const USES: Record<string, { code: string; prints: string }> = {
  '@mesh/primitives': {
    code: `import { canonicalJson, type NodeId, parseNodeId, toHex, utf8 } from '@mesh/primitives';
const node: NodeId = parseNodeId('node-a');
console.log(canonicalJson({ b: 1, a: node }), toHex(utf8('mesh')));`,
    prints: '{"a":"node-a","b":1} 6d657368',
  },
  '@mesh/psk': {
    code: `import { parseEpochId, parseMeshId, parseNodeId } from '@mesh/primitives';
import { deriveEpochKey, deriveNodeKey, EpochSecret } from '@mesh/psk';
const epochSecret = EpochSecret.own(new Uint8Array(32));
const epochKey = deriveEpochKey({ meshId: parseMeshId('m'), epochId: parseEpochId(1), epochSecret });
const key: Uint8Array = deriveNodeKey(epochKey, parseNodeId('a'));
console.log(key.length);`,
    prints: '32',
  },
  '@mesh/scoring': {
    code: `import { describeReason, evaluate, parsePolicy } from '@mesh/scoring';
const decision = evaluate(parsePolicy({}), { status: 'active' }, 0);
const sentence: string = describeReason(decision.reason);
console.log(decision.allowed, decision.reason.code, sentence.length > 0);`,
    prints: 'false no_benchmark true',
  },
  '@mesh/wg': {
    code: `import { formatEndpoint, parseEndpoint } from '@mesh/wg';
console.log(formatEndpoint(parseEndpoint('[2001:db8::1]:51820')));`,
    prints: '[2001:db8::1]:51820',
  },
  '@mesh/protocol': {
    code: `import { messageKinds, type MessageKind, signingInput } from '@mesh/protocol';
const kind: MessageKind = messageKinds[0];
console.log(new TextDecoder().decode(signingInput(kind, { mesh_id: 'm', signature: '' })).endsWith('{"mesh_id":"m"}'));`,
    prints: 'true',
  },
  '@mesh/client': {
    code: `import { connectReader, isProblem, type Reader } from '@mesh/client';
const mesh: Reader = connectReader({ baseUrl: 'https://controller.example:8444', fetch: globalThis.fetch });
console.log(typeof mesh.nodes, isProblem(new Error('x')));`,
    prints: 'function false',
  },
  '@mesh/audit': {
    code: `import { CompactRange, leafHash } from '@mesh/audit';
const leaf: Uint8Array = leafHash(new Uint8Array(0));
console.log(leaf.length, typeof CompactRange);`,
    prints: '32 function',
  },
  '@mesh/evidence': {
    code: `import { DECISION_TYPES, EvidenceError, parseProofFile, type ProofStepName } from '@mesh/evidence';
const step: ProofStepName = 'head';
let isRefused = false;
try {
  parseProofFile('{}');
} catch (error) {
  isRefused = error instanceof EvidenceError;
}
console.log(step, isRefused, DECISION_TYPES.includes('node_denied'));`,
    prints: 'head true true',
  },
  '@mesh/seal': {
    code: `import { DEFAULT_SUITE, generateKemKeyPair, kemSeedLength, type SealSuite } from '@mesh/seal';
const suite: SealSuite = DEFAULT_SUITE;
const { publicKey } = generateKemKeyPair(suite, new Uint8Array(kemSeedLength(suite)).fill(1));
console.log(suite, publicKey.length);`,
    prints: 'mesh/seal/v1/x-wing 1216',
  },
  '@mesh/membership': {
    code: `import { parseMeshId } from '@mesh/primitives';
import { MeshState, type MeshView } from '@mesh/membership';
const view: MeshView = new MeshState(parseMeshId('m'));
console.log(view.meshId, view.nodeCount());`,
    prints: 'm 0',
  },
  '@mesh/wg-device': {
    code: `import { createDryRunTunnel, type Tunnel, TunnelError } from '@mesh/wg-device';
import { parseInterfaceName } from '@mesh/wg';
const tunnel: Tunnel = createDryRunTunnel({ interfaceName: parseInterfaceName('wg0'), writeLine: () => {} });
const code: string = await tunnel.read().then(() => 'up', (error) => error.code);
console.log(tunnel.interfaceName, code, typeof TunnelError);`,
    prints: 'wg0 not_up function',
  },
  '@mesh/harness': {
    code: `import { normaliseText, parseSuite, type Suite } from '@mesh/harness';
const parse: (text: string) => Suite = parseSuite;
console.log(typeof parse, typeof normaliseText('Yes'));`,
    prints: 'function string',
  },
};

/** Names of the packages that a built module imports, without builtins and its own chunks. */
function importedPackages(code: string): string[] {
  const specifiers = [
    ...code.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']/g),
    ...code.matchAll(/(?:^|\n)\s*import\s*["']([^"']+)["']/g),
    ...code.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g),
  ].map((match) => match[1] ?? '');
  return specifiers
    .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

const published = publishedPackages();
const libraries = published.filter(({ isLibrary }) => isLibrary);
const commands = published.flatMap(({ name, bin }) => Object.keys(bin).map((command) => ({ name, command })));
const root = join(import.meta.dirname, '../..');

describe('the published packages', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-packed-'));
    const tarballs = published.map((each) => packPackage(each, folder));
    writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }');
    // It installs without install scripts: no published package may need one.
    const install = capture(
      'npm',
      ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs],
      { cwd: folder, env: consumerEnvironment() },
    );
    if (install.code !== 0) throw new Error(`npm install of the tarballs failed:\n${install.stderr}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * The environment on another person's machine: without this repository's conditions, without settings of a
   * surrounding npm run.
   */
  function consumerEnvironment(): NodeJS.ProcessEnv {
    return Object.fromEntries(
      Object.entries(process.env).filter(
        ([name]) => !/^(NODE_(OPTIONS|COMPILE_CACHE)|npm_(package|lifecycle)_)/.test(name),
      ),
    );
  }

  it('are all installed, at the version that the repository has', () => {
    expect(published.length).toBeGreaterThanOrEqual(10);
    for (const { name, folder: source } of published) {
      const installed = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
      const { version } = JSON.parse(readFileSync(join(root, source, 'package.json'), 'utf8'));
      expect(installed.version, name).toBe(version);
      expect(JSON.stringify(installed), `${name} still names the workspace`).not.toContain('workspace:');
      expect(JSON.stringify(installed.exports ?? {}), `${name} still offers its sources`).not.toContain(
        '@mesh/source',
      );
    }
  });

  it('ship the built files and no tests', () => {
    for (const { name } of published) {
      const entries = readdirSync(join(folder, 'node_modules', name));
      expect(entries, name).toContain('dist');
      expect(
        entries.filter((entry) => entry === 'src' || entry === 'test'),
        name,
      ).toEqual([]);
    }
  });

  it('ship every worker thread next to the code that starts it', () => {
    const workers = published.flatMap(({ name, folder: source }) =>
      readdirSync(join(root, source, 'src'), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('-worker.ts'))
        .map((file) => join(folder, 'node_modules', name, 'dist', basename(file, '.ts'))),
    );
    expect(workers.length).toBeGreaterThan(0);
    expect(workers.filter((file) => !existsSync(`${file}.js`))).toEqual([]);
  });

  it('ship the process that asks a service as one file, next to the agent’s code', () => {
    const dist = join(folder, 'node_modules/@mesh/node-agent/dist');
    const codes = readdirSync(dist).filter((file) => file.endsWith('.js'));
    const named = codes.filter((file) =>
      readFileSync(join(dist, file), 'utf8').includes('./measure-child.cjs'),
    );
    expect(named).not.toEqual([]);
    const required = readFileSync(join(dist, 'measure-child.cjs'), 'utf8').matchAll(
      /\brequire\(["']([^"']+)["']\)/g,
    );
    const modules = [...required].map((match) => match[1] ?? '');
    expect(modules).toContain('http');
    expect(modules.filter((name) => !isBuiltin(name))).toEqual([]);
  });

  // The agent starts it in this way, from a folder that nobody else can read.
  it('can run that process as a user who cannot read its file', async () => {
    const answer = JSON.stringify({ choices: [{ message: { content: 'yes' } }] });
    const service = createServer((_request, response) => response.end(answer));
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    const assertion = '{ type: regex, value: "^y" }';
    const job = {
      ...{
        kind: 'canary',
        url: `http://127.0.0.1:${port}/`,
        model: 'm',
        api: 'openai',
        stream: false,
        fields: {},
        concurrency: 1,
      },
      ...{ minAnswered: 1, timeoutMs: 20_000, regexTimeoutMs: 20_000, runMs: 20_000 },
      suiteText: `{ name: t, version: "1", prompts: [{ id: a, dimension: d, prompt: p, assert: [${assertion}] }] }`,
    };
    expect(statSync(folder).mode & 0o077).toBe(0);
    const user = process.geteuid?.() === 0 ? '65534:65534' : '-';
    const file = join(folder, 'node_modules/@mesh/node-agent/dist/measure-child.cjs');
    const args = ['--no-new-privs', '--inh-caps=-all', '--ambient-caps=-all', process.execPath, file, user];
    const child = spawn('setpriv', args, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', env: {} });
    child.stdin.write(`${JSON.stringify(job)}\n`);
    let reply = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      reply += text;
    });
    await new Promise((resolve) => child.once('close', resolve));
    service.close();
    expect(JSON.parse(reply)).toMatchObject({ result: { scores: { overall: 1 } } });
  });

  it('declare everything that their built code imports, including imports of bundled code', () => {
    const imports = published.flatMap(({ name }) => {
      const installed = join(folder, 'node_modules', name);
      const { dependencies = {}, peerDependencies = {} } = JSON.parse(
        readFileSync(join(installed, 'package.json'), 'utf8'),
      );
      return readdirSync(join(installed, 'dist'))
        .filter((file) => file.endsWith('.js'))
        .flatMap((file) => importedPackages(readFileSync(join(installed, 'dist', file), 'utf8')))
        .map((imported) => ({
          name,
          imported,
          declared: Object.hasOwn({ ...dependencies, ...peerDependencies }, imported),
        }));
    });
    expect(imports.map(({ imported }) => imported)).toContain('@noble/hashes');
    expect(imports.filter(({ declared }) => !declared)).toEqual([]);
  });

  it('have an example of use for every library', () => {
    expect(Object.keys(USES).sort()).toEqual(libraries.map(({ name }) => name).sort());
  });

  it.each(libraries)('$name is imported and used by plain Node', ({ name }) => {
    const use = USES[name];
    const file = join(folder, `${name.replace('@mesh/', '')}.mjs`);
    // The test strips the types itself, so that Node versions without type stripping can run the code too.
    const plain = use?.code.replaceAll(
      /\btype \w+,? ?|: (?:\(text: string\) => )?[A-Z]\w*(?= =)|: string(?= =)/g,
      '',
    );
    writeFileSync(file, plain ?? '');
    const run = capture(process.execPath, [file], { cwd: folder, env: consumerEnvironment() });
    expect(run.stderr).toBe('');
    expect(run.stdout.trim()).toBe(use?.prints);
  });

  it('have declarations that a strict consumer can check, without Node’s types', () => {
    for (const { name } of libraries) {
      writeFileSync(join(folder, `${name.replace('@mesh/', '')}.ts`), USES[name]?.code ?? '');
    }
    const compilerOptions = {
      target: 'es2023',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      module: 'nodenext',
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    const run = capture(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder });
    expect(run.stdout).toBe('');
    expect(run.code).toBe(0);
    // Positive control: a wrong use must not compile, or the declarations are `any`.
    writeFileSync(join(folder, 'wrong.ts'), "import { toHex } from '@mesh/primitives';\ntoHex(1);\n");
    expect(capture(join(root, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder }).stdout).toContain(
      'wrong.ts',
    );
  });

  it.each(commands)('$command of $name starts and prints its help', ({ command }) => {
    const run = capture(join(folder, 'node_modules/.bin', command), ['--help'], {
      cwd: folder,
      env: consumerEnvironment(),
      timeoutMs: 30_000,
    });
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain(command);
  });

  it('have a command for every app', () => {
    expect(commands.map(({ command }) => command).sort()).toEqual([
      'mesh-agent',
      'mesh-controller',
      'mesh-witness',
      'meshctl',
    ]);
  });
});
