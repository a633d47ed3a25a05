// A whole recorded run is sent again: to the same process, after a restart, and into another mesh that has the
// same officer and nodes of the same names and keys. It gains nothing.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { memberRoutes } from '../../src/http/listeners/member-routes.ts';
import { publicRoutes } from '../../src/http/listeners/public-app.ts';
import { type EventfulRun, eventfulRun } from '../support/eventful-run.ts';
import { type FuzzMesh, startFuzzMesh } from '../support/fuzz/fuzz-mesh.ts';
import { findForms } from '../support/fuzz/message-forms.ts';
import { StateWatch } from '../support/fuzz/state-watch.ts';
import { type Replayed, replay } from '../support/replay.ts';
import type { RecordedRequest } from '../support/record-requests.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let run: EventfulRun;
beforeAll(async () => {
  run = await eventfulRun(await findForms());
});
afterAll(() => run?.mesh[Symbol.asyncDispose]());

/** Whoever opens the socket may do everything, again too; only what officers have signed counts once. */
const isSigned = ({ body }: RecordedRequest): boolean => /"signatures?":/.test(body.toString('latin1'));
const replayable = (request: RecordedRequest): boolean => request.door !== 'socket' || isSigned(request);

interface Outcome {
  readonly changes: readonly string[];
  readonly outcomes: Readonly<Record<string, readonly string[]>>;
}

/** @param exchanged whether each node's requests are sent with the certificate of the other node */
async function again(mesh: FuzzMesh, exchanged = false): Promise<Outcome> {
  const watch = new StateWatch(mesh);
  const changes: string[] = [];
  const outcomes: Record<string, string[]> = {};
  const nodeFor = ({ caller }: RecordedRequest) =>
    mesh.nodes[(caller === 'node-a') === exchanged ? 'node-b' : 'node-a'];
  const onAnswer = ({ request, outcome }: Replayed): void => {
    const name = `${request.door}: ${request.method} ${request.target.replace(/\?.*|node-[ab]/g, '')}`;
    outcomes[name] = [...new Set([...(outcomes[name] ?? []), outcome])];
    const change = watch.changed(request.door === 'nodes' ? String(nodeFor(request).nodeId) : '');
    if (change !== undefined) changes.push(`${name}: ${change}`);
  };
  await replay(mesh.controller, run.requests.filter(replayable), { sendAs: nodeFor, onAnswer });
  return { changes, outcomes };
}

it('every route for nodes and strangers is in the recording, and what officers sign', () => {
  const recorded = (door: string, method: string, path: string) =>
    run.requests.some(
      (request) =>
        request.door === door &&
        request.method === method &&
        new RegExp(`^${path.replace(/:[a-z_]+/g, '[^/?]+')}(?:\\?|$)`).test(request.target),
    );
  const missing = [
    ...memberRoutes.filter(({ method, path }) => !recorded('nodes', method, path)),
    ...publicRoutes.filter(({ method, path }) => !recorded('public', method, path)),
  ];
  expect(missing.map(({ path }) => path)).toEqual([]);
  expect(run.requests.filter((request) => request.door === 'socket' && isSigned(request)).length).toBeGreaterThan(0);
});

describe('the recorded run, sent again', () => {
  it('with the other node’s certificates', async () => {
    const { changes, outcomes } = await again(run.mesh, true);
    console.log(changes, outcomes);
  });
  it('to the same process', async () => {
    const { changes, outcomes } = await again(run.mesh);
    console.log(changes, outcomes);
  });
  it('after a restart', async () => {
    await run.mesh.restart();
    const { changes, outcomes } = await again(run.mesh);
    console.log(changes, outcomes);
  });
  it('other mesh', async () => {
    await using other = await startFuzzMesh('othermesh');
    const { changes, outcomes } = await again(other);
    console.log(changes, outcomes);
  });
});
