// Log lines are JSON, one object per line, with every planted secret censored. A control shows that the scan
// finds one.

import { Writable } from 'node:stream';
import { defined, SecretBytes } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogger, HostError, isSecretName, LogField, type Logger, type LogLevel } from '../src/index.ts';

const PLANTED = 'cGxhbnRlZC1zZWNyZXQtdmFsdWU';
const BYTES = Buffer.from(PLANTED, 'base64url');

function capture(level?: LogLevel): {
  logger: Logger;
  text: () => string;
  lines: () => Record<string, unknown>[];
} {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      text += chunk.toString();
      done();
    },
  });
  const logger = createLogger({
    destination: stream,
    base: { component: 'test' },
    ...defined({ level }),
  });
  return {
    logger,
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
  };
}

/** The forms of the planted secret that occur in the text. */
function leaks(text: string): string[] {
  const forms = [
    PLANTED,
    BYTES.toString('utf8'),
    BYTES.toString('hex'),
    BYTES.toString('base64'),
    [...BYTES].join(','),
  ];
  return forms.filter((form) => text.includes(form));
}

describe('a log line', () => {
  it('is one JSON object with level, time, message and base fields', () => {
    const { logger, lines } = capture();
    logger.info({ [LogField.nodeId]: 'a', [LogField.epochId]: 7 }, 'admitted');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        component: 'test',
        node_id: 'a',
        epoch_id: 7,
        msg: 'admitted',
      },
    ]);
  });

  it('stays one line with any characters in a name', () => {
    const { logger, lines } = capture();
    logger.warn({ node_id: 'a\n{"level":"info","msg":"forged"}\u2028' }, 'x\ny');
    expect(lines()).toHaveLength(1);
  });

  it('is written if its level is high enough', () => {
    const { logger, lines } = capture('warn');
    logger.info('no');
    logger.warn('yes');
    expect(lines().map((line) => line.msg)).toEqual(['yes']);
  });

  it('keeps an error’s type, code, message, stack and cause', () => {
    const { logger, lines } = capture();
    const error = new HostError('file_io', 'it failed', { cause: new TypeError('deeper') });
    logger.error({ err: error }, 'oops');
    logger.error(error);
    for (const line of lines()) {
      expect(line.err).toMatchObject({
        type: 'HostError',
        code: 'file_io',
        message: 'it failed',
        stack: expect.stringContaining('logger.test'),
        cause: { type: 'TypeError', message: 'deeper' },
      });
    }
  });
});

describe('a secret', () => {
  it('in the clear is found by the scan (control)', () => {
    for (const form of [PLANTED, BYTES.toString('hex'), BYTES.toString('utf8'), JSON.stringify(BYTES)]) {
      const { logger, text } = capture();
      logger.info({ harmless: form, message: `about ${form}` }, 'control');
      expect(leaks(text())).not.toEqual([]);
    }
  });

  it.each([
    ['under a secret’s name', { psk: PLANTED }],
    ['deep inside', { a: { b: [{ c: { private_key: PLANTED } }] } }],
    ['a whole object under a secret’s name', { secrets: { x: { y: PLANTED } } }],
    ['in a header', { headers: { Authorization: `Bearer ${PLANTED}` } }],
    ['as SecretBytes', { harmless: SecretBytes.own(new Uint8Array(BYTES)) }],
    [
      'as bytes',
      { harmless: new Uint8Array(BYTES), buffer: BYTES, view: new DataView(new Uint8Array(BYTES).buffer) },
    ],
    ['as an ArrayBuffer', { harmless: new Uint8Array(BYTES).buffer }],
    ['in a Map and a Set', { map: new Map([['token', PLANTED]]), set: new Set([{ password: PLANTED }]) }],
    ['in an error’s fields', { err: Object.assign(new Error('x'), { token: PLANTED, bytes: BYTES }) }],
    ['in an error’s cause', { err: new Error('x', { cause: { secret: PLANTED } }) }],
    ['behind a toJSON', { x: { toJSON: () => ({ passphrase: PLANTED }) } }],
    ['under __proto__', { nested: JSON.parse(`{"__proto__":{"token":"${PLANTED}"}}`) }],
    [
      'beyond the depth limit',
      { a: { b: { c: { d: { e: { f: { g: { h: { i: { token: PLANTED } } } } } } } } } },
    ],
  ])('is censored %s', (_, fields) => {
    const { logger, text } = capture();
    logger.info(fields, 'message');
    logger.child(fields).info('from a child');
    logger.child({}).child(fields).info('from a grandchild');
    const changed = logger.child({});
    changed.setBindings(fields);
    changed.info('with changed bindings');
    logger.info('interpolated %o %j %s', fields, fields, fields);
    logger.info({}, 'interpolated %o', fields);
    expect(leaks(text())).toEqual([]);
    expect(text().split('\n').filter(Boolean)).toHaveLength(6);
  });

  it('is censored anywhere in any object', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 6 }),
        fc.constantFrom('psk', 'joinToken', 'PRIVATE-KEY', 'x_secret_y'),
        (path, name) => {
          const { logger, text } = capture();
          const fields = path.reduceRight<Record<string, unknown>>((inner, key) => ({ [key]: inner }), {
            [name]: PLANTED,
          });
          logger.info(fields);
          expect(leaks(text())).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('in a cycle or a huge list does not make logging fail', () => {
    const { logger, lines } = capture();
    const circle: Record<string, unknown> = {
      n: 1n,
      list: Array.from({ length: 1_000 }, (_, index) => index),
    };
    circle.self = circle;
    logger.info(circle);
    expect(lines()[0]).toMatchObject({ n: '1', self: '[circular]' });
    expect(lines()[0]?.list).toHaveLength(201);
  });
});

describe('isSecretName', () => {
  it.each([
    'secret',
    'token',
    'psk',
    'private_key',
    'password',
    'privateKey',
    'PrivateKey',
    'PRIVATE-KEY',
    'psk_base64',
    'pskBase64',
    'preshared_key',
    'presharedKey',
    'join_token',
    'joinToken',
    'epochSecret',
    'epoch_secret_hex',
    'api_key',
    'apiKey',
    'masterKey',
    'master-key',
    'passphrase',
    'Authorization',
    'Set-Cookie',
    'seed',
    'client_secret',
    'tokens',
    'psks',
    'id_token',
  ])('%s holds a secret', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'node_id',
    'public_key',
    'publicKey',
    'token_id',
    'tokenId',
    'secret_hash',
    'secretHash',
    'psk_file',
    'pskFile',
    'token_count',
    'key',
    'keys',
    'path',
    'reason',
    'epoch_id',
    'commitment',
    'secret_commitment',
    'tokenExpiresAt',
  ])('%s is only about a secret, or about something else', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});
