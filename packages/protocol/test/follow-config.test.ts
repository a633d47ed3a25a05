// A query that may be answered several times, over a `fetch` that gives lines as they arrive and over one
// that does not.

import { describe, expect, it } from 'vitest';
import { createNodeClient, type FetchLike, problem, STREAM_MEDIA_TYPE } from '../src/index.ts';
import { GOOD } from './support/good-messages.ts';

const QUERY = { version: '7.41', waitSeconds: 25, instanceId: 'instance-1' };
const notice = GOOD['removal notice'].body as { version: string };
const line = (version: string) => JSON.stringify({ ...notice, version });

interface Given {
  readonly status?: number;
  readonly type?: string;
  readonly text: string;
  /** Given as lines before the answer ends, if the caller takes them. */
  readonly early?: readonly string[];
}

function client({ status = 200, type = 'application/json', text, early = [] }: Given) {
  const seen: { url: string; signal: AbortSignal | undefined }[] = [];
  const fetch: FetchLike = async (url, { onLine, signal }) => {
    seen.push({ url, signal });
    for (const each of early) onLine?.(each);
    await Promise.resolve();
    if (signal?.aborted === true) throw signal.reason;
    return {
      status,
      headers: { get: (name) => (name === 'content-type' ? type : null) },
      text: () => Promise.resolve(text),
    };
  };
  return { seen, ...createNodeClient({ baseUrl: 'https://controller.example', fetch }, 'node-a') };
}

/** The versions that were given, and how the call ended. */
async function follow(given: Given, goOn: (version: string) => boolean = () => true) {
  const versions: string[] = [];
  const { followConfig, seen } = client(given);
  const ended = await followConfig(QUERY, ({ body }) => {
    versions.push(body.version);
    return goOn(body.version);
  }).catch((error: unknown) => error);
  return { versions, ended, seen };
}

const stream = { type: STREAM_MEDIA_TYPE };

describe('following the config', () => {
  it('says what it takes, and counts an answer of one body as one', async () => {
    const { versions, ended, seen } = await follow({ text: line('7.42') });
    expect(new URL(seen[0]?.url ?? '').search).toBe(
      '?version=7.41&wait=25s&instance=instance-1&notices=1&batch=1&stream=1',
    );
    expect([versions, ended]).toEqual([['7.42'], 1]);
  });

  it('says that pairs may move between slots, if the caller understands that', async () => {
    const seen: string[] = [];
    const { followConfig } = createNodeClient(
      {
        baseUrl: 'https://mesh.example:8443',
        fetch: async (url) => {
          seen.push(new URL(String(url)).search);
          return new Response(null, { status: 304 });
        },
      },
      'node-a',
    );
    await followConfig({ ...QUERY, movesSlots: true }, () => true);
    expect(seen).toEqual(['?version=7.41&wait=25s&instance=instance-1&notices=1&batch=1&stream=1&slots=1']);
  });

  it('gives each line while the answer is open', async () => {
    const { versions, ended } = await follow({ ...stream, text: '', early: [line('7.42'), line('7.43')] });
    expect([versions, ended]).toEqual([['7.42', '7.43'], 2]);
  });

  it('gives the lines at the end where fetch gives the whole text', async () => {
    const { versions, ended } = await follow({ ...stream, text: `${line('7.42')}\n${line('7.43')}\n` });
    expect([versions, ended]).toEqual([['7.42', '7.43'], 2]);
  });

  it('that nothing changed for ends without a body', async () => {
    expect(await follow({ status: 304, text: '' })).toMatchObject({ versions: [], ended: 0 });
  });

  it('ends, and aborts its request, when the caller has had enough', async () => {
    const early = [line('7.42'), line('7.43')];
    const { versions, ended, seen } = await follow({ ...stream, text: '', early }, () => false);
    expect([versions, ended, seen[0]?.signal?.aborted]).toEqual([['7.42'], 1, true]);
  });

  it('rejects with what the caller throws, and gives nothing more', async () => {
    const refused = new Error('not trusted');
    const throwing = () => {
      throw refused;
    };
    for (const given of [
      { ...stream, text: '', early: [line('7.42'), line('7.43')] },
      { ...stream, text: `${line('7.42')}\n${line('7.43')}\n` },
      { text: line('7.42') },
    ])
      expect(await follow(given, throwing)).toMatchObject({ versions: ['7.42'], ended: refused });
  });

  it.each([
    ['a line that is not JSON', { ...stream, text: '{"version":' }],
    ['a line of another form', { ...stream, text: '{"version":"7.42"}' }],
    ['an early line that names a field twice', { ...stream, text: '', early: ['{"a":1,"a":2}'] }],
    ['a body of another form', { text: '{}' }],
  ])('rejects %s', async (_what, given) => {
    expect(await follow(given)).toMatchObject({ versions: [], ended: { code: 'unexpected_answer' } });
  });

  it('rejects with a refusal', async () => {
    const details = problem('query_outstanding', 'a newer query took over');
    const { ended } = await follow({ status: 409, text: JSON.stringify(details) });
    expect(ended).toMatchObject({ problem: { code: 'query_outstanding' } });
  });
});
