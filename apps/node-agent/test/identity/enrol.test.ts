import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { HostError } from '@mesh/host';
import { encodeBase64, parseNodeId, SecretBytes } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { AgentError } from '../../src/errors/agent-error.ts';
import { createCsr } from '../../src/identity/csr.ts';
import { enrol } from '../../src/identity/enrol.ts';
import { readEnrolment, writeEnrolment } from '../../src/identity/enrolment-file.ts';
import { loadOrCreateKeys } from '../../src/identity/key-files.ts';
import { readToken } from '../../src/identity/read-token.ts';
import {
  enrolledMember,
  enrolPorts,
  random32,
  startController,
  temporaryDirectory,
} from '../support/agent-fixtures.ts';
import { refusal } from '../support/fake-answers.ts';
import type { FakeController } from '../support/fake-controller.ts';

const inputFor = (controller: FakeController, changes: Partial<Parameters<typeof enrol>[0]> = {}) => ({
  controllerUrl: controller.publicUrl,
  tokenText: controller.joinToken(),
  nodeId: parseNodeId('self'),
  keys: loadOrCreateKeys(join(temporaryDirectory(), 'keys'), random32),
  endpoint: { listen_ports: { a: 51_820, b: 51_821 }, advertise: ['192.0.2.1'] },
  ...changes,
});

/** y = 1, and y = p + 3 (which is y = 3). */
const SMALL_ORDER = encodeBase64(Uint8Array.from([1, ...new Uint8Array(31)]));
const NOT_CANONICAL = encodeBase64(Uint8Array.from([0xf0, ...new Uint8Array(30).fill(0xff), 0x7f]));

/** Values that neither an answer nor the file may hold. */
const UNUSABLE = [
  ['config_public_key', SMALL_ORDER],
  ['log_public_key', SMALL_ORDER],
  ['log_public_key', NOT_CANONICAL],
  ['log_public_key', 'AAAA'],
  ['nodes_url', 'http://192.0.2.1:8443'],
  ['nodes_url', '192.0.2.1:8443'],
  ['addresses', []],
  ['addresses', ['node.example']],
  ['addresses', ['10.9.0.1/33']],
  ['addresses', ['10.9.0.1\n10.9.0.2']],
  ['addresses', ['::ffff:10.9.0.1']],
  ['addresses', ['192.0.2.1']],
  ['network', []],
  ['network', ['10.9.0.0']],
  ['network', ['10.9.0.1/24']],
  ['network', ['0.0.0.0/0', 'everything']],
] as const;

const codeOf = (pending: Promise<unknown>) =>
  pending.then(
    () => 'resolved',
    (error: unknown) => (error instanceof AgentError || error instanceof HostError ? error.code : error),
  );

