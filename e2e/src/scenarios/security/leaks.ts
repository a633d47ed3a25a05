// A mesh is run with secrets that are known. Then they are looked for in every file and log, in what the
// programs answer, and in the arguments and the environment of every process that ran. A planted secret in
// each kind of place is the control.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Finding,
  filesIn,
  findSpelled,
  type KnownSecret,
  type Lab,
  LabError,
  type Mesh,
  notAtHome,
  openToOthers,
  type Place,
  processPlaces,
  until,
} from '@mesh/e2e';
import { parseAdminKey } from '@mesh/protocol';
import { SEED_VARIABLE } from '../../../faults/known-epoch-secrets.ts';
import type { Mechanism, ScenarioResult, ScenarioRun } from '../../scenario.ts';
import { inMesh } from '../../scenario.ts';
import { askEverything } from './ask-everything.ts';
import { knowsEpoch, secretsIn } from './known-secrets.ts';
import { ProcessWatch } from './process-watch.ts';

const NODES = ['a', 'b'] as const;
type Name = (typeof NODES)[number];
const SEED = 'the seed of a run';

/** The random bytes of the controller's worker follow from a seed; see faults/known-epoch-secrets.ts. */
const KNOWN_EPOCHS: Mechanism = {
  about: 'epoch secrets that the test knows',
  controller: [
    {
      module: 'apps/controller/src/keys/derive-and-seal-psks.ts',
      replacedBy: 'e2e/faults/known-epoch-secrets.ts',
      env: { [SEED_VARIABLE]: SEED },
    },
  ],
};

export async function scanForLeaks(run: ScenarioRun): Promise<ScenarioResult> {
  const without: Mechanism = {
    ...KNOWN_EPOCHS,
    ...run.without,
    controller: [...(KNOWN_EPOCHS.controller ?? []), ...(run.without?.controller ?? [])],
  };
  using watch = new ProcessWatch();
  const settings = { epochSeconds: 4, benchmarkSeconds: 2, maxBenchmarkAgeSeconds: 600, leaseSeconds: 12 };
  let result: ScenarioResult | undefined;
  const runMesh = inMesh<Name, void>({ ...run, without }, NODES, settings, async (mesh, lab) => {
    await live(mesh, run);
    const handedOut = [...(await presharedKeys(lab)), ...(await apiKey(mesh))];
    const responses = await askEverything({ mesh, nodes: NODES, host: lab.node('controller') });
    watch.look();
    const processes = watch.seen();
    const secrets = [...secretsIn(mesh.workDir, NODES, SEED), ...handedOut];
    const places = [...filesIn(mesh.workDir), ...responses, ...processPlaces(processes)];
    const { epoch_id, secret_hash } = await mesh.admin.epoch();
    const isEpochKnown = knowsEpoch(secrets, epoch_id, secret_hash);
    const found = findSpelled(secrets, places);
    const absent = notAtHome(secrets, places);
    const open = openToOthers([
      join(mesh.workDir, 'controller'),
      ...NODES.map((node) => mesh.node(node).stateDir),
    ]);
    const planted = await findPlanted();
    run.say(
      `${places.length} places, ${secrets.length} secrets: ${found.length} found where they do not belong`,
    );
    result = {
      ok: isEpochKnown && [found, absent, open, planted.missed].every(({ length }) => length === 0),
      measured: {
        secrets: secrets.length,
        handed_out: handedOut.map(({ name }) => name),
        epoch_secret_known: isEpochKnown,
        files: places.filter(({ kind }) => kind === 'file').length,
        responses: responses.length,
        processes: processes.length,
        found,
        not_found_at_home: absent,
        open_to_others: open,
        planted_found: planted.found,
        planted_missed: planted.missed,
      },
    };
  });
  const atStop = await runMesh.then(() => '', messageOfLeak);
  if (result === undefined) throw new Error('the mesh ended before it was searched');
  const { ok, measured } = result;
  return { ok: ok && atStop === '', measured: { ...measured, found_at_stop: atStop } };
}

