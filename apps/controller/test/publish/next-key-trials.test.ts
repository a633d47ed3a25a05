// While two pairs of keys sign the log's heads, each witness is asked for the next pair alone until it knows
// it, and for the whole head otherwise.

import { parseVerifierKey, renderCheckpoint } from '@mesh/audit';
import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { expect, it } from 'vitest';
import { NextKeyTrials } from '../../src/publish/next-key-trials.ts';
import { WitnessLine } from '../../src/publish/witness-line.ts';
import { signingPairOf } from '../../src/trust/log-key-pair.ts';
import { LogKeys } from '../../src/trust/log-keys.ts';
import { fetchFrom, ScriptedWitness } from '../support/scripted-witness.ts';

const ORIGIN = 'mesh.example.com/testmesh';
const pair = (seed: number) => signingPairOf(ORIGIN, new Uint8Array(64).fill(seed));
const [first, second, third] = [pair(1), pair(2), pair(3)] as const;
const verifiers = (...pairs: (typeof first)[]) =>
  pairs.flatMap(({ pair: { verifierKeys } }) => verifierKeys.map(parseVerifierKey));

function scene() {
  const cause = { why: 'x', actor: { kind: 'socket' } } as const;
  const keys = new LogKeys(ORIGIN, first, { next: undefined, ended: [] });
  const witness = new ScriptedWitness('w.example', 9, verifiers(first));
  const { url } = witness.witness;
  const trials = new NextKeyTrials(keys, [url]);
  const clock = new FakeClock();
  const logger = createLogger({ destination: { write: () => undefined } });
  const fetch = fetchFrom([witness]);
  const line = new WitnessLine(witness.witness, {
    fetch,
    clock,
    timers: clock,
    random: () => 0,
    logger,
    trials,
  });
  const text = renderCheckpoint({ origin: ORIGIN, size: 4, root: new Uint8Array(32), extensions: [] });
  return {
    keys,
    witness,
    trials,
    clock,
    url,
    prepare: (present: typeof first, next: typeof first) => {
      keys.offer(next);
      const event = { type: 'log_key_prepared', present: present.pair, next: next.pair, ...cause } as const;
      keys.onCommit([{ ...event, sealedSeeds: new Uint8Array() }]);
    },
    finish: (next: typeof first) =>
      keys.onCommit([{ type: 'log_key_finished', present: next.pair, notConfirmed: [], ...cause }]),
    abort: (present: typeof first) =>
      keys.onCommit([{ type: 'log_key_aborted', present: present.pair, ...cause }]),
    /** @returns whether a head was cosigned, and the statuses of the answers */
    ask: async () => {
      witness.statuses.length = 0;
      const read = () => {
        throw new Error('nothing is proven from an empty tree');
      };
      const head = { size: 4, note: keys.sign(text, 7), read };
      const lines = await line.cosign(head, new AbortController().signal);
      return [lines !== undefined, witness.statuses];
    },
  };
}

it('a witness that does not know the next keys cosigns for those of before, and is named until it knows', async () => {
  const { prepare, ask, witness, trials, url } = scene();
  expect(await ask()).toEqual([true, [200]]);
  expect(trials.notConfirmed()).toEqual([]);
  prepare(first, second);
  expect(trials.notConfirmed()).toEqual([url]);
  expect(await ask()).toEqual([true, [403, 200]]);
  expect(trials.notConfirmed()).toEqual([url]);
  witness.logKeys = verifiers(first, second);
  expect(await ask()).toEqual([true, [200]]);
  expect(trials.notConfirmed()).toEqual([]);
  // It gets whole heads again, for those who read them there.
  witness.logKeys = verifiers(first);
  expect(await ask()).toEqual([true, [200]]);
});

it('a witness without the next keys cosigns nothing after the end, and one with them alone does', async () => {
  const { prepare, finish, ask, trials } = scene();
  prepare(first, second);
  await ask();
  finish(second);
  expect(trials.notConfirmed()).toEqual([]);
  expect(await ask()).toEqual([false, [403]]);
  const other = scene();
  other.witness.logKeys = verifiers(second);
  other.prepare(first, second);
  expect(await other.ask()).toEqual([true, [200]]);
  other.finish(second);
  expect(await other.ask()).toEqual([true, [200]]);
});

it('what a witness knew of one change says nothing of the next', async () => {
  const { prepare, finish, abort, ask, witness, trials, url } = scene();
  witness.logKeys = verifiers(first, second, third);
  prepare(first, third);
  await ask();
  abort(first);
  prepare(first, second);
  expect(trials.notConfirmed()).toEqual([url]);
  await ask();
  finish(second);
  prepare(second, third);
  expect(trials.notConfirmed()).toEqual([url]);
});

it('a witness that answers when the change is another one already has said nothing of that', async () => {
  const { prepare, abort, ask, witness, trials, url } = scene();
  witness.logKeys = verifiers(first, second);
  prepare(first, second);
  witness.instead = () => {
    abort(first);
    prepare(first, third);
    return undefined;
  };
  expect(await ask()).toEqual([true, [200]]);
  expect(trials.notConfirmed()).toEqual([url]);
});

it('a witness that fails for another reason has not refused the next keys', async () => {
  const { prepare, ask, witness, trials, url, clock } = scene();
  prepare(first, second);
  witness.instead = () => new Response('', { status: 503 });
  expect(await ask()).toEqual([false, [503]]);
  expect(trials.notConfirmed()).toEqual([url]);
  // It is tried again with the same head, once it is asked again.
  witness.instead = () => undefined;
  witness.logKeys = verifiers(first, second);
  await clock.advance(60_000);
  expect(await ask()).toEqual([true, [200]]);
  expect(trials.notConfirmed()).toEqual([]);
});
