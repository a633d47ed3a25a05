// What is sent again and what is not: failures that pass, answers that have not changed, pages, and the log
// over connections that break.

import { ProblemError, problem } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import {
  connectAdmin,
  connectReader,
  eachExam,
  eachNode,
  eachToken,
  type FollowOptions,
  followLog,
} from '../src/index.ts';
import { entry, JSONL, line, noWait, type Scripted, scripted } from './fake-controller.ts';

const baseUrl = 'https://controller.example:8444';
const PROBLEM = { 'content-type': 'application/problem+json' };
const keys: Scripted = { body: { keys: [] } };
const refusal = (code: 'rate_limited' | 'not_ready' | 'unauthenticated', headers = {}): Scripted => {
  const body = problem(code, 'a test');
  return { status: body.status, headers: { ...PROBLEM, ...headers }, body };
};

function admin(...answers: readonly Scripted[]) {
  const { fetch, sent } = scripted(...answers);
  const { wait, waited } = noWait();
  return { client: connectAdmin({ baseUrl, fetch, retry: { wait } }), sent, waited };
}

describe('a request that reads', () => {
  it.each<[string, Scripted]>([
    ['a broken connection', { breaks: true }],
    ['429', refusal('rate_limited')],
    ['503', refusal('not_ready')],
    ['502 of a proxy', { status: 502, pieces: ['<html>'] }],
    ['504 of a proxy', { status: 504, pieces: ['<html>'] }],
  ])('is sent again after %s', async (_what, failure) => {
    const { client, sent, waited } = admin(failure, failure, keys);
    expect(await client.keys()).toEqual({ keys: [] });
    expect([sent.length, waited]).toEqual([3, [500, 1_000]]);
  });

  it('waits for at least as long as the controller asks', async () => {
    const { client, waited } = admin(refusal('rate_limited', { 'retry-after': '7' }), keys);
    await client.keys();
    expect(waited).toEqual([7_000]);
  });

  it('fails with the last failure after four attempts', async () => {
    const { client, sent } = admin(...Array.from({ length: 9 }, () => refusal('not_ready')));
    await expect(client.keys()).rejects.toThrow('not_ready');
    expect(sent).toHaveLength(4);
  });

  it.each<[string, Scripted]>([
    ['a refusal that does not pass', refusal('unauthenticated')],
    ['what is no controller', { pieces: ['<html>'] }],
  ])('is not sent again after %s', async (_what, failure) => {
    const { client, sent } = admin(failure, keys);
    await expect(client.keys()).rejects.toThrow();
    expect(sent).toHaveLength(1);
  });

  it('is not sent again without a way to wait', async () => {
    const { fetch, sent } = scripted({ breaks: true }, keys);
    await expect(connectAdmin({ baseUrl, fetch }).keys()).rejects.toThrow('fetch failed');
    expect(sent).toHaveLength(1);
  });
});

describe('a request that changes something', () => {
  it.each<[string, Scripted]>([
    ['a broken connection', { breaks: true }],
    ['503', refusal('not_ready')],
  ])('is sent once, whatever happens: %s', async (_what, failure) => {
    const { client, sent } = admin(failure, { body: {} });
    await expect(client.rotate()).rejects.toThrow();
    expect(sent).toHaveLength(1);
  });
});

describe('an answer with a tag', () => {
  const tagged = (tag: string, name: string): Scripted => ({
    headers: { etag: tag },
    body: { mesh_id: name, required: 0, officers: [] },
  });

  it('is not fetched again as long as it is the same', async () => {
    const { client, sent } = admin(tagged('"1"', 'one'), { status: 304 }, tagged('"2"', 'two'), {
      status: 304,
    });
    const names: string[] = [];
    for (let asked = 0; asked < 4; asked++) names.push((await client.officers()).mesh_id);
    expect(names).toEqual(['one', 'one', 'two', 'two']);
    expect(sent.map(({ init }) => init.headers['if-none-match'])).toEqual([undefined, '"1"', '"1"', '"2"']);
  });

  it('is forgotten when newer ones come, and never kept with remember: 0', async () => {
    for (const [remember, wanted] of [
      [1, undefined],
      [2, '"1"'],
      [0, undefined],
    ] as const) {
      const other = { headers: { etag: '"k"' }, body: { keys: [] } };
      const { fetch, sent } = scripted(tagged('"1"', 'one'), other, tagged('"1"', 'one'));
      const client = connectAdmin({ baseUrl, fetch, remember });
      await client.officers();
      await client.keys();
      await client.officers();
      expect(sent[2]?.init.headers['if-none-match']).toBe(wanted);
    }
  });

  it('304 that was not asked for is refused', async () => {
    const { client } = admin({ status: 304 });
    await expect(client.officers()).rejects.toThrow('not modified');
  });
});