describe('enrolment', () => {
  it('proves every key to the controller and gets a certificate', async () => {
    const controller = await startController();
    const { enrolment, keys } = await enrolledMember(controller);
    expect(enrolment).toMatchObject({
      node_id: 'self',
      addresses: ['10.9.0.1/24'],
      nodes_url: controller.nodesUrl,
    });
    expect(controller.enrolments[0]).toMatchObject({
      identity_key: encodeBase64(keys.identity.publicKey),
      wg_public_keys: { a: keys.wireguard.a.publicKey, b: keys.wireguard.b.publicKey },
    });
  });

  it('run again after a lost answer sends the same identity and the same keys', async () => {
    const controller = await startController();
    const input = inputFor(controller);
    controller.beforeEnrolmentAnswer = () => {
      controller.beforeEnrolmentAnswer = () => undefined;
      throw new Error('the connection breaks here');
    };
    await expect(enrol(input, enrolPorts)).rejects.toThrow();
    await enrol(input, enrolPorts);
    const [lost, repeated] = controller.enrolments;
    expect(repeated?.identity_key).toBe(lost?.identity_key);
    expect(repeated?.wg_public_keys).toEqual(lost?.wg_public_keys);
  });

  it('with a token that pins another CA sends nothing', async () => {
    const controller = await startController();
    const input = inputFor(controller, { tokenText: controller.joinToken(new Uint8Array(32).fill(1)) });
    expect(await codeOf(enrol(input, enrolPorts))).toBe('pin_mismatch');
    expect(controller.enrolments).toEqual([]);
  });

  it('that the controller refuses reports it without repeating the token', async () => {
    const controller = await startController();
    const other = controller.joinToken().split('.');
    other[2] = Buffer.alloc(32, 1).toString('base64url');
    const tokenText = other.join('.');
    const error: unknown = await enrol(inputFor(controller, { tokenText }), enrolPorts).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ code: 'refused' });
    expect(String(error)).toMatch(/token_invalid/);
    expect(String(error)).not.toContain(other[2]);
  });

  it.each(['', 'meshjoin1', 'meshjoin1.x.y.z', 'something else'])(
    'with the token %j is refused before anything is sent',
    async (tokenText) => {
      const controller = await startController();
      expect(await codeOf(enrol(inputFor(controller, { tokenText }), enrolPorts))).toBe('usage');
    },
  );

  it.each(['http://127.0.0.1:1', 'https://user@127.0.0.1:1', 'https://127.0.0.1:1/path', 'nonsense'])(
    'at %s is refused, because that is not a controller URL',
    async (controllerUrl) => {
      const controller = await startController();
      expect(await codeOf(enrol(inputFor(controller, { controllerUrl }), enrolPorts))).toBe('usage');
    },
  );

  it('accepts no certificate for another key, for another name, or by another CA', async () => {
    const controller = await startController();
    const stranger = await startController();
    const keys = loadOrCreateKeys(join(temporaryDirectory(), 'other'), random32);
    const otherCsr = createCsr({ commonName: 'self', ...keys.identity });
    const honest = controller.certificateFor.bind(controller);
    const forgeries: (typeof controller.certificateFor)[] = [
      () => honest(otherCsr, 'self'),
      (csr) => honest(csr, 'somebody'),
      (csr, nodeId) => stranger.certificateFor(csr, nodeId),
    ];
    for (const forgery of forgeries) {
      controller.certificateFor = forgery;
      expect(await codeOf(enrol(inputFor(controller), enrolPorts))).toBe('failed');
    }
    controller.certificateFor = honest;
    expect(await codeOf(enrol(inputFor(controller), enrolPorts))).toBe('resolved');
  });

  it.each(UNUSABLE)('with an answer whose %s is %j fails and stores nothing', async (field, value) => {
    const controller = await startController();
    controller.inEnrolmentAnswer = { [field]: value };
    await expect(enrol(inputFor(controller), enrolPorts)).rejects.toThrow(field);
  });

  it.each([
    ...UNUSABLE,
    ['endpoint', { listen_ports: { a: 0 }, advertise: [] }],
    ['endpoint', { listen_ports: { a: 51_820, b: 1.5 }, advertise: [] }],
    ['endpoint', { listen_ports: { a: 51_820 }, advertise: ['host.example'] }],
  ] as const)('is not read back with a %s of %j', async (field, value) => {
    const controller = await startController();
    const { dir, enrolment } = await enrolledMember(controller);
    await writeEnrolment(dir.enrolment, enrolment);
    expect(await readEnrolment(dir.enrolment)).toEqual(enrolment);
    await writeEnrolment(dir.enrolment, { ...enrolment, [field]: value });
    await expect(readEnrolment(dir.enrolment)).rejects.toThrow(
      new RegExp(`${dir.enrolment} is damaged \\(${field}.*mesh-agent enrol again`),
    );
  });

  it('is not read back in another format, or with a field that it does not have', async () => {
    const controller = await startController();
    const { dir, enrolment } = await enrolledMember(controller);
    for (const text of [
      { format: 'mesh-agent-enrolment/2', ...enrolment },
      { format: 'mesh-agent-enrolment/1', ...enrolment, extra: 1 },
      enrolment,
    ]) {
      writeFileSync(dir.enrolment, JSON.stringify(text));
      await expect(readEnrolment(dir.enrolment)).rejects.toMatchObject({ code: 'usage' });
    }
  });

  it('is kept in one private file and read back whole', async () => {
    const controller = await startController();
    const { dir, enrolment } = await enrolledMember(controller);
    expect(await readEnrolment(dir.enrolment)).toBeUndefined();
    await writeEnrolment(dir.enrolment, enrolment);
    expect(await readEnrolment(dir.enrolment)).toEqual(enrolment);
    expect(statSync(dir.enrolment).mode & 0o777).toBe(0o600);
    writeFileSync(dir.enrolment, readFileSync(dir.enrolment, 'utf8').slice(0, -20));
    await expect(readEnrolment(dir.enrolment)).rejects.toMatchObject({ code: 'usage' });
  });

  it('is needed: the nodes listener refuses connections without its certificate', async () => {
    const controller = await startController();
    const { enrolment, connect, channel } = await enrolledMember(controller);
    controller.onNodeRequest = () => refusal(problem('not_found', 'nothing here'));
    await expect(channel.client.epoch()).rejects.toMatchObject({ problem: { code: 'not_found' } });
    expect(controller.requests[0]?.peerUri).toBe('URI:spiffe://test-mesh/node/self');
    const { fetch, close } = enrolPorts.connect(enrolment.ca_pem);
    await expect(fetch(`${enrolment.nodes_url}/v1/epoch`, { method: 'GET' })).rejects.toThrow();
    close();
    connect(enrolment).close();
  });
});

