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
import { everyNth } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mesh, MeshProcess, startMesh } from '../lab/index.ts';
import { bundleFailingPrograms, type FailingPrograms, type FailingStep } from './support/failing-programs.ts';
import { freePorts } from './support/free-ports.ts';
import { HERE } from './support/this-machine.ts';

type Program = 'controller' | 'node-agent';
const APPS = join(import.meta.dirname, '../../apps');
let workDir: string;
let mesh: Mesh<'a'>;
let failing: FailingPrograms;
let ports: Awaited<ReturnType<typeof freePorts>>;

interface Ended {
  readonly code: number | string;
  readonly output: string;
}

function start(program: Program, broken?: { readonly entry: string; readonly env: Record<string, string> }) {
  return new MeshProcess({
    host: HERE,
    entry: join(APPS, program, 'src/main.ts'),
    args: program === 'controller' ? serve() : up(),
    ...broken,
    logFile: join(workDir, 'starts.log'),
  });
}

/** Runs a program, which must end by itself. */
async function fails(program: Program, step?: FailingStep): Promise<Ended> {
  const running = start(program, step && failing.throwing(program, step));
  const timer = setTimeout(() => running.signal('SIGKILL'), 30_000);
  const code = await running.exited;
  clearTimeout(timer);
  return { code, output: running.output };
}

async function succeeds(program: Program): Promise<void> {
  const running = start(program);
  await running.says(program === 'controller' ? 'controller is up' : 'agent started');
  running.signal('SIGTERM');
  expect(await running.exited, running.output).toBe(0);
}

const up = () => ['up', '--config', mesh.node('a').configFile];
const serve = () => ['serve', '--config', join(workDir, 'controller.json')];
const stateDir = () => mesh.node('a').stateDir;
const dataDir = () => join(workDir, 'controller');

const AGENT_STEPS: readonly FailingStep[] = everyNth(4, [
  ['apps/node-agent/src/identity/state-dir.ts', 'openStateDir'],
  ['apps/node-agent/src/identity/lock-state-dir.ts', 'lockStateDir'],
  ['apps/node-agent/src/identity/open-member.ts', 'openMember'],
  ['apps/node-agent/src/journal/journal.ts', 'Journal'],
  ['apps/node-agent/src/interfaces/host-interfaces.ts', 'openHostInterfaces'],
  ['apps/node-agent/src/measure/choose-source.ts', 'chooseSource'],
  ['apps/node-agent/src/identity/enrolment-store.ts', 'EnrolmentStore'],
  ['apps/node-agent/src/identity/sequence-file.ts', 'SequenceFile'],
  ['apps/node-agent/src/uplink/submit/spool.ts', 'createFileSpool'],
  ['apps/node-agent/src/lease/boot-id.ts', 'readBootId'],
  ['apps/node-agent/src/lease/lease-file.ts', 'LeaseFile'],
  ['apps/node-agent/src/settings/advertised-endpoint.ts', 'endpointOf'],
  ['apps/node-agent/src/compose/open-storage.ts', 'openStorage'],
  ['apps/node-agent/src/compose/open-host.ts', 'openHost'],
  ['apps/node-agent/src/run/run-agent.ts', 'runAgent'],
  ['apps/node-agent/src/run/wire-agent.ts', 'wireAgent'],
  ['apps/node-agent/src/status/agent-record.ts', 'AgentRecord'],
  ['apps/node-agent/src/uplink/channel/control-channel.ts', 'ControlChannel'],
  ['apps/node-agent/src/engine/switching-engine.ts', 'SwitchingEngine'],
  ['apps/node-agent/src/run/open-engine.ts', 'openEngine'],
  ['apps/node-agent/src/uplink/reports/report-applied.ts', 'AppliedReporter'],
  ['apps/node-agent/src/uplink/keys/kem-keys.ts', 'KemKeys'],
  ['apps/node-agent/src/uplink/keys/key-recovery.ts', 'KeyRecovery'],
  ['apps/node-agent/src/uplink/config/follow-config.ts', 'ConfigFollower'],
  ['apps/node-agent/src/uplink/submit/submit-loop.ts', 'SubmitLoop'],
  ['apps/node-agent/src/measure/measure-loop.ts', 'MeasureLoop'],
  ['apps/node-agent/src/probes/probe-peers.ts', 'PeerProber'],
  ['apps/node-agent/src/control/control-server.ts', 'serveControl'],
  ['apps/node-agent/src/run/agent-tasks.ts', 'agentTasks'],
  ['apps/node-agent/src/uplink/reports/report-endpoint.ts', 'reportEndpoint'],
  ['apps/node-agent/src/uplink/certificate/renew-certificate.ts', 'renewCertificates'],
]);
const CONTROLLER_STEPS: readonly FailingStep[] = everyNth(4, [
  ['apps/controller/src/settings/config.ts', 'configuredPolicyOf'],
  ['apps/controller/src/compose/open-storage.ts', 'openStorage'],
  ['apps/controller/src/store/open-store.ts', 'openSettledSealer'],
  ['apps/controller/src/trust/controller-keys.ts', 'openControllerKeys'],
  ['packages/membership/src/state/mesh-state.ts', 'MeshState'],
  ['apps/controller/src/store/log-writer.ts', 'LogWriter'],
  ['apps/controller/src/store/state-rows.ts', 'RowWriter'],
  ['apps/controller/src/store/sqlite-journal.ts', 'SqliteJournal'],
  ['packages/membership/src/peering/membership-index.ts', 'MembershipIndex'],
  ['apps/controller/src/publish/publication.ts', 'Publication'],
  ['apps/controller/src/judge/judge.ts', 'Judge'],
  ['apps/controller/src/keys/psk-deriver.ts', 'PskDeriver'],
  ['apps/controller/src/leases/maintenance-watch.ts', 'MaintenanceWatch'],
  ['apps/controller/src/schedule/epoch-runner.ts', 'EpochRunner'],
  ['apps/controller/src/schedule/staleness-watch.ts', 'StalenessWatch'],
  ['apps/controller/src/publish/status-file.ts', 'StatusFileWriter'],
  ['apps/controller/src/http/listeners/open-tls-listeners.ts', 'openNodesListener'],
  ['apps/controller/src/http/listeners/open-tls-listeners.ts', 'openPublicListener'],
  ['apps/controller/src/http/listeners/admin-app.ts', 'createAdminApp'],
  ['apps/controller/src/http/listeners/listeners.ts', 'openSocketListener'],
]);
const WORKER_STEP: FailingStep = ['apps/controller/src/keys/derive-and-seal-psks.ts', 'servePsks'];
const HANGING: Readonly<Record<Program, FailingStep>> = {
  controller: ['apps/controller/src/keys/psk-deriver.ts', 'PskDeriver'],
  'node-agent': ['apps/node-agent/src/journal/journal.ts', 'Journal'],
};
const unique = (steps: readonly FailingStep[]): FailingStep[] => [
  ...new Map(steps.map((step) => [step.join(), step])).values(),
];

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'failed-starts-'));
  failing = bundleFailingPrograms(join(workDir, 'programs'), {
    controller: unique([...CONTROLLER_STEPS, WORKER_STEP, HANGING.controller]),
    'node-agent': unique([...AGENT_STEPS, HANGING['node-agent']]),
  });
  ports = await freePorts();
  mesh = await startMesh({
    controllerHost: HERE,
    hosts: { a: HERE },
    workDir,
    epochSeconds: 4,
    benchmarkSeconds: 5,
    services: [],
    tunnel: 'dry-run',
    ports,
  });
  await mesh.node('a').agent.stop();
});

