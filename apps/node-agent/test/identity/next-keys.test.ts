// Keys are replaced one part at a time, and a crash at any moment leaves keys that fit the enrolment, or a
// file from which the change goes on.

import { existsSync, statSync, truncateSync } from 'node:fs';
import { FakeClock } from '@mesh/host/test-kit';
import { encodeBase64 } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import { createCsr } from '../../src/identity/csr.ts';
import { type Enrolment, writeEnrolment } from '../../src/identity/enrolment-file.ts';
import { EnrolmentStore } from '../../src/identity/enrolment-store.ts';
import { KEY_PARTS, type KeyPart, loadKeys, type NodeKeys } from '../../src/identity/key-files.ts';
import { KeyRing } from '../../src/identity/key-ring.ts';
import {
  draftNextKeys,
  dropNextKeys,
  type NextKeys,
  readNextKeys,
  takeOverKey,
} from '../../src/identity/next-keys.ts';
import { lookAtMember, openMember } from '../../src/identity/open-member.ts';
import { type RotateKeysPorts, resumeRotation, rotateKeys } from '../../src/uplink/keys/rotate-keys.ts';
import { enrolledMember, type Member, random32, silent, startController } from '../support/agent-fixtures.ts';

const newMember = async (): Promise<Member> => enrolledMember(await startController());
const publicOf = (keys: NodeKeys | undefined) => ({
  identity: encodeBase64(keys?.identity.publicKey ?? new Uint8Array()),
  a: keys?.wireguard.a.publicKey,
  b: keys?.wireguard.b.publicKey,
});
const changed = (before: NodeKeys, after: NodeKeys | undefined): KeyPart[] =>
  KEY_PARTS.filter((part) => publicOf(before)[part] !== publicOf(after)[part]);

describe('next keys', () => {
  it('are on disk, whole and private, before anything uses them, and are taken over part by part', async () => {
    const { dir, keys } = await newMember();
    const next = draftNextKeys(dir, ['a', 'identity'], random32);
    expect([next?.parts, changed(keys, next?.keys)]).toEqual([
      ['identity', 'a'],
      ['identity', 'a'],
    ]);
    expect(statSync(dir.nextKeys).mode & 0o777).toBe(0o600);
    expect(changed(keys, loadKeys(dir.keys))).toEqual([]);
    expect(changed(keys, takeOverKey(dir, 'a'))).toEqual(['a']);
    expect(readNextKeys(dir)?.parts).toEqual(['identity']);
    const after = takeOverKey(dir, 'identity');
    expect(publicOf(after)).toEqual(publicOf(next?.keys));
    expect(existsSync(dir.nextKeys)).toBe(false);
  });

  it('are not made again while a change is under way, and can be given up', async () => {
    const { dir, keys } = await newMember();
    const first = draftNextKeys(dir, ['b'], random32);
    expect(publicOf(draftNextKeys(dir, ['identity'], random32)?.keys)).toEqual(publicOf(first?.keys));
    dropNextKeys(dir);
    expect(readNextKeys(dir)).toBeUndefined();
    expect(changed(keys, draftNextKeys(dir, ['identity'], random32)?.keys)).toEqual(['identity']);
  });

  it('that are damaged are named, and the keys in use are untouched', async () => {
    const { dir, keys } = await newMember();
    draftNextKeys(dir, ['b'], random32);
    truncateSync(dir.nextKeys, 40);
    expect(() => readNextKeys(dir)).toThrow(dir.nextKeys);
    expect(changed(keys, loadKeys(dir.keys))).toEqual([]);
  });
});

