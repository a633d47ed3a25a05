// Settings of the administration over the network that could not work are refused with their line.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { testAdminAuthority } from '../support/admin-authority.ts';

const directory = mkdtempSync(join(tmpdir(), 'admin-settings-'));
afterAll(() => rmSync(directory, { recursive: true }));

const load = (yaml: string) => {
  const file = join(directory, 'controller.yaml');
  writeFileSync(file, `mesh_id: testmesh\n${yaml}`);
  return loadSettings({ file, env: {}, flags: {}, interfaces: {} });
};
const authority = await testAdminAuthority();
const ca = authority.write(directory);
const person = join(directory, 'person.pem');
writeFileSync(person, (await authority.issue('CN=alice')).cert);

describe('the administration over the network', () => {
  it('takes a CA and the roles of its certificates', () => {
    const { config } = load(
      `admin_ca_file: ${ca}\nadmin_certificates: [{ common_name: alice, role: viewer }]`,
    );
    expect(config.admin_certificates).toEqual([{ common_name: 'alice', role: 'viewer' }]);
  });

  it.each([
    ['a file that is missing', 'admin_ca_file: /none.pem', 'cannot be read (ENOENT)'],
    ['the certificate of a person', `admin_ca_file: ${person}`, 'not of a CA'],
    ['roles without a CA', 'admin_certificates: [{ common_name: a, role: viewer }]', 'have no CA'],
    [
      'two roles of one name',
      `admin_ca_file: ${ca}\nadmin_certificates: [{ common_name: a, role: viewer }, { common_name: a, role: operator }]`,
      'the same common_name',
    ],
    ['the role root', `admin_certificates: [{ common_name: a, role: root }]`, 'role'],
    ['a name of two lines', `admin_certificates: [{ common_name: "a\\nb", role: viewer }]`, 'must match'],
  ])('refuses %s, with its line', (_what, yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
    expect(() => load(yaml)).toThrow(/controller\.yaml:[23]\)/);
  });
});