describe('lists in pages', () => {
  const token = (id: string) => ({
    ...{ token_id: id, state: 'usable', uses_left: 1, class: 'default', node_id: null },
    ...{ expires_at: '2030-01-01T00:00:00Z', approve: false, nodes: [] },
  });

  it('come item after item, as many requests as pages', async () => {
    const { client, sent } = admin(
      { body: { tokens: [token('a'), token('b')], next_cursor: 'b' } },
      { body: { tokens: [token('c')], next_cursor: null } },
    );
    const seen: string[] = [];
    for await (const { token_id: id } of eachToken(client, { pageSize: 2 })) seen.push(id);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?limit=2', '?limit=2&cursor=b']);
  });

  it('of a controller that knows no pages come whole', async () => {
    const { client, sent } = admin({ body: { nodes: [] } }, { body: { exams: [] } });
    for await (const node of eachNode(client)) throw new Error(`${node.node_id} is not there`);
    for await (const exam of eachExam(client)) throw new Error(`${exam.exam_id} is not there`);
    expect(sent.map(({ url }) => new URL(url).search)).toEqual(['?limit=100', '?limit=100']);
  });

  it('are fetched only as far as somebody reads', async () => {
    const { client, sent } = admin({ body: { tokens: [token('a')], next_cursor: 'a' } });
    for await (const first of eachToken(client)) {
      expect(first.token_id).toBe('a');
      break;
    }
    expect(sent).toHaveLength(1);
  });
});

describe('the log that is followed', () => {
  async function follow(answers: readonly Scripted[], wanted: number, options: FollowOptions = {}) {
    const { fetch, sent } = scripted(...answers);
    const { wait, waited } = noWait();
    const seen: number[] = [];
    const client = connectReader({ baseUrl, fetch });
    for await (const { index } of followLog(client, { from: 5 }, { retry: { wait }, ...options })) {
      seen.push(index);
      if (seen.length === wanted) break;
    }
    const froms = sent.map(({ url }) => new URL(url).searchParams.get('from'));
    return { seen, froms, waited };
  }

  it('goes on where an answer has ended', async () => {
    const first = { headers: JSONL, pieces: [entry(5), entry(8), line({ next: 11 })] };
    const { seen, froms, waited } = await follow([first, { headers: JSONL, pieces: [entry(12)] }], 3);
    expect([seen, froms, waited]).toEqual([[5, 8, 12], ['5', '11'], []]);
  });

  it('has no gap and nothing twice when connections break, in the middle of a line too', async () => {
    const broken = { headers: JSONL, pieces: [entry(5), entry(6).slice(0, 9)], breaks: true };
    const told: unknown[] = [];
    const { seen, froms, waited } = await follow(
      [
        broken,
        { breaks: true },
        refusal('not_ready', { 'retry-after': '3' }),
        { headers: JSONL, pieces: [entry(6)] },
      ],
      2,
      { onInterruption: (error) => told.push(error) },
    );
    expect([seen, froms, waited]).toEqual([
      [5, 6],
      ['5', '6', '6', '6'],
      [500, 1_000, 3_000],
    ]);
    expect(told).toHaveLength(3);
  });

  it('takes lines that come in pieces, cut inside a character too', async () => {
    const bytes = new TextEncoder().encode(line({ index: 5, entry: { type: 'x', reason: 'ä→😀' } }));
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    const { seen } = await follow([{ headers: JSONL, pieces }], 1);
    expect(seen).toEqual([5]);
  });

  it('ends with the refusal that does not pass', async () => {
    await expect(follow([refusal('unauthenticated')], 1)).rejects.toBeInstanceOf(ProblemError);
  });

  it('ends with the first failure without a way to wait', async () => {
    const { fetch } = scripted({ breaks: true });
    const entries = followLog(connectReader({ baseUrl, fetch }));
    await expect(entries.next()).rejects.toThrow('fetch failed');
  });

  it('ends without an error when its reader has had enough', async () => {
    const stop = new AbortController();
    const { fetch, sent } = scripted(
      { headers: JSONL, pieces: [entry(5), line({ next: 6 })] },
      { headers: JSONL, pieces: [entry(6)] },
    );
    const seen: number[] = [];
    for await (const { index } of followLog(connectReader({ baseUrl, fetch }), {}, { signal: stop.signal })) {
      seen.push(index);
      stop.abort();
    }
    expect([seen, sent.length]).toEqual([[5], 1]);
  });
});
