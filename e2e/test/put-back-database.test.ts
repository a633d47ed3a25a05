// An old database of the controller is put in place while it is down. The real agent refuses the log that
// goes on from there, keeps the evidence, and goes on from a head that its operator names. Before that, it
// cosigns the heads that the controller may only then publish.

import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createControlClient } from '../../apps/node-agent/src/control/control-client.ts';
import { stateDirAt } from '../../apps/node-agent/src/identity/state-dir.ts';
import type { LogStatus } from '../../apps/node-agent/src/status/agent-status.ts';
import { type Mesh, startMesh, until } from '../lab/index.ts';
import { freePorts } from './support/free-ports.ts';
import { HERE } from './support/this-machine.ts';

/** No claim: an idle machine takes ten seconds. */
const PATIENCE_MS = 60_000;
let workDir: string;
let mesh: Mesh<'a'>;

beforeAll(async () => {
  workDir = mkdtempSync(join(tmpdir(), 'put-back-'));
  mesh = await startMesh({
    controllerHost: HERE,
    hosts: { a: HERE },
    workDir,
    epochSeconds: 3,
    benchmarkSeconds: 10,
    services: [],
    tunnel: 'dry-run',
    ports: await freePorts(),
    controllerSettings: { log: { required_member_cosignatures: 1 } },
  });
});

afterAll(async () => {
  await mesh?.stop();
  rmSync(workDir, { recursive: true, force: true });
});

const agent = () => createControlClient(stateDirAt(mesh.node('a').stateDir).controlSocket);
const untilLog = (what: string, is: (log: LogStatus) => boolean) =>
  until(what, PATIENCE_MS, async () => {
    const { log } = await agent().status();
    return log !== null && is(log) ? log : undefined;
  });
const untilPublished = (above: number) =>
  until('a head that the node has cosigned is published', PATIENCE_MS, async () => {
    const size = (await mesh.admin.health()).log?.published_size ?? 0;
    return size > above ? size : undefined;
  });

it('is noticed by the node, which goes on once its operator has named a head', async () => {
  const published = await untilPublished(0);
  await mesh.controller.stop();
  const database = join(workDir, 'controller/controller.db');
  copyFileSync(database, join(workDir, 'old.db'));
  await mesh.restartController();
  // More than the old database has.
  const entries = (await mesh.admin.health()).storage?.log_entries ?? Number.POSITIVE_INFINITY;
  const before = await untilLog('a newer head is accepted', (log) => (log.accepted?.size ?? 0) > entries);
  await mesh.controller.stop();
  for (const suffix of ['-wal', '-shm']) rmSync(`${database}${suffix}`, { force: true });
  copyFileSync(join(workDir, 'old.db'), database);
  await mesh.restartController();

  const { refusal, accepted } = await untilLog(
    'the log is refused, with evidence',
    (log) => log.refusal !== null && log.refusal.evidence !== null,
  );
  expect(['shrunk', 'forked', 'inconsistent']).toContain(refusal?.code);
  expect(accepted?.size).toBeGreaterThanOrEqual(before.accepted?.size ?? 0);
  const folder = stateDirAt(mesh.node('a').stateDir).logEvidence;
  const [file = ''] = readdirSync(folder);
  const evidence = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  expect(evidence.accepted.checkpoint).toContain(`\n${evidence.accepted.size}\n`);
  // A head of the accepted size comes without signatures.
  if (evidence.shown.size !== evidence.accepted.size)
    expect(evidence.shown.checkpoint).toContain(`\n${evidence.shown.size}\n`);
  // The controller hears of it.
  await until('the operator sees who refuses the log', PATIENCE_MS, async () =>
    (await mesh.admin.health()).log?.refused_by.includes('a' as never) ? true : undefined,
  );

  const { shown } = (await untilLog('it is refused still', (log) => log.refusal !== null)).refusal ?? {};
  await agent().acceptLogHead(shown as NonNullable<typeof shown>);
  const after = await untilLog('the log is in line again', (log) => log.refusal === null);
  expect(after.accepted?.size).toBeGreaterThanOrEqual(shown?.size ?? Number.POSITIVE_INFINITY);
  // Then the node cosigns the new line, so that it is published.
  await untilPublished(published);
  await until('the node is in, with a lease', PATIENCE_MS, async () => {
    const { allowed, lease_left_ms: leftMs } = await agent().status();
    return allowed === true && leftMs > 0 ? true : undefined;
  });
});