describe('a start after a crash between the certificate for a new identity key and the key', () => {
  const crashed = async (withNext: boolean) => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const { dir, enrolment } = member;
    const next = draftNextKeys(dir, ['identity'], random32) as NextKeys;
    const csr = createCsr({ commonName: enrolment.node_id, ...next.keys.identity });
    const certificate = await controller.certificateFor(csr, enrolment.node_id);
    await writeEnrolment(dir.enrolment, { ...enrolment, certificate_pem: certificate });
    if (!withNext) dropNextKeys(dir);
    return { member, next };
  };

  it('takes the key over', async () => {
    const { member, next } = await crashed(true);
    const opened = await openMember(member.dir);
    expect(publicOf(opened.keys)).toEqual(publicOf(next.keys));
    expect(publicOf(loadKeys(member.dir.keys))).toEqual(publicOf(next.keys));
  });
  it('is looked at by others without a write', async () => {
    const { member, next } = await crashed(true);
    const seen = await lookAtMember(member.dir);
    expect(publicOf(seen.keys)).toEqual(publicOf(next.keys));
    expect(publicOf(loadKeys(member.dir.keys))).toEqual(publicOf(member.keys));
    expect(existsSync(member.dir.nextKeys)).toBe(true);
  });
  it('fails without the file, so it is what the start rests on', async () => {
    const { member } = await crashed(false);
    await expect(openMember(member.dir)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('rotate-keys', () => {
  /** A controller that takes the parts that `takes` names. */
  const ports = (member: Member, takes: (part: KeyPart) => boolean, over: Partial<RotateKeysPorts> = {}) => {
    const ring = new KeyRing(member.keys);
    const asked: KeyPart[] = [];
    const clock = new FakeClock({ nowMs: Date.now() });
    const made: RotateKeysPorts = {
      keys: ring,
      store: {
        draft: (fresh) => draftNextKeys(member.dir, fresh, random32),
        read: () => readNextKeys(member.dir),
        takeOver: (part) => takeOverKey(member.dir, part),
        drop: () => dropNextKeys(member.dir),
      },
      enrolment: new EnrolmentStore(member.dir.enrolment, member.enrolment as Enrolment),
      client: {
        keyChallenge: async () => ({
          mesh_id: member.enrolment.mesh_id,
          challenge_id: 'challenge-0123456789',
          // The base point of Curve25519.
          x25519_public_key: encodeBase64(Uint8Array.from({ length: 32 }, (_, at) => (at === 0 ? 9 : 0))),
          expires_at: '2030-01-01T00:00:00Z',
          server_time_ms: 0,
        }),
        rotateKeys: async (message) => {
          const part = (Object.keys(message.wg_public_keys)[0] ?? 'identity') as KeyPart;
          asked.push(part);
          if (!takes(part)) throw new ProblemError(problem('state_conflict', 'the slot carries tunnels'));
          return {
            node_id: message.node_id,
            identity_key: message.identity?.public_key as never,
            wg_public_keys: { a: '' },
          };
        },
      },
      controllerClock: new ControllerClock(clock),
      timers: clock,
      logger: silent,
      slotsAlternate: () => true,
      identityReplaced: () => undefined,
      wireguardReplaced: () => undefined,
      ...over,
    };
    return { made, asked, ring, clock };
  };
  const never = new AbortController().signal;

  it('takes the free slot first, and waits for the other one', async () => {
    const member = await newMember();
    let busy: KeyPart = 'a';
    const { made, asked, ring, clock } = ports(member, (part) => part !== busy);
    const done = rotateKeys(made, { parts: ['a', 'b'], mayInterrupt: false }, never);
    await expect.poll(() => asked.filter((part) => part === 'a').length).toBeGreaterThan(1);
    expect(changed(member.keys, ring)).toEqual(['b']);
    busy = 'b';
    await clock.advance(1_000);
    expect(await done).toEqual(['b', 'a']);
    expect(changed(member.keys, ring)).toEqual(['a', 'b']);
    expect(changed(member.keys, loadKeys(member.dir.keys))).toEqual(['a', 'b']);
  });

  it('asks again as long as the controller says that it helps, also with rotation in place', async () => {
    const member = await newMember();
    let answer = { ask_again: 'yes' } as Record<string, string>;
    let isFree = false;
    const { made, ring, clock } = ports(member, () => true, { slotsAlternate: () => false });
    const { rotateKeys: take } = made.client;
    const client = {
      ...made.client,
      rotateKeys: async (message: Parameters<typeof take>[0]) => {
        if (!isFree) throw new ProblemError(problem('state_conflict', 'tunnels move', answer));
        return take(message);
      },
    };
    const ask = () => rotateKeys({ ...made, client }, { parts: ['a'], mayInterrupt: false }, never);
    const done = ask();
    await clock.advance(1_000);
    await clock.advance(1_000);
    expect(changed(member.keys, ring)).toEqual([]);
    isFree = true;
    await clock.advance(1_000);
    expect([await done, changed(member.keys, ring)]).toEqual([['a'], ['a']]);
    [answer, isFree] = [{}, false];
    await expect(ask()).rejects.toMatchObject({ code: 'refused' });
  });

  it('gives keys up that the controller refuses where no slot becomes free by itself', async () => {
    const member = await newMember();
    const { made, ring } = ports(member, () => false, { slotsAlternate: () => false });
    await expect(rotateKeys(made, { parts: ['a'], mayInterrupt: false }, never)).rejects.toMatchObject({
      code: 'refused',
    });
    expect([changed(member.keys, ring), existsSync(member.dir.nextKeys)]).toEqual([[], false]);
  });

  it('replaces what is asked for after the parts of a change that was under way, each once', async () => {
    const member = await newMember();
    const underWay = draftNextKeys(member.dir, ['b'], random32);
    const { made, ring } = ports(member, () => true);
    const done = await rotateKeys(made, { parts: ['a', 'b'], mayInterrupt: false }, never);
    expect([done, changed(member.keys, ring)]).toEqual([
      ['b', 'a'],
      ['a', 'b'],
    ]);
    expect(ring.wireguard.b.publicKey).toBe(underWay?.keys.wireguard.b.publicKey);
  });

  it('goes on after a restart with the keys that the controller may have taken', async () => {
    const member = await newMember();
    const lost = ports(member, () => true);
    const client = { ...lost.made.client, rotateKeys: () => Promise.reject(new Error('no answer')) };
    await expect(
      rotateKeys({ ...lost.made, client }, { parts: ['b'], mayInterrupt: false }, never),
    ).rejects.toThrow('no answer');
    const wanted = readNextKeys(member.dir)?.keys.wireguard.b.publicKey;
    const { made, asked, ring } = ports(member, () => true);
    await resumeRotation(made, never);
    expect([asked, ring.wireguard.b.publicKey]).toEqual([['b'], wanted]);
    await resumeRotation(made, never);
    expect(asked).toEqual(['b']);
  });

  it('leaves damaged next keys to the next call, and the agent runs on', async () => {
    const member = await newMember();
    draftNextKeys(member.dir, ['b'], random32);
    truncateSync(member.dir.nextKeys, 40);
    const { made, asked } = ports(member, () => true);
    await expect(resumeRotation(made, never)).resolves.toBeUndefined();
    await expect(rotateKeys(made, { parts: ['b'], mayInterrupt: false }, never)).rejects.toThrow(
      member.dir.nextKeys,
    );
    expect(asked).toEqual([]);
  });
});
