// The process with the good nodes. Each keeps a config query open and asks over a second connection, at the
// pace of an agent that watches closely. Now and then one of them connects afresh, and one fails.

import { setTimeout as elapsed } from 'node:timers/promises';
import { decodeBase64 } from '@mesh/primitives';
import { pathOf } from '@mesh/protocol';
import type { NodeIdentity } from '../controller/seed-mesh.ts';
import { knownMesh } from '../denial/known-mesh.ts';
import { WatchingAgent } from '../denial/watching-agent.ts';
import { KeptConnection } from '../load/kept-connection.ts';
import { SignedSubmissions } from '../load/signed-submissions.ts';
import type { MembersCount, MembersReply, MembersRequest, MembersSetup } from './flood-messages.ts';

/** Slower than an address may open connections. */
const CONNECT_EVERY_MS = 40;
const ASK_EVERY_MS = 1_000;
/** Every so many requests of a node are a submission: one in seven seconds. */
const SUBMIT_EVERY = 7;
const NEW_CONNECTION_EVERY_MS = 500;
const FAILING_SCORE = { overall: 0.05 };
const EPOCH = Buffer.from(`GET ${pathOf('epoch')} HTTP/1.1\r\nhost: localhost\r\n\r\n`);

interface Member {
  readonly identity: NodeIdentity;
  readonly connection: KeptConnection;
  readonly submissions: SignedSubmissions;
  hasFailed: boolean;
}

const reply = (message: MembersReply): void => void process.send?.(message);
const fail = (error: unknown): void =>
  reply({ op: 'failed', message: error instanceof Error ? error.message : String(error) });

let setup: MembersSetup | undefined;
let good: Member[] = [];
let failing: Member[] = [];
/** The good nodes whose config query is answered as it should be. */
const following = new Set<string>();
/** Why others do not follow any more. */
const lost: string[] = [];
/** Who has applied each removal. */
const removedAt = new Map<string, Set<string>>();
let onRemoval: () => void = () => undefined;

function noteRemoval(removed: string, at: string): void {
  removedAt.set(removed, (removedAt.get(removed) ?? new Set()).add(at));
  onRemoval();
}

/** Keeps a node's query open. One that is given what it should not get counts as a failure. */
function follow(agent: WatchingAgent, nodeId: string): void {
  following.add(nodeId);
  agent.follow().catch((error: Error) => {
    following.delete(nodeId);
    lost.push(error.message);
    onRemoval();
  });
}

async function setUp(given: MembersSetup): Promise<void> {
  setup = given;
  const { doors, caPem, configPublicKey, identities } = given;
  const { host, nodesPort } = doors;
  const controller = {
    host,
    port: nodesPort,
    caPem,
    configPublicKey: decodeBase64(configPublicKey, { lengthBytes: 32 }),
  };
  const known = await knownMesh({ host, nodesPort }, given);
  good = [];
  for (const identity of identities) {
    good.push(await join(given, identity));
    const { nodeId } = identity;
    const noted = (removed: string) => noteRemoval(removed, nodeId);
    follow(await WatchingAgent.open(identity, controller, known, noted), nodeId);
    await elapsed(CONNECT_EVERY_MS);
  }
  failing = [];
  for (const identity of given.failing) {
    failing.push(await join(given, identity));
  }
  reply({ op: 'ready' });
}

/** Connects a node and submits its first score, so that it does not turn stale while others connect. */
async function join(given: MembersSetup, identity: NodeIdentity): Promise<Member> {
  await elapsed(CONNECT_EVERY_MS);
  const connection = await open(given, identity);
  const submissions = new SignedSubmissions(given.meshId, identity);
  const { status } = await connection.send(submissions.next());
  if (status !== 200) throw new Error(`the first score of ${identity.nodeId} was answered ${status}`);
  return { identity, connection, submissions, hasFailed: false };
}

const open = ({ doors, caPem }: MembersSetup, identity: NodeIdentity) =>
  KeptConnection.open(doors.nodesPort, { ...identity, caPem }, doors.host);

async function run(seconds: number, failures: number): Promise<MembersCount> {
  const untilMs = performance.now() + seconds * 1000;
  const answers: number[] = [];
  const connections: number[] = [];
  const denials: number[] = [];
  const failed: string[] = [];
  const timed = async (into: number[], what: string, send: () => Promise<{ status: number }>) => {
    const startMs = performance.now();
    const status = await send().then(
      (answer) => answer.status,
      (error: Error) => error.message,
    );
    if (status === 200) into.push(performance.now() - startMs);
    else failed.push(`${what}: ${status}`);
  };
  const pacing = async (everyMs: number, at: number, each: (turn: number) => Promise<void>) => {
    await elapsed(everyMs * at);
    for (let turn = 0; performance.now() < untilMs; turn++) {
      const startMs = performance.now();
      await each(turn);
      await elapsed(Math.max(0, everyMs - (performance.now() - startMs)));
    }
  };
  const everybody = [...good, ...failing];
  const asking = everybody.map((member, at) =>
    pacing(ASK_EVERY_MS, at / everybody.length, async (turn) => {
      const { connection, submissions, identity } = member;
      // The first turn of each is a submission, because connecting everybody took time.
      const isSubmission = turn === 0 || (turn + at) % SUBMIT_EVERY === 0;
      const request = isSubmission ? submissions.next() : EPOCH;
      if (!member.hasFailed) await timed(answers, identity.nodeId, () => connection.send(request));
    }),
  );
  const connecting = pacing(NEW_CONNECTION_EVERY_MS, 0, async (turn) => {
    const member = good[turn % good.length];
    if (setup === undefined || member === undefined) return;
    const { identity } = member;
    const given = setup;
    let connection: KeptConnection | undefined;
    await timed(connections, `a new connection of ${identity.nodeId}`, async () => {
      connection = await open(given, identity);
      return connection.send(EPOCH);
    });
    connection?.close();
  });
  const denying = (async () => {
    for (let failure = 0; failure < failures; failure++) {
      await elapsed((seconds * 1000) / (failures + 1));
      const next = failing.shift();
      // One that is out already tells nothing about a denial.
      if (next === undefined || removedAt.has(next.identity.nodeId)) continue;
      await failAndWait(next).then(
        (ms) => denials.push(ms),
        (error: Error) => failed.push(error.message),
      );
    }
  })();
  await Promise.all([...asking, connecting, denying]);
  return { answers, connections, denials, failures: [...failed, ...lost] };
}

/** @returns milliseconds until every good node had removed the member */
async function failAndWait(member: Member): Promise<number> {
  if (setup === undefined) throw new Error('nobody was set up');
  const { identity, submissions } = member;
  const everywhere = new Promise<void>((resolve) => {
    onRemoval = () => {
      const at = removedAt.get(identity.nodeId);
      if ([...following].every((nodeId) => at?.has(nodeId))) resolve();
    };
  });
  member.hasFailed = true;
  // The other connection may wait for an answer.
  const connection = await open(setup, identity);
  const request = submissions.next(FAILING_SCORE);
  const startMs = performance.now();
  const { status } = await connection.send(request);
  if (status !== 200) throw new Error(`the failing score of ${identity.nodeId} was answered ${status}`);
  await everywhere;
  connection.close();
  return performance.now() - startMs;
}

process.on('message', (request: MembersRequest) => {
  if (request.op === 'setup') setUp(request.setup).catch(fail);
  else run(request.seconds, request.failures).then((count) => reply({ op: 'counted', count }), fail);
});
