// The search that every mesh of the lab makes when it stops: a planted secret in each kind of place is found,
// in every spelling, and those at home are not.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { filesIn, findSpelled, type Place } from '../lab/leaks/find-spelled.ts';
import { processOf, processPlaces } from '../lab/leaks/running-processes.ts';
import { SpelledSearch } from '../lab/leaks/spelled-search.ts';
import { spellingsOf } from '../lab/leaks/spellings.ts';

const secretOf = (fill: number) => Uint8Array.from({ length: 32 }, (_, at) => (fill * 37 + at * 11) % 256);
const known = (name: string, home?: string) => ({ name, bytes: secretOf(name.length), home });

it('finds each secret in each spelling, wherever it stands, and no other', () => {
  const secrets = [1, 2, 3, 4, 5].map(secretOf);
  const search = new SpelledSearch(secrets);
  for (const [index, secret] of secrets.entries())
    for (const spelling of spellingsOf(secret))
      for (const [before, after] of [
        ['', ''],
        ['x', ''],
        ['', 'x'],
        [`${spelling.toString('latin1').slice(0, 5)}`, '\n'],
      ]) {
        const content = Buffer.concat([
          Buffer.from(before ?? '', 'latin1'),
          spelling,
          Buffer.from(after ?? ''),
        ]);
        expect([...search.in(content)]).toEqual([index]);
        expect(search.in(content.subarray(0, -1 - (after ?? '').length)).size).toBe(0);
      }
  expect(search.in(Buffer.alloc(0)).size + search.in(Buffer.alloc(1)).size).toBe(0);
});

it.each([0, 1, 2, 3])('finds a secret in base64 with %i other bytes before it', (before) => {
  const secret = secretOf(1);
  const whole = Buffer.concat([Buffer.alloc(before, 0xa5), secret, Buffer.from('and more')]);
  for (const encoding of ['base64', 'base64url'] as const)
    expect(new SpelledSearch([secret]).in(Buffer.from(`"${whole.toString(encoding)}"`)).size).toBe(1);
});

it('finds a planted secret in a file, an answer, arguments and an environment, and lets those at home be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-leaks-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'a'));
  writeFileSync(join(folder, 'a', 'keys'), secretOf('key'.length));
  writeFileSync(
    join(folder, 'a', 'agent.log'),
    `{"msg":"${Buffer.from(secretOf('key'.length)).toString('hex')}"}`,
  );
  const text = Buffer.from(secretOf('token'.length)).toString('base64');
  const places: Place[] = [
    ...filesIn(folder),
    { name: 'metrics', kind: 'response', content: Buffer.from(`mesh_up{token="${text}"} 1`) },
    ...processPlaces([
      { pid: 1, cmdline: Buffer.from(`node\0--token=${text}\0`), environ: Buffer.from(`T=${text}`) },
    ]),
  ];
  expect(findSpelled([known('key', 'a/keys'), known('token')], places)).toEqual([
    { secret: 'key', place: 'a/agent.log', kind: 'file' },
    { secret: 'token', place: 'metrics', kind: 'response' },
    expect.objectContaining({ secret: 'token', kind: 'arguments' }),
    expect.objectContaining({ secret: 'token', kind: 'environment' }),
  ]);
});

it('sees the arguments of this very process', () => {
  expect(processOf(process.pid).cmdline.toString()).toContain(process.argv0.split('/').at(-1));
});
