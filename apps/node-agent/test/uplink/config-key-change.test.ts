// The key that signs configs changes: an agent follows the lists that its configs bring, keeps what it has
// learned on disk, tells the controller what is there, and takes nothing from a key that has ended.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { waitUntil } from '@mesh/host/test-kit';
import { type ConfigKeyList, type ConfigOrNotice, signMessage } from '@mesh/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { readEnrolment, writeEnrolment } from '../../src/identity/enrolment-file.ts';
import { EnrolmentStore } from '../../src/identity/enrolment-store.ts';
import { configBody, enrolledMember, startController } from '../support/agent-fixtures.ts';
import { MESH_ID } from '../support/fake-controller.ts';
import { followAnswers } from '../support/follow-answers.ts';
import { noticeBody } from '../support/notice-body.ts';
import { rawPublicKey } from '../support/raw-public-key.ts';
import { trusting } from '../support/trusting.ts';

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
const newKeys = (): Keys => generateKeyPairSync('ed25519');
const [one, two, stranger] = [newKeys(), newKeys(), newKeys()];
const textOf = ({ publicKey }: Keys) => rawPublicKey(publicKey);
const signedBy = <T extends object>(
  kind: 'config' | 'config_key_list' | 'removal_notice',
  body: T,
  by: Keys,
) => signMessage(kind, body, (message) => new Uint8Array(sign(null, message, by.privateKey)));

function listOf(madeAtMs: number, present: Keys, next?: Keys, by = present): ConfigKeyList {
  const list = {
    mesh_id: MESH_ID,
    made_at_ms: madeAtMs,
    present: textOf(present),
    ...(next && { next: { public_key: textOf(next), from_ms: madeAtMs } }),
  };
  return signedBy('config_key_list', list, by) as unknown as ConfigKeyList;
}
const TO_TWO = listOf(1_000, one, two);
const ONLY_TWO = listOf(2_000, two);

/** A config of a moment that is after every list. */
function configBy(by: Keys, config_key_lists?: readonly ConfigKeyList[], over: object = {}) {
  const body = { ...configBody('v1', []), ...(config_key_lists && { config_key_lists }), ...over };
  return signedBy('config', body, by) as unknown as ConfigOrNotice;
}

let known: ReturnType<typeof trusting>;
beforeEach(() => {
  known = trusting(textOf(one));
});
/** Whether it is trusted, and then what it leads to is taken over. */
async function takes(body: ConfigOrNotice): Promise<boolean> {
  const checked = known.trust.check(body, body);
  if (checked !== undefined) known.trust.adopt(checked.trust);
  await new Promise(setImmediate);
  return checked !== undefined;
}

describe('an agent that is told in time', () => {
  it('takes configs of both keys, then of the next one alone', async () => {
    expect(await takes(configBy(two))).toBe(false);
    expect(await takes(configBy(one, [TO_TWO]))).toBe(true);
    for (const key of [one, two]) expect(await takes(configBy(key))).toBe(true);
    expect(await takes(signedBy('removal_notice', noticeBody({}), two) as never)).toBe(true);
    expect(await takes(configBy(two, [ONLY_TWO]))).toBe(true);
    expect(await takes(configBy(two))).toBe(true);
    expect(await takes(configBy(one))).toBe(false);
    expect(await takes(signedBy('removal_notice', noticeBody({}), one) as never)).toBe(false);
  });

  it('takes nothing of the next key that says to be of before its moment', async () => {
    await takes(configBy(one, [TO_TWO]));
    expect(await takes(configBy(two, undefined, { server_time_ms: 999 }))).toBe(false);
    expect(await takes(configBy(one, undefined, { server_time_ms: 999 }))).toBe(true);
  });

  it('names a list to the controller once it is on disk, and a start goes on from there', async () => {
    expect(known.trust.storedListMs).toBe(0);
    known.disk.fails = true;
    await takes(configBy(one, [TO_TWO]));
    expect([known.trust.storedListMs, await takes(configBy(two))]).toEqual([0, true]);
    known.disk.fails = false;
    // It was not named, so the controller sends it again.
    await takes(configBy(one, [TO_TWO]));
    expect([known.trust.storedListMs, known.stored.length]).toEqual([1_000, 1]);
    await takes(configBy(two, [ONLY_TWO]));
    expect(known.trust.storedListMs).toBe(2_000);
    expect(known.stored.at(-1)).toEqual({ config_public_key: textOf(two), config_key_list: ONLY_TWO });
    known = trusting(textOf(two), ONLY_TWO);
    expect(known.trust.storedListMs).toBe(2_000);
    expect([await takes(configBy(two)), await takes(configBy(one))]).toEqual([true, false]);
  });
});

describe('an agent that was away', () => {
  it('finds its way from the first key to the third', async () => {
    const three = newKeys();
    const way = [TO_TWO, ONLY_TWO, listOf(3_000, two, three), listOf(4_000, three)];
    expect(await takes(configBy(three, way.slice(2)))).toBe(false);
    expect(await takes(configBy(three, way))).toBe(true);
    expect([await takes(configBy(three)), await takes(configBy(two))]).toEqual([true, false]);
  });
});

describe('refused, and nothing of it is kept', () => {
  it.each([
    ['a key that a stranger has announced', configBy(stranger, [listOf(1_000, one, stranger, stranger)])],
    ['a key that has announced itself', configBy(stranger, [listOf(1_000, stranger)])],
    ['a good list in a config that a stranger has signed', configBy(stranger, [TO_TWO])],
    ['a good list in a config of the key that it ends', configBy(one, [TO_TWO, ONLY_TWO])],
  ])('%s', async (_what, body) => {
    expect(await takes(body)).toBe(false);
    expect(known.stored).toEqual([]);
    expect(await takes(configBy(two))).toBe(false);
    expect(await takes(configBy(one))).toBe(true);
  });

  it('an announcement that is sent again after it was dropped', async () => {
    await takes(configBy(one, [TO_TWO]));
    await takes(configBy(one, [listOf(1_500, one)]));
    expect(await takes(configBy(one, [TO_TWO]))).toBe(true);
    expect(await takes(configBy(two))).toBe(false);
    expect(known.trust.storedListMs).toBe(1_500);
  });
});

describe('a running agent', () => {
  it('says in each query which list it has stored', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const first = controller.configKeys;
    const lists = [listOf(1_000, first, two)];
    const { failures } = followAnswers(controller, member, [
      () => controller.signConfig({ ...configBody('v1', []), config_key_lists: lists }),
      () => controller.signConfig({ ...configBody('v2', []), base: 'v1', removed: [], added: [] }),
    ]);
    await waitUntil('three queries', () => controller.requests.length >= 3);
    const told = controller.requests.map(({ query }) => query.get('config_key_list'));
    expect(told[0]).toBe('0');
    expect(told[2]).toBe('1000');
    expect(failures.map(({ code }) => code)).not.toContain('untrusted');
  });

  it('keeps the list in its enrolment file, which a start reads', async () => {
    const controller = await startController();
    const { dir, enrolment } = await enrolledMember(controller);
    await writeEnrolment(dir.enrolment, enrolment);
    const list = listOf(2_000, two);
    const store = new EnrolmentStore(dir.enrolment, enrolment);
    await store.update({ config_public_key: textOf(two), config_key_list: list });
    expect(await readEnrolment(dir.enrolment)).toMatchObject({ config_key_list: list });
    await store.update({ config_public_key: textOf(one) });
    await expect(readEnrolment(dir.enrolment)).rejects.toThrow(
      /config_key_list: does not name the config key/,
    );
  });
});
