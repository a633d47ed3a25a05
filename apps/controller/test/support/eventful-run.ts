// A recorded run of a mesh in which nodes, officers and operators do everything that they can.

import { createTlsFetch } from '@mesh/host';
import { jsonRequest, requestBytes } from '@mesh/host/fuzz-kit';
import { waitUntil } from '@mesh/host/test-kit';
import { done, type OpenExam } from '@mesh/membership';
import { networkAdminPath, routes, signMessage } from '@mesh/protocol';
import { OWN_PAGE, signIn, visitor } from './dashboard.ts';
import { assignmentOf, commitment, digestOf, result } from './exams.ts';
import { type FuzzMesh, startFuzzMesh } from './fuzz/fuzz-mesh.ts';
import { goodBodies, refusedAsItIs } from './fuzz/good-bodies.ts';
import type { Form } from './fuzz/message-forms.ts';
import { prime } from './fuzz/prime.ts';
import { hasParameter, nameOf, pathFor, type Target } from './fuzz/targets.ts';
import { openNextEpoch } from './index.ts';
import { certificateRequest } from './node-keys.ts';
import { type RecordedRequest, recordRequests } from './record-requests.ts';

export interface EventfulRun {
  readonly mesh: FuzzMesh;
  readonly requests: readonly RecordedRequest[];
}

export async function eventfulRun(forms: ReadonlyMap<Target, Form>): Promise<EventfulRun> {
  const recording = recordRequests();
  try {
    const mesh = await startFuzzMesh();
    await nodesDoEverything(mesh, forms);
    await nodesAskInVain(mesh, forms);
    await oneExaminesTheOther(mesh);
    await officersSign(mesh, forms);
    await operatorsAct(mesh);
    await somebodyVisits(mesh);
    return { mesh, requests: recording.requests(mesh.controller) };
  } finally {
    recording.stop();
  }
}

async function nodesDoEverything(mesh: FuzzMesh, forms: ReadonlyMap<Target, Form>): Promise<void> {
  const { controller, nodes } = mesh;
  await controller.public.health();
  const tile = routes.logTile.replace('*', '0/000.p/1');
  for (const target of [routes.logCheckpoint, tile, `${routes.logProof}?index=0`]) {
    const read = requestBytes({ method: 'GET', target, headers: [], body: undefined });
    for (const caller of ['stranger', 'node-a'] as const) await mesh.connections[caller].ask(read, false);
  }
  const opened = routes.openedItems.replace(':pool', 'secrets');
  for (const target of [opened, routes.openApi, routes.openApiPage]) {
    const read = requestBytes({ method: 'GET', target, headers: [], body: undefined });
    await mesh.connections.stranger.ask(read, false);
  }
  for (const node of Object.values(nodes)) {
    await node.config();
    await node.client.epoch();
    await node.client.examAssignments();
    await node.client.told({ epochId: 1, from: 0 });
    await node.client.reportEndpoint(node.endpoint(['192.0.2.8']));
    await node.client.renewCertificate(await certificateRequest(node.keys, node.nodeId));
  }
  await nodes['node-b'].submit(0.1);
  await prime({ mesh, forms, bodies: await goodBodies(mesh) });
  await nodes['node-b'].submit(0.9);
}

/** What `prime` leaves out: routes without a message, and messages that are refused. */
async function nodesAskInVain(mesh: FuzzMesh, forms: ReadonlyMap<Target, Form>): Promise<void> {
  const bodies = await goodBodies(mesh);
  for (const [target, form] of forms) {
    if (target.door !== 'nodes' || target.method !== 'POST') continue;
    if (form !== undefined && !refusedAsItIs(form.schema)) continue;
    const good = form === undefined ? {} : (bodies(form.schema, 'node-a') ?? {});
    const body =
      form?.signing === undefined ? good : signMessage(form.signing.kind, good, mesh.signers['node-a']);
    await mesh.connections['node-a'].ask(jsonRequest('POST', pathFor(target, 'node-a'), body), false);
  }
}

