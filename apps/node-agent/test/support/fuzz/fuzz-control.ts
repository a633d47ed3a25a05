// Attacks the control socket of an agent: nothing that changes the agent is called, and every answer is one
// that the commands understand.

import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { createLogger } from '@mesh/host';
import { NODES_OWN, type RawAnswer, RawConnection } from '@mesh/host/fuzz-kit';
import fc from 'fast-check';
import { type ControlHandlers, serveControl } from '../../../src/control/control-server.ts';
import { pingPeer } from '../../../src/control/ping-peer.ts';
import { exitCodes } from '../../../src/errors/agent-error.ts';
import { unknowing } from '../unknowing-status.ts';
import { type ControlAttack, controlAttack } from './control-attacks.ts';

export interface ControlFuzzOptions {
  readonly requests: number;
  /** The same seed draws the same attacks. */
  readonly seed: number;
  /** What the agent does instead. */
  readonly spoil?: Partial<ControlHandlers>;
}

export interface ControlFuzzReport {
  readonly sent: number;
  /** How often each code was answered, and `answered` for 200. */
  readonly codes: Readonly<Record<string, number>>;
  /** The first fault, with the attack cut down to what is needed for it; undefined if there was none. */
  readonly fault: string | undefined;
}

interface Attacked {
  readonly connection: RawConnection;
  /** What the agent was told to change. */
  readonly called: string[];
  /** Of its log. */
  readonly lines: string[];
}

export const fuzzControl = ({ requests, seed, spoil }: ControlFuzzOptions): Promise<ControlFuzzReport> =>
  withControl(spoil, async ({ connection, called, lines }) => {
    const codes: Record<string, number> = {};
    let sent = 0;
    const attackOnce = async (attack: ControlAttack): Promise<void> => {
      for (const answer of await answersTo(connection, attack)) {
        const code = codeIn(attack, answer);
        codes[code] = (codes[code] ?? 0) + 1;
      }
      sent += 1;
      if (called.length > 0) throw new Error(`it was carried out: ${called.splice(0).join()}`);
      if (lines.length > 0) throw new Error(`the agent's log says: ${lines.splice(0).join('')}`);
    };
    const run = await fc.check(fc.asyncProperty(controlAttack, attackOnce), { numRuns: requests, seed });
    return { sent, codes, fault: run.failed ? describe(run) : undefined };
  });

/** At least one; undefined where the connection ended without any. */
async function answersTo(
  connection: RawConnection,
  { bytes, isHead, raw }: ControlAttack,
): Promise<readonly (RawAnswer | undefined)[]> {
  try {
    if (raw === undefined) return [await connection.ask(bytes, isHead)];
    const answers = await connection.askRaw(raw);
    return answers.length === 0 ? [undefined] : answers;
  } finally {
    connection.close();
  }
}

/** What an agent does that is sent this one request. */
export const carriedOut = (request: Buffer): Promise<readonly string[]> =>
  withControl(undefined, async ({ connection, called }) => {
    await connection.ask(request, false);
    return called;
  });

async function withControl<T>(
  spoil: ControlFuzzOptions['spoil'],
  body: (attacked: Attacked) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'mesh-agent-fuzz-'));
  const path = join(directory, 'control.sock');
  const called: string[] = [];
  const lines: string[] = [];
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  const server = await serveControl(path, { ...recording(called), ...spoil }, createLogger({ destination }));
  const connection = new RawConnection(() => connect(path));
  try {
    return await body({ connection, called, lines });
  } finally {
    connection.close();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** An agent without peers that only says what it was told to do. */
function recording(called: string[]): ControlHandlers {
  const change =
    <T>(name: string, answer: T) =>
    async (): Promise<T> => {
      called.push(name);
      return answer;
    };
  const head = { size: 0, root_hash: '' };
  const prober = {
    probe: () => {
      throw new Error('there is no peer');
    },
  };
  return {
    status: async () => unknowing,
    down: change('down', { interface: 'mesh0', leave_announced: true, leave_failure: null }),
    ping: (nodeId, count) =>
      pingPeer({ snapshot: () => ({ config: undefined }) } as never, prober as never, nodeId, count),
    rotateKeys: change('rotate keys', { replaced: [], encapsulation: false }),
    acceptLogHead: change('accept a head', { before: null, accepted: head }),
  };
}

/** @throws Error if the answer is none that the commands understand */
function codeIn({ isHead, raw, mayRead, bytes }: ControlAttack, answer: RawAnswer | undefined): string {
  const fault = (why: string) => new Error(`${why}\n${bytes.subarray(0, 1_000).toString('latin1')}`);
  if (answer === undefined) {
    if (raw !== undefined) return 'no answer';
    throw fault('the connection ended without an answer');
  }
  const { status, headers, body } = answer;
  if (raw !== undefined && body === '' && NODES_OWN.includes(status)) return 'no request';
  if (status === 200) {
    if (mayRead) return 'answered';
    throw fault(`it was accepted: ${body}`);
  }
  if (status !== 400 && status !== 404) throw fault(`the answer is ${status}: ${body}`);
  if (isHead) return 'no body';
  if (headers['content-type'] !== 'application/json') throw fault(`the answer is no JSON: ${body}`);
  const { error, message, ...more } = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const isUnderstood = typeof error === 'string' && error in exitCodes && Object.keys(more).length === 0;
  if (!isUnderstood || typeof message !== 'string' || !/^[^\n]{10,300}$/.test(message))
    throw fault(`the answer says nothing: ${body}`);
  return error;
}

function describe({
  counterexamplePath,
  errorInstance,
  seed,
}: Pick<fc.RunDetails<[ControlAttack]>, 'counterexamplePath' | 'errorInstance' | 'seed'>): string {
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `seed ${seed}, path ${counterexamplePath}: ${why}`;
}