afterAll(async () => {
  await mesh?.stop();
  rmSync(workDir, { recursive: true, force: true });
});

describe('an agent whose start fails', () => {
  it.each(AGENT_STEPS)(
    'at %s (%s) ends by itself with the reason, and the next start reaches its step',
    async (file, name) => {
      const { code, output } = await fails('node-agent', [file, name]);
      expect(code, output).toEqual(expect.any(Number));
      expect(code).not.toBe(0);
      expect(output).toContain(`fault in ${name}`);
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
    const first = start('node-agent');
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

  it.each(CONTROLLER_STEPS)('at %s (%s) ends by itself with the reason', async (file, name) => {
    const { code, output } = await fails('controller', [file, name]);
    expect(code, output).toBe(1);
    expect(output).toContain(`fault in ${name}`);
    expect(existsSync(join(dataDir(), 'admin.sock'))).toBe(false);
  });

  it('in its PSK worker ends by itself', async () => {
    expect((await fails('controller', WORKER_STEP)).code).toBe(1);
  });

  it('because of a taken port ends by itself and names the port', async () => {
    const holder = await new Promise<Server>((resolve) => {
      const server = createServer().listen(ports.public, () => resolve(server));
    });
    const { code, output } = await fails('controller');
    holder.close();
    expect(code, output).toBe(4);
    expect(output).toContain(String(ports.public));
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
    const first = start('controller');
    await first.says('controller is up');
    const { code, output } = await fails('controller');
    expect(code, output).toBe(5);
    expect(existsSync(join(dataDir(), 'admin.sock'))).toBe(true);
    await first.stop();
  });

  it('leaves nothing after any of these: the last start succeeds', () => succeeds('controller'));
});

describe.each(['node-agent', 'controller'] as const)('the %s', (program) => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'that hangs while it ends is ended by a second signal: %s',
    async (second) => {
      const running = start(program, failing.hanging(program, HANGING[program]));
      await running.says(program === 'controller' ? 'controller is up' : 'agent started');
      running.signal('SIGTERM');
      await running.says('closing without end');
      running.signal(second);
      expect(await running.exited).toBe(second);
    },
  );
});
