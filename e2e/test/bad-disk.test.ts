// A node whose disk is full still does its work for the others, and loses nothing that it was told.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CpuWaits, until } from '../lab/index.ts';
import { fileSystemOf, openTrial, type Trial, untilMs } from './support/trial.ts';

const NODES = ['full', 'b', 'c'] as const;
type Name = (typeof NODES)[number];

let trial: Trial<Name>;
let stateDir: string;

beforeAll(async () => {
  trial = await openTrial<Name>({
    prefix: 'baddisk',
    subnet: '10.92.0.0/24',
    names: NODES,
    settings: async (workDir, lab) => {
      stateDir = join(workDir, 'full', 'state');
      mkdirSync(stateDir, { recursive: true, mode: 0o700 });
      const options = ['-t', 'tmpfs', '-o', 'size=8m,mode=0700', 'tmpfs', stateDir];
      await lab.node('full').exec('mount', options);
      return { benchmarkSeconds: 2, services: ['full'] };
    },
  });
});

afterAll(() => trial?.close());

const ballast = () => join(stateDir, 'ballast');
const host = () => trial.lab.node('full');

/** Fills the disk to the last page. */
async function fillDisk(): Promise<void> {
  for (const size of ['1M', '4K']) {
    const args = ['if=/dev/zero', `of=${ballast()}`, `bs=${size}`, 'oflag=append', 'conv=notrunc'];
    const { exitCode } = await host().exec('dd', args, { allowFailure: true });
    expect(exitCode).not.toBe(0);
  }
}

const acceptedSequence = async () => (await trial.mesh.admin.node('full')).last_benchmark?.sequence ?? 0;
const untilAccepted = async (above: number) =>
  until('another benchmark', 60_000, async () => {
    const sequence = await acceptedSequence();
    return sequence > above ? sequence : undefined;
  });

const READ_JOURNAL = `
  const { DatabaseSync } = require('node:sqlite');
  const db = new DatabaseSync(process.argv[1], { readOnly: true });
  const rows = db.prepare('SELECT type FROM events WHERE at_ms >= ? ORDER BY id').all(Number(process.argv[2]));
  console.log(JSON.stringify(rows.map(({ type }) => type)));
`;

/** What the agent has written to its own journal since `fromMs`. */
async function journalSince(fromMs: number): Promise<readonly string[]> {
  const args = ['-e', READ_JOURNAL, join(stateDir, 'journal.sqlite'), String(fromMs)];
  const { stdout } = await host().exec(process.execPath, args);
  return JSON.parse(stdout) as string[];
}

describe('an agent whose disk is full', () => {
  let fullMs: number;
  let size: number;

  it('reports it and goes on: keys change, benchmarks run, no packet is lost', async () => {
    size = (await trial.mesh.admin.log({ limit: 1 })).size;
    await fillDisk();
    fullMs = Date.now();
    const { agent } = trial.mesh.node('full');
    await agent.says('the journal cannot be written', 60_000);
    await agent.says('a sequence number could not be stored', 60_000);
    const before = await acceptedSequence();
    const old = (await trial.keys('full')).get(await trial.publicKey('b'));
    const next = await trial.untilSameKey('full', 'b', old, 60_000);
    await trial.untilSameKey('full', 'b', next, 60_000);
    await untilAccepted(before);
    expect(await trial.loss(NODES, fullMs)).toMatchObject({ lost: 0 });
  });

  it('is killed, and starts again on the full disk with its tunnels', async () => {
    const fromMs = Date.now();
    const before = await acceptedSequence();
    await trial.mesh.node('full').agent.kill();
    await trial.mesh.node('full').restartAgent();
    await untilAccepted(before);
    const old = (await trial.keys('full')).get(await trial.publicKey('b'));
    await trial.untilSameKey('full', 'b', old, 60_000);
    expect(await trial.loss(NODES, fromMs)).toMatchObject({ lost: 0 });
  });

  it('still removes a denied peer within a second', async () => {
    const { controller } = trial.mesh;
    const programs = [controller.pid, trial.mesh.node('full').agent.pid];
    using waits = new CpuWaits(() => programs);
    const deniedMs = Date.now();
    await trial.mesh.admin.quarantine('c', 'a test');
    await until('the peer to be gone', 60_000, async () =>
      (await trial.keys('full')).has(await trial.publicKey('c')) ? undefined : true,
    );
    await untilMs('packets that still pass', Date.now() + 2_000);
    const last = Math.max(...trial.arrivalsBetween('full', 'c').map(({ atMs }) => atMs));
    // What the programs waited for a core is not theirs.
    expect(last - deniedMs - waits.waitedMs(programs, deniedMs, last)).toBeLessThan(1_000);
    await trial.mesh.admin.release('c', 'a test');
  });

  it('writes again when there is room: its history is complete, and no number was used twice', async () => {
    await host().exec('rm', [ballast()]);
    await trial.mesh.node('full').agent.says('the journal is written again', 60_000);
    const accepted = await untilAccepted(await acceptedSequence());
    const stored = join(fileSystemOf(host()), stateDir, 'sequences.json');
    await until('the number on disk', 60_000, () =>
      JSON.parse(readFileSync(stored, 'utf8')).benchmark >= accepted ? true : undefined,
    );
    // The events of the run that began on the full disk.
    const types = await journalSince(fullMs);
    expect(types).toEqual(expect.arrayContaining(['started', 'peer_removed', 'epoch_applied']));
    const entries = (await trial.mesh.log(size)).map(({ entry }) => entry);
    expect(entries.filter(({ type }) => type === 'message_rejected')).toEqual([]);
    await trial.untilMembership('c', 'ALLOWED');
    await trial.untilFlowing(NODES);
  });
});
