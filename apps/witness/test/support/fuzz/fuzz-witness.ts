// Attacks a witness at all its routes: nothing that it has cosigned changes, and it cosigns nothing else.

import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { RawConnection, requestBytes } from '@mesh/host/fuzz-kit';
import fc from 'fast-check';
import type { Heads } from '../../../src/store/heads.ts';
import { migrations } from '../../../src/store/migrations.ts';
import { TestWitness } from '../witness.ts';
import {
  type CheckpointAttack,
  type CheckpointDoom,
  checkpointAttack,
  FIRST_BODY,
  renderCheckpointAttack,
} from './checkpoint-attacks.ts';
import { faultOf } from './judge-witness.ts';
import { type RequestAttack, requestAttack } from './witness-requests.ts';

export interface WitnessFuzzOptions {
  readonly requests: number;
  /** The same seed draws the same attacks. */
  readonly seed: number;
  /** What is around the store while the witness is attacked. */
  readonly spoil?: (stored: Heads) => Heads;
}

export interface WitnessFuzzReport {
  readonly sent: number;
  /** Of the bodies that were refused: how often with which status. */
  readonly statuses: Readonly<Record<CheckpointDoom, Readonly<Record<string, number>>>>;
  /** The first fault, with the attack cut down to what is needed for it; undefined if there was none. */
  readonly fault: string | undefined;
}

type Attack =
  | { readonly plan: 'checkpoint'; readonly one: CheckpointAttack }
  | { readonly plan: 'request'; readonly one: RequestAttack };

const attack: fc.Arbitrary<Attack> = fc.oneof(
  { weight: 3, arbitrary: checkpointAttack.map((one) => ({ plan: 'checkpoint' as const, one })) },
  { weight: 1, arbitrary: requestAttack.map((one) => ({ plan: 'request' as const, one })) },
);

const LOOK_EVERY = 250;
const NO_LIMIT = 1_000_000_000;

export async function fuzzWitness(options: WitnessFuzzOptions): Promise<WitnessFuzzReport> {
  const { requests, seed, spoil = (heads) => heads } = options;
  const witness = new TestWitness();
  let isAttacked = false;
  const limits = { address_per_minute: NO_LIMIT, log_per_minute: 60 };
  await witness.start({ limits }, (stored) => {
    const spoilt = spoil(stored);
    const current = () => (isAttacked ? spoilt : stored);
    return {
      alone: (work) => current().alone(work),
      latest: (origin) => current().latest(origin),
      replace: (origin, head) => current().replace(origin, head),
    };
  });
  const connection = new RawConnection(() => connect(witness.running?.port ?? 0, '127.0.0.1'));
  try {
    const first = await witness.add(FIRST_BODY);
    if (first.status !== 200) throw new Error(`the good head is refused: ${await first.text()}`);
    isAttacked = true;
    const before = keptBy(witness);
    const statuses: Record<string, Record<string, number>> = {};
    let sent = 0;
    const sendOne = async (drawn: Attack): Promise<void> => {
      const asked = drawn.plan === 'request' ? drawn.one : asRequest(drawn.one);
      const { raw } = asked;
      const answers =
        raw === undefined ? [await connection.ask(asked.bytes, asked.isHead)] : await connection.askRaw(raw);
      const [answer] = answers;
      // What Node did not understand could end in the middle of what it takes for the next request.
      if (raw !== undefined || asked.isOdd) connection.close();
      const fault = answers.map((one) => faultOf(asked, one)).find((one) => one !== undefined);
      if (fault !== undefined) throw new Error(`${fault}\n${asked.bytes.toString('latin1').slice(0, 2_000)}`);
      if (drawn.plan === 'checkpoint' && answer !== undefined) {
        statuses[drawn.one.doom] ??= {};
        const counts = statuses[drawn.one.doom] as Record<string, number>;
        counts[answer.status] = (counts[answer.status] ?? 0) + 1;
      }
      sent += 1;
      if (sent % LOOK_EVERY !== 0) return;
      refuseChange(before, keptBy(witness));
    };
    const run = await fc.check(fc.asyncProperty(attack, sendOne), { numRuns: requests, seed });
    return {
      sent,
      statuses: statuses as WitnessFuzzReport['statuses'],
      fault: run.failed ? describe(run) : changeIn(before, keptBy(witness)),
    };
  } finally {
    connection.close();
    await witness.end();
  }
}

const asRequest = (one: CheckpointAttack): RequestAttack => ({
  bytes: requestBytes({
    method: 'POST',
    target: '/add-checkpoint',
    headers: [],
    body: renderCheckpointAttack(one),
  }),
  isHead: false,
  mayRead: false,
});

function describe({
  counterexamplePath,
  errorInstance,
  seed,
}: Pick<fc.RunDetails<[Attack]>, 'counterexamplePath' | 'errorInstance' | 'seed'>): string {
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return `seed ${seed}, path ${counterexamplePath}: ${why}`;
}

/** Everything that a witness has on disk, by name. Of the database, what it says. */
function keptBy({ directory }: TestWitness): ReadonlyMap<string, string> {
  const data = join(directory, 'data');
  const files = readdirSync(data, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/^witness[.](db|lock)/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  const db = openSqlite(join(data, 'witness.db'), { migrations });
  try {
    const heads = db.prepare('SELECT * FROM heads ORDER BY origin').raw().all();
    return new Map([
      ['the cosigned heads', JSON.stringify(heads)],
      ...files.map((path): [string, string] => [path, readFileSync(path, 'hex')]),
    ]);
  } finally {
    db.close();
  }
}

/** Of a log that signs two checkpoints of one size, the proof is kept: one file for all of them. */
function changeIn(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string | undefined {
  const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
    (name) => before.get(name) !== now.get(name),
  );
  const wrong = changed.filter((name) => before.has(name) || !name.includes('/evidence/'));
  if (wrong.length > 0) return `it has changed: ${wrong.join(', ')}`;
  return changed.length > 1 ? `more than one file of evidence: ${changed.join(', ')}` : undefined;
}

function refuseChange(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): void {
  const change = changeIn(before, now);
  if (change !== undefined) throw new Error(change);
}