/** What every mesh of the lab says when it stops. @throws what is no leak */
function messageOfLeak(error: unknown): string {
  if (error instanceof LabError && error.code === 'leaked') return error.message;
  throw error;
}

/** Some epochs, a denial and a return, a quarantine, a restart of everything. */
async function live(mesh: Mesh<Name>, { quick, say }: ScenarioRun): Promise<void> {
  const { admin } = mesh;
  const firstEpoch = (await admin.epoch()).epoch_id;
  await admin.createToken({ uses: 2 });
  await admin.quarantine('a', 'looks odd');
  await admin.release('a', 'was nothing');
  await admin.rotate();
  if (!quick) {
    mesh.node('b').become('misaligned');
    await until('b is out', 60_000, async () =>
      (await admin.node('b')).membership === 'DENIED' ? true : undefined,
    );
    mesh.node('b').become('aligned');
  }
  await mesh.node('a').agent.stop();
  await mesh.node('a').restartAgent();
  await mesh.controller.stop();
  await mesh.restartController();
  say('everything was restarted');
  await until('both are in, some epochs on', 120_000, async () => {
    const { epoch_id, nodes } = await admin.epoch();
    const isIn = NODES.every((name) => nodes[name]?.membership === 'ALLOWED');
    return isIn && epoch_id > firstEpoch + 3 ? true : undefined;
  });
}

/** The keys that the interfaces have now. They belong into no file, log or answer. */
function presharedKeys(lab: Lab<Name | 'controller'>): Promise<KnownSecret[]> {
  return until('the interface of a has a key', 60_000, async () => {
    const { stdout } = await lab.node('a').exec('wg', ['show', 'lab0', 'preshared-keys']);
    const keys = stdout.split('\n').flatMap((line) => {
      const [, key] = line.split('\t');
      if (key === undefined || key === '(none)') return [];
      return [{ name: 'preshared key', bytes: Buffer.from(key, 'base64'), home: undefined }];
    });
    return keys.length === 0 ? undefined : keys;
  });
}

/** Shown once, to whoever made it; the controller keeps its hash. */
async function apiKey({ admin }: Mesh<Name>): Promise<KnownSecret[]> {
  const { key } = await admin.createKey({ name: 'scan', role: 'viewer' });
  return [
    { name: 'API key', bytes: Buffer.from(key), home: undefined },
    { name: 'secret in the API key', bytes: parseAdminKey(key).secret, home: undefined },
  ];
}

/** Plants a secret in a place of each kind, in another spelling each. */
async function findPlanted(): Promise<{ found: Finding['kind'][]; missed: string[] }> {
  const bytes = Buffer.from('f00dfacef00dfacef00dfacef00dfacef00dfacef00dfacef00dfacef00dface', 'hex');
  const secret: KnownSecret = { name: 'planted', bytes, home: undefined };
  const folder = mkdtempSync(join(tmpdir(), 'aligned-mesh-planted-'));
  using watch = new ProcessWatch();
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)', '--', bytes.toString('hex')], {
    env: { PATH: process.env.PATH, PLANTED: bytes.toString('base64url') },
    stdio: 'ignore',
  });
  try {
    await once(child, 'spawn');
    writeFileSync(join(folder, 'a.log'), `{"msg":"key ${bytes.toString('base64')}"}\n`);
    writeFileSync(join(folder, 'b.sqlite'), Buffer.concat([Buffer.alloc(5_000, 1), bytes, Buffer.alloc(99)]));
    await until('the planted process', 10_000, () => {
      watch.look();
      return processPlaces(watch.seen()).some(({ content }) => content.includes('PLANTED')) || undefined;
    });
    const response: Place = { name: 'r', kind: 'response', content: Buffer.from(JSON.stringify([...bytes])) };
    const places = [...filesIn(folder), response, ...processPlaces(watch.seen())];
    const found = findSpelled([secret], places).map(({ kind }) => kind);
    const wanted = ['file', 'file', 'response', 'arguments', 'environment'] as const;
    const missed = wanted.filter(
      (kind, at) =>
        found.filter((one) => one === kind).length <=
        wanted.slice(0, at).filter((one) => one === kind).length,
    );
    return { found, missed: [...missed] };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}
