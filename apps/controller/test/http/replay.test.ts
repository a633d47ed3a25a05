// A whole recorded run is sent again: to the same process, after a restart, and into another mesh that has
// the same officer and nodes of the same names and keys. It gains nothing.

import { networkAdminPath, routes } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../src/http/listeners/public-app.ts';
import { type EventfulRun, eventfulRun } from '../support/eventful-run.ts';
import { type FuzzMesh, startFuzzMesh } from '../support/fuzz/fuzz-mesh.ts';
import { findForms } from '../support/fuzz/message-forms.ts';
import { StateWatch } from '../support/fuzz/state-watch.ts';
import type { RecordedRequest } from '../support/record-requests.ts';
import { type Replayed, replay } from '../support/replay.ts';

let run: EventfulRun;
beforeAll(async () => {
  run = await eventfulRun(await findForms());
});
afterAll(() => run?.mesh[Symbol.asyncDispose]());

/** Whoever opens the socket may do everything, again too; only what officers have signed counts once. */
const isSigned = ({ body }: RecordedRequest): boolean => /"signatures?":/.test(body.toString('latin1'));
const replayable = (request: RecordedRequest): boolean => request.door !== 'socket' || isSigned(request);

interface Outcome {
  /** The types of the log's new entries, by the request that caused them. */
  readonly changes: Readonly<Record<string, readonly string[]>>;
  readonly outcomes: Readonly<Record<string, readonly string[]>>;
}

/** @param exchanged whether each node's requests are sent with the certificate of the other node */
async function again(mesh: FuzzMesh, exchanged = false): Promise<Outcome> {
  const watch = new StateWatch(mesh);
  const changes: Record<string, string[]> = {};
  const outcomes: Record<string, string[]> = {};
  const nodeFor = ({ caller }: RecordedRequest) =>
    mesh.nodes[(caller === 'node-a') === exchanged ? 'node-b' : 'node-a'];
  const add = (to: Record<string, string[]>, name: string, what: readonly string[]) => {
    if (what.length > 0) to[name] = [...new Set([...(to[name] ?? []), ...what])];
  };
  const onAnswer = ({ request, outcome }: Replayed): void => {
    const name = `${request.method} ${request.target.replace(/\?.*|\/node-[ab]/g, '')}`;
    add(outcomes, name, [outcome]);
    const change = watch.changed(request.door, nodeFor(request).nodeId);
    if (change === undefined) return;
    const types = [...change.matchAll(/"type":"([a-z_]+)"/g)].map(([, type]) => type ?? '');
    add(changes, name, types.length > 0 ? types : [change]);
  };
  await replay(mesh.controller, run.requests.filter(replayable), { sendAs: nodeFor, onAnswer });
  const table = watch.tablesChanged();
  if (table !== undefined && Object.keys(changes).length === 0) add(changes, 'all', [table]);
  return { changes, outcomes };
}

/** What was answered, of what is more than reading, asking for a challenge or signing out. */
const granted = ({ outcomes }: Outcome): string[] =>
  Object.keys(outcomes).filter(
    (name) => /^POST .*(?<!challenge|session\/end)$/.test(name) && outcomes[name]?.includes('answered'),
  );

/** What an examiner has sent of the exam that was held. */
const examined = (): string[] =>
  run.requests
    .filter(({ body }) => body.includes('e'.repeat(32)))
    .map(({ method, target }) => `${method} ${target}`);

it('every route for nodes and strangers is in the recording, and what officers sign', () => {
  const recorded = (door: string, method: string, path: string) =>
    run.requests.some(
      (request) =>
        request.door === door &&
        request.method === method &&
        new RegExp(`^${path.replace(/:[a-z_]+/g, '[^/?]+').replace(/\*$/, '[^?]+')}(?:\\?|$)`).test(
          request.target,
        ),
    );
  const missing = [
    ...memberRoutes.filter(({ method, path }) => !recorded('nodes', method, path)),
    ...publicRoutes.filter(({ method, path }) => !recorded('public', method, path)),
  ];
  expect(missing.map(({ path }) => path)).toEqual([]);
  expect(recorded('public', 'GET', networkAdminPath(routes.live))).toBe(true);
  expect(examined()).toEqual(['POST /v1/exams/node-a/commitment', 'POST /v1/exams/node-a/result']);
  const signed = run.requests.filter((request) => request.door === 'socket' && isSigned(request));
  expect(signed.length).toBeGreaterThan(0);
});

// A certificate is issued again for the key in the request. It is worth nothing to anybody without that key.
const ONLY_CERTIFICATES = ['certificate_issued'];

describe('the recorded run, sent again, gains nothing', () => {
  it('with the certificates of the other node', async () => {
    const outcome = await again(run.mesh, true);
    expect(outcome.changes).toEqual({ 'POST /v1/enrolments': ONLY_CERTIFICATES });
    expect(granted(outcome).sort()).toEqual(['POST /v1/enrolments']);
  });

  it('to the same process, with the certificates of the nodes that sent it', async () => {
    const outcome = await again(run.mesh);
    expect(outcome.changes).toEqual({
      'POST /v1/enrolments': ONLY_CERTIFICATES,
      'POST /v1/certificates': ONLY_CERTIFICATES,
    });
    expect(granted(outcome).sort()).toEqual(['POST /v1/certificates', 'POST /v1/enrolments']);
  });

  it('after a restart: no challenge is open any more', async () => {
    await run.mesh.restart();
    const outcome = await again(run.mesh);
    expect(outcome.changes).toEqual({ 'POST /v1/certificates': ONLY_CERTIFICATES });
    // Memory holds the last `applied` report and its sequence, so the node itself can send an old one again.
    const expected = ['POST /v1/applied', 'POST /v1/certificates'];
    expect(granted(outcome).sort()).toEqual(expected);
  });

  it('to another mesh with the same officer, and nodes with the same names and keys', async () => {
    await using other = await startFuzzMesh('othermesh');
    const outcome = await again(other);
    expect(outcome.changes).toEqual({ 'POST /v1/certificates': ONLY_CERTIFICATES });
    expect(granted(outcome).sort()).toEqual(['POST /v1/certificates']);
  });
});

describe('the control: it is carried out again', () => {
  it('by a controller that has forgotten the sequences', async () => {
    const { controller } = run.mesh;
    controller.db.exec('UPDATE nodes SET sequence_endpoint = 0, sequence_leave = 0');
    controller.db.exec('UPDATE node_results SET sequence_benchmark = 0');
    await run.mesh.restart();
    const { changes } = await again(run.mesh);
    expect(changes).toMatchObject({
      'POST /v1/endpoints': expect.arrayContaining(['endpoint_reported']),
      'POST /v1/leave': expect.arrayContaining(['node_left']),
      'POST /v1/benchmarks': expect.arrayContaining(['benchmark_accepted']),
    });
  });

  it('by another mesh of the same name', async () => {
    await using namesake = await startFuzzMesh();
    const { changes } = await again(namesake);
    expect(changes).toMatchObject({ 'POST /v1/endpoints': expect.arrayContaining(['endpoint_reported']) });
  });
});
