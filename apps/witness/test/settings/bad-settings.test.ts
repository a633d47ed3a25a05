import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { logKeys, ORIGIN } from '../support/log.ts';

const [key = ''] = logKeys;
const load = (logs: unknown, more: Record<string, string> = {}) =>
  loadSettings({
    file: undefined,
    env: { MESH_WITNESS_NAME: 'w.example/1', MESH_WITNESS_LOGS: JSON.stringify(logs), ...more },
    flags: {},
  }).config;

it('logs have an origin and keys', () => {
  expect(load([{ origin: ORIGIN, keys: logKeys }]).logs).toEqual([{ origin: ORIGIN, keys: logKeys }]);
});

describe('refused with the place and what is wrong:', () => {
  it.each([
    ['a name with a space', [], { MESH_WITNESS_NAME: 'w example' }, 'name'],
    ['a name with a plus', [], { MESH_WITNESS_NAME: 'w+example' }, 'name'],
    ['a name of 256 bytes', [], { MESH_WITNESS_NAME: 'w'.repeat(256) }, 'name'],
    ['a log without keys', [{ origin: ORIGIN, keys: [] }], {}, 'logs'],
    ['a key with another id', [{ origin: ORIGIN, keys: [key.replace('+', 'x+')] }], {}, 'its id belongs to'],
    ['an origin of two lines', [{ origin: 'a\nb', keys: [key] }], {}, 'first line'],
    ['an origin twice', [1, 2].map(() => ({ origin: ORIGIN, keys: [key] })), {}, 'each origin once'],
    ['a proxy by its name', [], { MESH_WITNESS_TRUSTED_PROXIES: 'proxy.example' }, 'IP address'],
    ['an unknown setting', [], { MESH_WITNESS_LOG: 'x' }, 'MESH_WITNESS_LOG'],
  ])('%s', (_, logs, env, part) => {
    expect(() => load(logs, env)).toThrow(part);
  });
});
