import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capture } from '../lib/child-process.mjs';
import { findLeaks } from '../lib/find-leaks.mjs';

const root = join(import.meta.dirname, '../..');

/** Tracked files, and untracked ones that are not ignored. */
function files(): string[] {
  const listed = capture('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
  });
  expect(listed.code, listed.stderr).toBe(0);
  return listed.stdout.split('\0').filter((name) => name !== '');
}

describe('the leak guard catches', () => {
  it.each([
    ['a registry host', `see https://${['registry', 'npmjs', 'org'].join('.')}/zod`],
    ['a Debian host', ['deb', 'debian', 'org'].join('.')],
    ['a home folder', `const file = '/${'home'}/someone/key.pem';`],
    ['a home folder on a Mac', `at /${'Users'}/someone/project`],
    ['the superuser’s home at the start of a line', `/${'root'}/.npmrc`],
    ['a private key', `-----BEGIN ${'PRIVATE'} KEY-----\n${'MC4CAQAwBQYDK2VwBCIEIAAA'}`],
    [
      'a private key of a kind, in a string',
      `'-----BEGIN EC ${'PRIVATE'} KEY-----\\n${'MC4CAQAwBQYDK2VwBCIEIAAA'}'`,
    ],
  ])('%s', (_, planted) => {
    expect(findLeaks(`first line\n${planted}\n`)).toEqual([expect.objectContaining({ line: 2 })]);
  });
});

describe('the leak guard lets pass', () => {
  it.each([
    ['a path of the system', '/var/run/wireguard/wg0.sock and /dev/net/tun'],
    ['a relative path', 'import x from "../home/page.ts"'],
    ['an address', 'https://example.com/work/item'],
    ['a public key', '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAAAAAAAAAA'],
    ['code that writes a private key', 'return `-----BEGIN PRIVATE KEY-----\\n` + encoded;'],
  ])('%s', (_, text) => {
    expect(findLeaks(text)).toEqual([]);
  });
});

describe('the repository', () => {
  it('has no file that leaks', () => {
    const names = files();
    expect(names.length).toBeGreaterThan(100);
    const leaks = names
      .filter((name) => existsSync(join(root, name)))
      .flatMap((name) =>
        findLeaks(readFileSync(join(root, name), 'utf8')).map((leak) => ({ name, ...leak })),
      );
    expect(leaks).toEqual([]);
  });
});
