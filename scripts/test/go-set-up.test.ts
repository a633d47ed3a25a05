// What ensure-go finds, and what it says where there is no Go.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureGo } from '../ensure-go.mjs';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mesh-go-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('takes a Go that is installed with golang.org/x/mod, and unpacks nothing', () => {
  const root = join(folder, 'system');
  const bin = join(root, 'usr/lib/go-1.24/bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, 'usr/share/gocode/src/golang.org/x/mod/sumdb/tlog'), { recursive: true });
  writeFileSync(join(bin, 'go'), '');
  const said: string[] = [];
  expect(ensureGo({ log: (line) => said.push(line), systemRoot: root })).toMatchObject({
    go: join(bin, 'go'),
    env: { GOROOT: join(root, 'usr/lib/go-1.24'), GOPATH: join(root, 'usr/share/gocode') },
  });
  expect(said).toEqual([]);
});

it('says what is missing and how to get it where packages cannot be had', () => {
  const env = { PATH: '/nonexistent', XDG_CACHE_HOME: join(folder, 'cache') };
  const { missing } = ensureGo({ log: () => undefined, env, systemRoot: join(folder, 'nothing') });
  expect(missing).toContain('apt-get install golang-go golang-golang-x-mod-dev');
});
