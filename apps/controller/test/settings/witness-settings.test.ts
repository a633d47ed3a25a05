import { ed25519SigningKey, renderVerifierKey } from '@mesh/audit';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';

const keyOf = (seed: number, kind: 'ed25519' | 'ed25519-cosignature') =>
  renderVerifierKey(ed25519SigningKey('w.example', kind, new Uint8Array(32).fill(seed)).key);
const [key, other] = [keyOf(1, 'ed25519-cosignature'), keyOf(2, 'ed25519-cosignature')];
const url = 'https://w.example/mesh';
const load = (witnesses: unknown, required = 0) =>
  loadSettings({
    file: undefined,
    env: {
      MESH_LOG_WITNESSES: JSON.stringify(witnesses),
      MESH_LOG_REQUIRED_COSIGNATURES: String(required),
    },
    flags: {},
    interfaces: {},
  }).config.log;

it('witnesses have a URL and keys, and no more can be required than there are', () => {
  const witnesses = [{ url, keys: [key] }];
  expect(load(witnesses, 1)).toMatchObject({ witnesses, required_cosignatures: 1 });
  expect(() => load(witnesses, 2)).toThrow('2 cosignatures of 1 witnesses can never be had');
});

describe('refused, with what to write:', () => {
  it.each([
    ['a URL that is none', [{ url: 'w.example', keys: [key] }], 'write a URL such as'],
    ['another scheme', [{ url: 'file:///etc/passwd', keys: [key] }], 'write a URL such as'],
    ['a query', [{ url: `${url}?x=1`, keys: [key] }], 'write a URL such as'],
    ['a password', [{ url: 'https://me:pw@w.example', keys: [key] }], 'without a password'],
    ['a slash at the end', [{ url: `${url}/`, keys: [key] }], 'leave the slash'],
    ['no key', [{ url, keys: [] }], 'keys'],
    ['what is no key', [{ url, keys: ['w.example'] }], 'the form name+id+base64'],
    ['the key of a log', [{ url, keys: [keyOf(1, 'ed25519')] }], 'it is the key of a log'],
    ['a URL twice', [key, other].map((each) => ({ url, keys: [each] })), 'name each witness once'],
    ['a key twice', [url, `${url}2`].map((each) => ({ url: each, keys: [key] })), 'name each witness once'],
  ])('%s', (_, witnesses, part) => {
    expect(() => load(witnesses)).toThrow(part);
  });
});