describe('a certificate request', () => {
  it('can be read and verified by another implementation, for names of every length', async () => {
    x509.cryptoProvider.set(webcrypto as never);
    const { identity } = loadOrCreateKeys(join(temporaryDirectory(), 'keys'), random32);
    for (const commonName of ['a', 'node-a', 'x'.repeat(63)]) {
      const csr = new x509.Pkcs10CertificateRequest(createCsr({ commonName, ...identity }));
      expect(await csr.verify()).toBe(true);
      expect(csr.subject).toBe(`CN=${commonName}`);
      expect(Buffer.from(csr.publicKey.rawData).subarray(-32)).toEqual(Buffer.from(identity.publicKey));
    }
  });

  it('signed by another key does not verify', async () => {
    x509.cryptoProvider.set(webcrypto as never);
    const [one, other] = [1, 2].map(
      () => loadOrCreateKeys(join(temporaryDirectory(), 'keys'), random32).identity,
    );
    if (one === undefined || other === undefined) throw new Error('two identities');
    const pem = createCsr({ commonName: 'a', publicKey: one.publicKey, sign: other.sign });
    expect(await new x509.Pkcs10CertificateRequest(pem).verify()).toBe(false);
  });
});

describe('the join token', () => {
  it('is read from a private file, and from standard input', async () => {
    const path = join(temporaryDirectory(), 'token');
    writeFileSync(path, 'meshjoin1.a\n', { mode: 0o600 });
    expect(await readToken(path, Readable.from([]))).toBe('meshjoin1.a');
    expect(await readToken('-', Readable.from(['meshjoin1', '.b\n']))).toBe('meshjoin1.b');
  });

  it('from a file that others may read is refused', async () => {
    const path = join(temporaryDirectory(), 'token');
    writeFileSync(path, 'meshjoin1.a\n');
    chmodSync(path, 0o644);
    await expect(readToken(path, Readable.from([]))).rejects.toMatchObject({ code: 'file_unsafe' });
  });

  it('that is empty or endless is refused', async () => {
    await expect(readToken('-', Readable.from(['\n']))).rejects.toMatchObject({ code: 'usage' });
    await expect(readToken('-', Readable.from(['x'.repeat(5_000)]))).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('the keys', () => {
  it('are made once, in a file that only the owner can read, and then stay the same', () => {
    const path = join(temporaryDirectory(), 'keys');
    const first = loadOrCreateKeys(path, random32);
    const again = loadOrCreateKeys(path, () => {
      throw new Error('no second set of keys');
    });
    expect(again.identity.publicKey).toEqual(first.identity.publicKey);
    expect(again.wireguard.a.publicKey).toBe(first.wireguard.a.publicKey);
    expect(first.wireguard.a.publicKey).not.toBe(first.wireguard.b.publicKey);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('of a file with one flipped bit, or cut short, are refused rather than used', () => {
    const path = join(temporaryDirectory(), 'keys');
    loadOrCreateKeys(path, random32);
    const good = readFileSync(path);
    for (let at = 0; at < good.length; at += 7) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(path, bad);
      expect(() => loadOrCreateKeys(path, random32)).toThrow(/damaged/);
    }
    writeFileSync(path, good.subarray(0, good.length - 1));
    expect(() => loadOrCreateKeys(path, random32)).toThrow(/damaged/);
    writeFileSync(path, good);
    expect(loadOrCreateKeys(path, random32).wireguard.a.publicKey).toHaveLength(44);
  });

  it('are not readable by others: a file with a wider mode is refused', () => {
    const path = join(temporaryDirectory(), 'keys');
    loadOrCreateKeys(path, random32);
    chmodSync(path, 0o640);
    expect(() => loadOrCreateKeys(path, random32)).toThrow(/chmod 600/);
  });

  it('wipe the random bytes that they were made from, and are not shown by inspect or JSON', () => {
    const given: Uint8Array[] = [];
    const keys = loadOrCreateKeys(join(temporaryDirectory(), 'keys'), (length) => {
      const bytes = random32(length);
      given.push(bytes);
      return bytes;
    });
    expect(given.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
    expect(keys.wireguard.a.privateKey).toBeInstanceOf(SecretBytes);
    expect(JSON.stringify(keys.wireguard.a)).toContain('[secret]');
  });

  it('pass a digest check by hand', () => {
    const path = join(temporaryDirectory(), 'keys');
    loadOrCreateKeys(path, random32);
    const file = readFileSync(path);
    const body = file.subarray(0, -32);
    expect(file.subarray(-32)).toEqual(createHash('sha256').update(body).digest());
  });
});
