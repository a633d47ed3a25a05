// A running controller on a fake clock with nodes that are in.

import { FakeClock } from '@mesh/host/test-kit';
import { defined } from '@mesh/primitives';
import { ProblemError } from '@mesh/protocol';
import type { SealSuite } from '@mesh/seal';
import { expect } from 'vitest';
import {
  type ConfigInput,
  enrolTestNode,
  type OpenedAnswer,
  type OpenedDelta,
  type OpenedFull,
  openNextEpoch,
  startTestController,
  type TestController,
  type TestNode,
  until,
} from './index.ts';

export interface RunningMesh extends AsyncDisposable {
  readonly controller: TestController;
  readonly clock: FakeClock;
  readonly nodes: Readonly<Record<string, TestNode>>;
  node(name: string): TestNode;
}

/** Starts a controller and gets the named nodes admitted; `name:class` puts one into a class. */
export async function runningMesh(
  names: readonly string[],
  config: Partial<ConfigInput> = {},
  sealing?: SealSuite,
  pskWorker?: URL,
): Promise<RunningMesh> {
  // Half-way through a minute, so that every run meets the same boundaries; near real time, for TLS.
  const clock = new FakeClock({ nowMs: Math.floor(Date.now() / 60_000) * 60_000 + 30_000 });
  const controller = await startTestController({
    clock,
    config,
    ...defined({ pskWorker }),
  });
  const nodes: Record<string, TestNode> = {};
  for (const name of names) {
    const [nodeId = '', className] = name.split(':');
    const node = await enrolTestNode(controller, nodeId, {
      ...defined({ class: className, sealing }),
    });
    nodes[nodeId] = node;
    await node.submit(0.9);
  }
  if (names.length > 0) await openNextEpoch(controller);
  return {
    controller,
    clock,
    nodes,
    node: (name) => {
      const node = nodes[name];
      if (node === undefined) throw new Error(`there is no ${name}`);
      return node;
    },
    [Symbol.asyncDispose]: async () => {
      for (const node of Object.values(nodes)) node.close();
      await controller.close();
    },
  };
}

/** Until as many queries as this wait for news. */
export async function untilWaiting({ controller }: RunningMesh, count = 1): Promise<void> {
  await until(`${count} queries to wait`, () => controller.waitingQueries() === count);
}

/** The full config of a node, asked for without waiting. */
export async function fullConfig(node: TestNode): Promise<OpenedFull> {
  const answer = await node.config();
  if (answer === undefined || 'base' in answer.body) throw new Error('a full config was to come');
  return answer.body;
}

export function asDelta(answer: { body: OpenedAnswer } | undefined): OpenedDelta {
  if (answer === undefined || !('base' in answer.body)) throw new Error('a delta was to come');
  return answer.body;
}

/** The problem that a request ends with. */
export async function problemOf(
  pending: Promise<unknown>,
): Promise<{ code: string; retryAfter: number | undefined }> {
  const error = await pending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ProblemError);
  const { problem, retryAfterSeconds } = error as ProblemError;
  return { code: problem.code, retryAfter: retryAfterSeconds };
}
