// What an agent has on disk of the log: the accepted head, which survives a restart, and the evidence of what
// contradicts it.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ed25519SigningKey, openCheckpoint, renderVerifierKey, type SigningKey } from '@mesh/audit';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { type Contradiction, keepEvidence } from '../../src/log/evidence.ts';
import { forgetOtherLog } from '../../src/log/forget-other-log.ts';
import { readHead, writeHead } from '../../src/log/head-file.ts';
import { judgeHead } from '../../src/log/judge-head.ts';
import type { SignedLogHead } from '../../src/log/log-head.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { LIES, LOG_IDENTITY, LOG_KEYS, LOG_ORIGIN, PINNED, TestLog } from '../support/test-log.ts';

function accepted(size: number): SignedLogHead {
  const verdict = judgeHead(PINNED, undefined, new TestLog().said(size, 0));
  if (verdict.kind !== 'newer') throw new Error('it is not accepted');
  return verdict.head;
}

describe('the accepted head', () => {
  it('is there after a restart, unless the node has enrolled with another log since', async () => {
    const path = join(temporaryDirectory(), 'log-head.json');
    expect(await readHead(path, LOG_ORIGIN)).toBeUndefined();
    for (const head of [accepted(7), { size: 9, rootHash: accepted(9).rootHash, signatures: [] }]) {
      await writeHead(path, LOG_ORIGIN, head);
      expect(await readHead(path, LOG_ORIGIN)).toEqual(head);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await readHead(path, 'another.example/log')).toBeUndefined();
    expect(await readHead(path, undefined)).toBeUndefined();
  });

  it.each(['', '{}', '{"format":"mesh-agent-log-head/2"}', 'root'])(
    'is refused with advice if the file is %j',
    async (text) => {
      const path = join(temporaryDirectory(), 'log-head.json');
      writeFileSync(path, text);
      await expect(readHead(path, LOG_ORIGIN)).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining('restore it, or remove it'),
      });
    },
  );

  it.each([
    ['size', -1],
    ['size', 2 ** 53],
    ['root_hash', 'AAAA'],
    ['root_hash', 7],
    ['signatures', 'none'],
    ['signed_at', 1.5],
    ['another', 1],
  ])('is refused if %s is %j', async (field, value) => {
    const path = join(temporaryDirectory(), 'log-head.json');
    await writeHead(path, LOG_ORIGIN, accepted(7));
    const stored: object = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...stored, [field]: value }));
    await expect(readHead(path, LOG_ORIGIN)).rejects.toMatchObject({ code: 'usage' });
  });
});

describe('an enrolment', () => {
  const after = async (head: SignedLogHead, keys: readonly SigningKey[], origin = LOG_ORIGIN) => {
    const path = join(temporaryDirectory(), 'log-head.json');
    await writeHead(path, LOG_ORIGIN, head);
    await forgetOtherLog(path, { origin, verifier_keys: keys.map(({ key }) => renderVerifierKey(key)) });
    return existsSync(path);
  };

  it('with a controller that was set up anew forgets the head of its log before, and otherwise not', async () => {
    const head = accepted(7);
    const named = { ...head, signatures: [] };
    const others = [ed25519SigningKey(LOG_ORIGIN, 'ed25519', new Uint8Array(32).fill(31))];
    expect(await after(head, LOG_KEYS)).toBe(true);
    expect(await after(head, [LOG_KEYS[0], ...others] as SigningKey[])).toBe(true);
    expect(await after(head, others)).toBe(false);
    expect(await after(named, others)).toBe(true);
    await forgetOtherLog(join(temporaryDirectory(), 'log-head.json'), LOG_IDENTITY);
    await forgetOtherLog(join(temporaryDirectory(), 'log-head.json'), undefined);
  });
});

function contradiction(size: number): Contradiction {
  const held = accepted(7);
  const verdict = judgeHead(PINNED, held, new TestLog(LIES['reorders two entries']).said(size, 7));
  if (verdict.kind !== 'refused') throw new Error('it is not refused');
  const { refusal } = verdict;
  return {
    refusal,
    held,
    log: LOG_IDENTITY,
    meshId: 'm',
    nodeId: parseNodeId('self'),
    version: '3.9',
    serverTimeMs: 5,
  };
}

describe('the evidence', () => {
  it('is two notes that the log has signed, in a private file that stays as it is', async () => {
    const folder = join(temporaryDirectory(), 'log-evidence');
    const path = (await keepEvidence(folder, contradiction(7))) as string;
    expect([statSync(folder).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
    const text = readFileSync(path, 'utf8');
    const { accepted: before, shown, ...rest } = JSON.parse(text);
    const trust = { origin: LOG_ORIGIN, logKeys: LOG_KEYS.map(({ key }) => key) };
    const opened = [before, shown].map(({ checkpoint }) => openCheckpoint(checkpoint, trust));
    expect(opened.map(({ checkpoint, signatures }) => [checkpoint.size, signatures.length])).toEqual([
      [7, 2],
      [7, 2],
    ]);
    expect(opened[0]?.checkpoint.root).not.toEqual(opened[1]?.checkpoint.root);
    expect(rest).toEqual({
      format: 'mesh-agent-log-evidence/1',
      mesh_id: 'm',
      node_id: 'self',
      code: 'forked',
      log: LOG_IDENTITY,
      consistency: [],
      config_version: '3.9',
      server_time_ms: 5,
    });
    expect(await keepEvidence(folder, { ...contradiction(7), version: 'later' })).toBe(path);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('of signatures without a form is kept without a note', async () => {
    const folder = join(temporaryDirectory(), 'log-evidence');
    const { refusal, ...rest } = contradiction(7);
    const shown = { ...refusal.shown, signatures: ['AAAA'] };
    const path = (await keepEvidence(folder, { ...rest, refusal: { ...refusal, shown } })) as string;
    expect(JSON.parse(readFileSync(path, 'utf8')).shown.checkpoint).toBeNull();
  });

  it('gets the note of the head that was shown when it comes, and keeps it', async () => {
    const folder = join(temporaryDirectory(), 'log-evidence');
    const { refusal, ...rest } = contradiction(7);
    const bare = { ...refusal, shown: { ...refusal.shown, signatures: [] } };
    const path = (await keepEvidence(folder, { ...rest, refusal: bare })) as string;
    const shown = () => JSON.parse(readFileSync(path, 'utf8')).shown.checkpoint;
    expect(shown()).toBeNull();
    expect(await keepEvidence(folder, { ...rest, refusal })).toBe(path);
    const trust = { origin: LOG_ORIGIN, logKeys: LOG_KEYS.map(({ key }) => key) };
    expect(openCheckpoint(shown(), trust).signatures).toHaveLength(2);
    expect(await keepEvidence(folder, { ...rest, refusal: bare })).toBe(path);
    expect(shown()).not.toBeNull();
  });

  it('fills no disk: there are 32 files at most', async () => {
    const folder = join(temporaryDirectory(), 'log-evidence');
    const { refusal, ...rest } = contradiction(7);
    for (let size = 8; size < 40; size++) {
      const shown = { ...refusal.shown, size };
      expect(await keepEvidence(folder, { ...rest, refusal: { ...refusal, shown } })).toBeDefined();
    }
    expect(await keepEvidence(folder, contradiction(7))).toBeUndefined();
    expect(readdirSync(folder)).toHaveLength(32);
  });
});
