// If any step of a start fails, the program ends by itself with the reason. It leaves nothing that prevents
// the next start: no lock, no socket, no process, no half-open database.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Mesh, MeshProcess, startMesh, withFaults } from '../lab/index.ts';
import { HERE } from './support/this-machine.ts';
import { endlessClose, throwingFault } from './support/written-faults.ts';

// Each step starts a real program.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const APPS = join(import.meta.dirname, '../../apps');
const PORTS = { nodes: 18_643, public: 18_644 };
let workDir: string;
let mesh: Mesh<'a'>;

interface Ended {
  readonly code: number | string;
  readonly output: string;
}

function start(
  program: 'controller' | 'node-agent',
  args: readonly string[],
  faults: Parameters<typeof withFaults>[0],
) {
  return new MeshProcess({
    host: HERE,
    entry: join(APPS, program, 'src/main.ts'),
    args,
    ...withFaults(faults),
    logFile: join(workDir, 'starts.log'),
  });
}

/** Runs a program, which must end by itself. */
async function fails(
  program: 'controller' | 'node-agent',
  faults: Parameters<typeof withFaults>[0] = [],
): Promise<Ended> {
  const running = start(program, program === 'controller' ? serve() : up(), faults);
  const timer = setTimeout(() => running.signal('SIGKILL'), 30_000);
  const code = await running.exited;
  clearTimeout(timer);
  return { code, output: running.output };
}

async function succeeds(program: 'controller' | 'node-agent'): Promise<void> {
  const running = start(program, program === 'controller' ? serve() : up(), []);
  await running.says(program === 'controller' ? 'controller is up' : 'agent started');
  running.signal('SIGTERM');
  expect(await running.exited, running.output).toBe(0);
}

const up = () => ['up', '--config', mesh.node('a').configFile];
const serve = () => ['serve', '--config', join(workDir, 'controller.json')];
const stateDir = () => mesh.node('a').stateDir;
const dataDir = () => join(workDir, 'controller');

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'failed-starts-'));
  mesh = await startMesh({
    controllerHost: HERE,
    hosts: { a: HERE },
    workDir,
    epochSeconds: 4,
    benchmarkSeconds: 5,
    tunnel: 'dry-run',
    ports: PORTS,
  });
  await mesh.node('a').agent.stop();
});

afterAll(async () => {
  await mesh?.stop();
  rmSync(workDir, { recursive: true, force: true });
});

describe('an agent whose start fails', () => {
  const steps = [
    ['identity/state-dir.ts', 'openStateDir'],
    ['identity/lock-state-dir.ts', 'lockStateDir'],
    ['identity/open-member.ts', 'openMember'],
    ['journal/journal.ts', 'Journal'],
    ['interfaces/host-interfaces.ts', 'openHostInterfaces'],
    ['measure/choose-source.ts', 'chooseSource'],
    ['identity/enrolment-store.ts', 'EnrolmentStore'],
    ['identity/sequence-file.ts', 'SequenceFile'],
    ['uplink/submit/spool.ts', 'createFileSpool'],
    ['lease/boot-id.ts', 'readBootId'],
    ['lease/lease-file.ts', 'LeaseFile'],
    ['settings/advertised-endpoint.ts', 'endpointOf'],
    ['compose/open-storage.ts', 'openStorage'],
    ['compose/open-host.ts', 'openHost'],
    ['run/run-agent.ts', 'runAgent'],
    ['run/wire-agent.ts', 'wireAgent'],
    ['status/agent-record.ts', 'AgentRecord'],
    ['uplink/channel/control-channel.ts', 'ControlChannel'],
    ['engine/switching-engine.ts', 'SwitchingEngine'],
    ['run/open-engine.ts', 'openEngine'],
    ['uplink/reports/report-applied.ts', 'AppliedReporter'],
    ['uplink/keys/kem-keys.ts', 'KemKeys'],
    ['uplink/keys/key-recovery.ts', 'KeyRecovery'],
    ['uplink/config/follow-config.ts', 'ConfigFollower'],
    ['uplink/submit/submit-loop.ts', 'SubmitLoop'],
    ['measure/measure-loop.ts', 'MeasureLoop'],
    ['probes/probe-peers.ts', 'PeerProber'],
    ['control/control-server.ts', 'serveControl'],
    ['run/agent-tasks.ts', 'agentTasks'],
    ['uplink/reports/report-endpoint.ts', 'reportEndpoint'],
    ['uplink/certificate/renew-certificate.ts', 'renewCertificates'],
  ] as const;

  it.each(steps)(
    'at %s (%s) ends by itself with the reason, and the next start reaches its step',
    async (file, name) => {
      const fault = throwingFault(`apps/node-agent/src/${file}`, name);
      const { code, output } = await fails('node-agent', [fault]);
      expect(code, output).toEqual(expect.any(Number));
      expect(code).not.toBe(0);
      expect(output).toContain(fault.message);
      expect(existsSync(join(stateDir(), 'control.sock'))).toBe(false);
      expect(existsSync(join(stateDir(), 'agent.lock.holder'))).toBe(false);
    },
  );

  it.each([
    ['a folder in the place of its control socket', 'control.sock', 'folder'],
    ['keys that are cut off', 'keys', 'garbage'],
    ['an enrolment that is none', 'enrolment.json', 'garbage'],
  ] as const)('for %s ends by itself, and starts once that is put right', async (_, name, kind) => {
    const file = join(stateDir(), name);
    const kept = join(workDir, `kept-${name}`);
    if (existsSync(file)) renameSync(file, kept);
    if (kind === 'folder') mkdirSync(join(file, 'full'), { recursive: true });
    else writeFileSync(file, 'no', { mode: 0o600 });
    const { code, output } = await fails('node-agent');
    expect(code, output).toEqual(expect.any(Number));
    expect(code).not.toBe(0);
    rmSync(file, { recursive: true });
    if (existsSync(kept)) renameSync(kept, file);
    await succeeds('node-agent');
  });

  it('because of another agent’s lock ends by itself and names the other, which is left alone', async () => {
    const first = start('node-agent', up(), []);
    await first.says('agent started');
    const { code, output } = await fails('node-agent');
    expect(code, output).toEqual(expect.any(Number));
    expect(output).toContain(String(first.pid));
    expect(existsSync(join(stateDir(), 'control.sock'))).toBe(true);
    await first.stop();
  });

  it('leaves nothing after any of these: the last start succeeds', () => succeeds('node-agent'));
});