/** The policy examines nobody, so the exam is drawn by hand. */
async function oneExaminesTheOther({ controller, nodes }: FuzzMesh): Promise<void> {
  const { view, judge } = controller.running.services;
  const [pool] = view.exams().pools();
  const [examiner, examined] = [view.node('node-a'), view.node('node-b')];
  const challenge = examined?.exams?.next;
  if (pool === undefined || examiner === undefined || challenge === undefined)
    throw new Error('the mesh has had no exam');
  const { nodeId, exams } = examined as NonNullable<typeof examined>;
  const [examId, nowMs] = ['e'.repeat(32), Math.floor(controller.nowMs())];
  const eligible = { ids: [examiner.nodeId], sha256: digestOf('["node-a"]') };
  const epochId = exams?.sinceEpoch as NonNullable<typeof exams>['sinceEpoch'];
  const exam: OpenExam = {
    ...{ examId, nodeId, epochId, pool: pool.name, root: pool.root, challenge },
    ...{ head: { size: 1, rootHash: pool.root }, eligibleSha256: eligible.sha256 },
    ...{ liveSha256: digestOf('[0,1]'), asked: { examiners: 1, items: 2 } },
    service: { port: 1, path: '/', api: 'openai' },
    ...{ startsAtMs: nowMs, endsAtMs: nowMs + 600_000 },
    assignments: [{ examiner: examiner.nodeId, items: [0, 1] }],
  };
  const next = { challenge: digestOf('after'), sha256: digestOf('of after') };
  await judge.run(() => done([{ type: 'exam_drawn', epochId, exam, eligible, next }]));
  const node = nodes['node-a'];
  const assignment = await assignmentOf(node, 'node-b');
  await node.client.commitExam(commitment(node, examId));
  await node.client.answerExam(result(node, assignment, 1));
  await waitUntil('the exam to be closed', () => view.exams().exam(examId) === undefined);
}

/** One valid message of each kind that an officer signs. */
async function officersSign(mesh: FuzzMesh, forms: ReadonlyMap<Target, Form>): Promise<void> {
  const bodies = await goodBodies(mesh);
  for (const [target, form] of forms) {
    if (target.door !== 'socket' || form?.signing?.by !== 'officer' || hasParameter(target)) continue;
    const body = signMessage(form.signing.kind, bodies(form.schema, 'node-a') ?? {}, mesh.signers.officer);
    const answer = await mesh.connections.operator.ask(jsonRequest('POST', pathFor(target, ''), body), false);
    if (answer?.status !== 200) throw new Error(`${nameOf(target)}: ${answer?.body}`);
  }
}

async function operatorsAct({ controller, nodes }: FuzzMesh): Promise<void> {
  const { admin } = controller;
  await admin.endMaintenance();
  await admin.quarantine('node-b', 'looks odd');
  await admin.release('node-b', 'was nothing');
  await admin.rotate();
  await openNextEpoch(controller);
  await nodes['node-a'].submit(0.9);
}

/** Signs in to the dashboard, looks, and signs out. The key has ended when this resolves. */
async function somebodyVisits({ controller }: FuzzMesh): Promise<void> {
  const { key, key_id: keyId } = await controller.admin.createKey({ name: 'visitor', role: 'viewer' });
  const fetch = createTlsFetch({ ca: controller.caPem });
  const ask = visitor(controller, fetch);
  await ask('/dashboard/index.html');
  const headers = { ...OWN_PAGE, cookie: await signIn(controller, key, ask) };
  for (const path of ['/dashboard/session', networkAdminPath(routes.live)]) await ask(path, { headers });
  for (const path of ['/dashboard/openid', '/dashboard/openid/finish'])
    await ask(path, { method: 'POST', headers, body: { answer: 'code=a&state=b' } });
  await ask('/dashboard/session/end', { method: 'POST', headers, body: {} });
  await controller.admin.expireKey(keyId);
  fetch.close();
}
