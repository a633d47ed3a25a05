// A mesh under load whose controller is killed. It keeps what its clients were told.

import { once } from 'node:events';
import { createTlsFetch } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { ProblemError } from '@mesh/protocol';
import { type Told, toldConfigOf, toldOf } from '../crash/told.ts';
import type { TestNode } from '../index.ts';
import { RemoteMesh } from '../remote-mesh.ts';
import { readHead } from './read-head.ts';

const NODES = ['node-a', 'node-b', 'node-c', 'node-d'];
/** Becomes bad for good. Its denial must survive everything. */
const BAD_ONE = 'node-d';
const EPOCH_SECONDS = 2;
/** One in so many requests of the operator is of a rarer kind. */
const RARELY = 5;

export class LoadedMesh {
  readonly told: Told[] = [];
  readonly #mesh: RemoteMesh;
  readonly #under: readonly string[];
  #nodes: readonly TestNode[] = [];
  #faults: string[] = [];
  /** Versions of configs, each of one run only. */
  readonly #versions = new Set<string>();
  #operatorRequests = 0;

  constructor(under: readonly string[]) {
    this.#under = under;
    this.#mesh = new RemoteMesh({ epoch_seconds: EPOCH_SECONDS, max_benchmark_age_seconds: 3_600 });
    this.told.push({ kind: 'initialised' });
  }

  get directory(): string {
    return this.#mesh.directory;
  }

  /** Starts the controller for the first time, enrols the nodes, and kills it. */
  async enrol(): Promise<void> {
    await this.#mesh.start(this.#under);
    this.#nodes = await Promise.all(NODES.map((name) => this.#mesh.enrol(name)));
    for (const nodeId of NODES) this.told.push({ kind: 'enrolled', nodeId });
    await this.#mesh.running.kill();
  }

  /** Kills it that long after its process began, whatever it does then. */
  async killWithin(ms: number): Promise<void> {
    let ended: Promise<unknown> | undefined;
    const started = this.#mesh.start(this.#under, (child) => {
      ended = once(child, 'exit');
      setTimeout(() => child.kill('SIGKILL'), ms);
    });
    await started.catch(() => undefined);
    await ended;
  }

  /** Kills it when clients have got that many answers. */
  async killUnderLoad(answers: number, isBadOneBad: boolean): Promise<void> {
    await this.#mesh.start(this.#under);
    let left = answers;
    const take = (told: Told): void => {
      this.told.push(told);
      left -= 1;
      if (left === 0) this.#mesh.running.child.kill('SIGKILL');
    };
    const clients = [
      this.#readConfigs(),
      this.#readLog(take),
      this.#operate(take),
      ...this.#nodes.map((node) => this.#submit(node, isBadOneBad && node.nodeId === BAD_ONE, take)),
    ];
    await Promise.all(clients);
    await this.#mesh.running.kill();
  }

  /** What clients have seen that must not be; forgotten then. */
  takeFaults(): string[] {
    return this.#faults.splice(0);
  }

  async close(): Promise<void> {
    for (const node of this.#nodes) node.close();
    await this.#mesh.close();
  }

  /** Until the controller answers no more, as the others. */
  async #submit(node: TestNode, isBad: boolean, take: (told: Told) => void): Promise<void> {
    node.reconnect();
    for (;;) {
      const message = node.benchmark(isBad ? 0.1 : 0.9);
      const answer = await node.client.submitBenchmark(message).catch((error) => this.#note(error));
      if (answer === undefined) return;
      for (const told of toldOf(message, answer)) take(told);
      take({ kind: 'epoch', epochId: answer.epoch_id });
      if (isBad) take({ kind: 'denied', nodeId: node.nodeId });
    }
  }

  /** A controller that was killed answers nothing. One that refuses what is good is a fault. */
  #note(error: unknown): undefined {
    if (error instanceof ProblemError) this.#faults.push(`a good request was refused: ${error.message}`);
  }

  /** One of each node. */
  async #readConfigs(): Promise<void> {
    for (const node of this.#nodes) {
      const config = await node.config().catch(() => undefined);
      if (config === undefined) return;
      const { version } = config.body;
      this.told.push(...toldConfigOf(node.nodeId, config));
      if (node !== this.#nodes[0]) continue;
      if (this.#versions.has(version))
        this.#faults.push(`config version ${version} was given out by two runs`);
      this.#versions.add(version);
    }
  }

  async #readLog(take: (told: Told) => void): Promise<void> {
    const { publicPort } = this.#mesh.running;
    const tls = createTlsFetch({ ca: this.#nodes[0]?.enrolment.ca_pem ?? '' });
    try {
      let lastSize = 0;
      const isOver = async () => {
        const head = await readHead(tls, publicPort);
        if (typeof head === 'string' || head.size === lastSize) return head === 'no answer';
        lastSize = head.size;
        take(head);
        return false;
      };
      await waitUntil('the end', isOver, Number.POSITIVE_INFINITY);
    } finally {
      tls.close();
    }
  }

  async #operate(take: (told: Told) => void): Promise<void> {
    const { admin } = this.#mesh;
    try {
      for (;;) {
        this.#operatorRequests += 1;
        const { token_id: tokenId } = await admin.createToken({});
        take({ kind: 'token', tokenId });
        if (this.#operatorRequests % RARELY === 1) await this.#enrolAndRevoke(take);
        if (this.#operatorRequests % RARELY === 3)
          await admin.rotateMasterKey({ reason: 'it is time' }).catch(unlessUnderWay);
        if (this.#operatorRequests % RARELY === 4) await admin.rotate().catch(unlessUnderWay);
      }
    } catch (error) {
      this.#note(error);
    }
  }

  async #enrolAndRevoke(take: (told: Told) => void): Promise<void> {
    const nodeId = `extra-${this.#operatorRequests}`;
    (await this.#mesh.enrol(nodeId)).close();
    take({ kind: 'enrolled', nodeId });
    await this.#mesh.admin.revoke(nodeId, 'stolen');
    take({ kind: 'revoked', nodeId });
  }
}

/** What was asked for before may still be under way. */
function unlessUnderWay(error: unknown): void {
  if (!(error instanceof ProblemError && error.problem.code === 'state_conflict')) throw error;
}