describe('a controller whose start fails', () => {
  beforeAll(() => mesh.controller.stop());

  const steps = [
    ['settings/config.ts', 'configuredPolicyOf'],
    ['compose/open-storage.ts', 'openStorage'],
    ['store/open-store.ts', 'openSettledSealer'],
    ['trust/controller-keys.ts', 'openControllerKeys'],
    ['packages/membership/src/state/mesh-state.ts', 'MeshState'],
    ['store/log-writer.ts', 'LogWriter'],
    ['store/state-rows.ts', 'RowWriter'],
    ['store/sqlite-journal.ts', 'SqliteJournal'],
    ['packages/membership/src/peering/membership-index.ts', 'MembershipIndex'],
    ['publish/publication.ts', 'Publication'],
    ['judge/judge.ts', 'Judge'],
    ['keys/psk-deriver.ts', 'PskDeriver'],
    ['leases/maintenance-watch.ts', 'MaintenanceWatch'],
    ['schedule/epoch-runner.ts', 'EpochRunner'],
    ['schedule/staleness-watch.ts', 'StalenessWatch'],
    ['publish/status-file.ts', 'StatusFileWriter'],
    ['http/listeners/open-tls-listeners.ts', 'openNodesListener'],
    ['http/listeners/open-tls-listeners.ts', 'openPublicListener'],
    ['http/listeners/admin-app.ts', 'createAdminApp'],
    ['http/listeners/listeners.ts', 'openSocketListener'],
  ] as const;

  it.each(steps)('at %s (%s) ends by itself with the reason', async (file, name) => {
    const fault = throwingFault(file.startsWith('packages/') ? file : `apps/controller/src/${file}`, name);
    const { code, output } = await fails('controller', [fault]);
    expect(code, output).toBe(1);
    expect(output).toContain(fault.message);
    expect(existsSync(join(dataDir(), 'admin.sock'))).toBe(false);
  });

  it('in its PSK worker ends by itself', async () => {
    const fault = throwingFault('apps/controller/src/keys/derive-and-seal-psks.ts', 'servePsks');
    expect((await fails('controller', [fault])).code).toBe(1);
  });

  it('because of a taken port ends by itself and names the port', async () => {
    const holder = await new Promise<Server>((resolve) => {
      const server = createServer().listen(PORTS.public, () => resolve(server));
    });
    const { code, output } = await fails('controller');
    holder.close();
    expect(code, output).toBe(4);
    expect(output).toContain(String(PORTS.public));
  });

  it.each([
    ['a master key that is another', 'master.key', Buffer.alloc(32, 7).toString('base64')],
    [
      'an invalid database',
      'controller/controller.db',
      'not a database, but long enough to be looked at'.repeat(40),
    ],
  ] as const)('for %s ends by itself, and starts once that is put right', async (_, name, text) => {
    const file = join(workDir, name);
    const kept = mkdtempSync(join(workDir, 'kept-'));
    const folder = join(file, '..');
    const names = readdirSync(folder).filter((each) => join(folder, each).startsWith(file));
    for (const each of names) cpSync(join(folder, each), join(kept, each));
    for (const each of names) rmSync(join(folder, each));
    writeFileSync(file, text, { mode: 0o600 });
    const { code, output } = await fails('controller');
    expect(code, output).toBe(2);
    for (const each of readdirSync(folder).filter((one) => join(folder, one).startsWith(file)))
      rmSync(join(folder, each));
    for (const each of names)
      writeFileSync(join(folder, each), readFileSync(join(kept, each)), { mode: 0o600 });
    await succeeds('controller');
  });

  it('because of another controller’s lock ends by itself, and leaves the other alone', async () => {
    const first = start('controller', serve(), []);
    await first.says('controller is up');
    const { code, output } = await fails('controller');
    expect(code, output).toBe(5);
    expect(existsSync(join(dataDir(), 'admin.sock'))).toBe(true);
    await first.stop();
  });

  it('leaves nothing after any of these: the last start succeeds', () => succeeds('controller'));
});

describe.each([
  ['node-agent', 'journal/journal.ts', 'Journal'],
  ['controller', 'keys/psk-deriver.ts', 'PskDeriver'],
] as const)('the %s', (program, file, name) => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'that hangs while it ends is ended by a second signal: %s',
    async (second) => {
      const fault = endlessClose(`apps/${program}/src/${file}`, name);
      const running = start(program, program === 'controller' ? serve() : up(), [fault]);
      await running.says(program === 'controller' ? 'controller is up' : 'agent started');
      running.signal('SIGTERM');
      await running.says('closing without end');
      running.signal(second);
      expect(await running.exited).toBe(second);
    },
  );
});
