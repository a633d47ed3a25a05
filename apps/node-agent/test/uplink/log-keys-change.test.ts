// Other keys take over the signing of the log's heads: a node that is there meanwhile follows without a
// refusal, one that was away asks for the keys and is back with the next answer, and what the keys that are
// gone have signed counts no more.

import { ed25519SigningKey, mlDsa44SigningKey, renderVerifierKey, type SigningKey } from '@mesh/audit';
import { expect, it } from 'vitest';
import { configBody } from '../support/agent-fixtures.ts';
import { scriptedFollower } from '../support/scripted-follower.ts';
import { LIES, LOG_KEYS, LOG_ORIGIN, TestLog } from '../support/test-log.ts';
import { knowingLog } from '../support/watched-log.ts';

const log = new TestLog();
const NEXT_KEYS: readonly SigningKey[] = [
  ed25519SigningKey(LOG_ORIGIN, 'ed25519', new Uint8Array(32).fill(21)),
  mlDsa44SigningKey(LOG_ORIGIN, new Uint8Array(32).fill(22)),
];
const BOTH = [...LOG_KEYS, ...NEXT_KEYS];
const named = (keys: readonly SigningKey[], origin = LOG_ORIGIN) => ({
  log: { origin, verifier_keys: keys.map(({ key }) => renderVerifierKey(key)) },
});

/** A follower that has accepted the head of 7 entries, by the first keys. */
async function holdingSeven() {
  const watched = knowingLog();
  const scripted = scriptedFollower(watched.log);
  let version = 0;
  const give = async (size: number, from: number, keys: readonly SigningKey[], changes: object = {}) => {
    version += 1;
    const now = { server_time_ms: scripted.clock.nowMs() };
    await scripted.give(
      configBody(`v${version}`, ['a'], { ...now, ...log.fields(size, from, { keys }), ...changes }),
    );
  };
  await give(7, 0, LOG_KEYS);
  return {
    ...watched,
    ...scripted,
    give,
    /** Signs a whole answer. */
    onlyGive: scripted.give,
    asks: () => scripted.queries.at(-1)?.asksForLog === true,
    refusal: () => watched.log.refusal?.code,
  };
}

it('a node asks for the keys once both pairs sign, and again when one has ended; it refuses nothing', async () => {
  const { give, asks, refusal, identities, heads, evidence } = await holdingSeven();
  expect(asks()).toBe(false);
  await give(8, 7, BOTH);
  expect([asks(), refusal()]).toEqual([true, undefined]);
  await give(9, 8, BOTH, named(BOTH));
  expect([asks(), identities]).toEqual([false, [named(BOTH).log]]);
  await give(10, 9, NEXT_KEYS);
  expect([asks(), refusal()]).toEqual([true, undefined]);
  await give(11, 10, NEXT_KEYS, named(NEXT_KEYS));
  expect([asks(), identities.at(-1)]).toEqual([false, named(NEXT_KEYS).log]);
  expect(heads.map(({ size }) => size)).toEqual([7, 8, 9, 10, 11]);
  expect(evidence).toEqual([]);
  // A holder of the keys that have ended can sign nothing for this node any more.
  await give(12, 11, LOG_KEYS);
  expect(refusal()).toBe('unsigned');
});

it('a node that was away asks for everything at once, and is back with the answer that names the keys', async () => {
  const { give, asks, refusal, queries, heads } = await holdingSeven();
  await give(12, 7, NEXT_KEYS);
  expect([refusal(), asks(), queries.at(-1)?.version]).toEqual(['unsigned', true, undefined]);
  await give(12, 7, NEXT_KEYS, named(NEXT_KEYS));
  expect([refusal(), asks()]).toEqual([undefined, false]);
  expect(heads.map(({ size }) => size)).toEqual([7, 12]);
});

it('other keys do not make another history good', async () => {
  const { log: watch, clock, onlyGive } = await holdingSeven();
  const forked = new TestLog(LIES['drops an entry']);
  const body = { server_time_ms: clock.nowMs(), ...named(NEXT_KEYS) };
  await onlyGive(configBody('w1', ['a'], { ...body, ...forked.fields(12, 7, { keys: NEXT_KEYS }) }));
  expect(watch.refusal?.code).toBe('inconsistent');
});

it('keys of a log of another name are not taken, and are asked for once', async () => {
  const { give, asks, refusal, identities } = await holdingSeven();
  await give(12, 7, NEXT_KEYS);
  await give(12, 7, NEXT_KEYS, named(NEXT_KEYS, 'other.example.com/m'));
  expect([refusal(), identities, asks()]).toEqual(['unsigned', [], false]);
});
