// The proof of concept's clients sign nothing. A controller whose database has enrolled nodes does not serve
// them; if it did, anybody on the machine would speak for a node of that name.

import { createLogger } from '@mesh/host';
import { parseNodeId } from '@mesh/primitives';
import { routes } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import { expect, it } from 'vitest';
import { createPocApp } from '../../src/poc/poc-app.ts';
import { PocMesh } from '../../src/poc/poc-mesh.ts';
import { enrolTestNode, startTestController, TestController } from '../support/index.ts';

const NAME = 'node-a';
const poc = { insecure_poc_compat: true, poc: { port: 0, nodes: [NAME] } };

it('an unsigned client does not get in beside enrolled nodes, and speaks for one where nobody looks for them', async () => {
  await using honest = await startTestController();
  await enrolTestNode(honest, NAME);
  const { journal, view } = honest.running.services;
  const before = { head: journal.head(), nodes: JSON.stringify([...view.nodes()]) };

  // What is opened where the database is not looked at: the same app over the same names.
  const mesh = new PocMesh({
    nodeIds: [parseNodeId(NAME)],
    policy: () => parsePolicy({}),
    epochMs: 60_000,
    randomBytes: (length) => new Uint8Array(length).fill(7),
    nowMs: 0,
  });
  let nowMs = 1_000;
  const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs, bootMs: () => nowMs };
  const app = createPocApp({ mesh, clock, logger: createLogger({ level: 'silent' }) });
  const submitted = await app.request(routes.submitBenchmark.replace(':node_id', NAME), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      node_id: NAME,
      timestamp: new Date(nowMs).toISOString(),
      suite_version: 'poc-1',
      scores: { overall: 1 },
    }),
  });
  expect(submitted.status).toBe(200);
  nowMs = 61_000;
  const config = await (await app.request(routes.config.replace(':node_id', NAME))).json();
  expect(config).toMatchObject({ node_id: NAME, allowed: true, psk_base64: expect.any(String) });
  mesh.close();

  // The enrolled node itself is as it was: the two meshes have nothing in common.
  expect({ head: journal.head(), nodes: JSON.stringify([...view.nodes()]) }).toEqual(before);

  await honest.stop();
  const { directory } = honest;
  await expect(new TestController({ directory, config: poc }).start()).rejects.toThrow(
    `has enrolled nodes (${NAME})`,
  );
});
