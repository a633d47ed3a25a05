import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findUnprivilegedUser, isMapped } from '../../src/measure/confinement/unprivileged-user.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';

const find = (spec: string, effectiveUid = 0) => findUnprivilegedUser(spec, 'a.setting', effectiveUid);

it('the user for measuring is never root, and is given by name or by numbers', () => {
  expect(() => find('root')).toThrow(/^a\.setting: .* never runs as root/);
  expect(() => find('0:0')).toThrow(/never runs as root/);
  expect(() => find('1000:0')).toThrow(/never runs as root/);
  expect(() => find('no-such-user')).toThrow(/^a\.setting: there is no user/);
  expect(find('1000:1001')).toEqual({ uid: 1000, gid: 1001 });
  expect(find('nobody', 1000)).toBeUndefined();
});

it.each([
  ['the whole machine', '0 0 4294967295', '0 0 4294967295', true],
  ['its own user alone', '0 1000 1', '0 1000 1', false],
  ['a range up to the id', '0 1000 1\n1 100000 65533', '0 0 4294967295', false],
  [
    'a range with the id',
    '         0       1000          1\n         1     100000      65534',
    '0 5 65535',
    true,
  ],
  ['the user without the group', '0 0 65535', '0 0 65534', false],
])('a user namespace with %s is read correctly', (_what, uidMap, gidMap, mapped) => {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'uid_map'), `${uidMap}\n`);
  writeFileSync(join(folder, 'gid_map'), `${gidMap}\n`);
  expect(isMapped({ uid: 65_534, gid: 65_534 }, folder)).toBe(mapped);
});
