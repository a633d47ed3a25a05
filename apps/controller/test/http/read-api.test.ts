// What programs read of the controller: the document of its interface, pages of lists that grow, and answers
// that are not sent again.

import { createHash } from 'node:crypto';
import { createSocketFetch } from '@mesh/host';
import { done, type ExamRecord, type MeshEvent } from '@mesh/membership';
import { parseEpochId, parseNodeId } from '@mesh/primitives';
import { allOperations, PAGE_STYLE, SCHEMA_VERSION_HEADER } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examPage } from '../../src/http/respond/exam-page.ts';
import { digestOf, poolText } from '../support/exams.ts';
import { enrolTestNode, startTestController, type TestController } from '../support/index.ts';
import { publicFetch } from '../support/network-admin.ts';

let controller: TestController;
let socket: ReturnType<typeof createSocketFetch>;
beforeAll(async () => {
  controller = await startTestController();
  // Not in the order of their ids.
  for (const name of ['node-c', 'node-a', 'node-d', 'node-b'])
    (await enrolTestNode(controller, name)).close();
  socket = createSocketFetch(controller.paths.socket);
});
afterAll(async () => {
  socket?.close();
  await controller?.close();
});

const get = (path: string, headers: Record<string, string> = {}) =>
  socket(`http://localhost${path}`, { method: 'GET', headers });

interface Page {
  readonly next_cursor?: string | null;
  readonly [list: string]: unknown;
}

/** Every item of a list, page by page. */
async function pagesOf(path: string, list: string, limit: number): Promise<Record<string, unknown>[][]> {
  const pages: Record<string, unknown>[][] = [];
  for (let cursor: string | null | undefined = ''; cursor !== null; ) {
    const query: string = cursor ? `?limit=${limit}&cursor=${cursor}` : `?limit=${limit}`;
    const page = (await (await get(`${path}${query}`)).json()) as Page;
    pages.push(page[list] as Record<string, unknown>[]);
    cursor = page.next_cursor;
    if (cursor === undefined || pages.length > 20) throw new Error('the pages do not end');
  }
  return pages;
}

describe('the document of the interface', () => {
  it.each([
    ['/v1/openapi.json', 'application/openapi+json'],
    ['/v1/openapi.html', 'text/html; charset=utf-8'],
  ])('%s is for anybody, and is sent again only if it has changed', async (path, type) => {
    const fetch = publicFetch(controller);
    const first = await fetch(`${controller.publicUrl}${path}`);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, type]);
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[\w-]{43}"$/);
    const text = await first.text();
    for (const held of [tag, `"other", W/${tag}`, '*']) {
      const again = await fetch(`${controller.publicUrl}${path}`, { headers: { 'if-none-match': held } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
    }
    const other = await fetch(`${controller.publicUrl}${path}`, { headers: { 'if-none-match': '"other"' } });
    expect([other.status, await other.text()]).toEqual([200, text]);
  });

  it('has every operation', async () => {
    const answer = await publicFetch(controller)(`${controller.publicUrl}/v1/openapi.json`);
    const { openapi, paths } = (await answer.json()) as { openapi: string; paths: object };
    expect(openapi).toMatch(/^3\.1\./);
    const text = JSON.stringify(paths);
    for (const { id, door } of allOperations)
      if (door === 'administration') expect(text).toContain(`"operationId":"${id}"`);
  });

  it('as a page runs under a policy that lets its own style in and nothing else', async () => {
    const answer = await publicFetch(controller)(`${controller.publicUrl}/v1/openapi.html`);
    const style = createHash('sha256').update(PAGE_STYLE).digest('base64');
    expect(answer.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('a list that grows', () => {
  it('comes whole where nobody asks for pages, as it always did', async () => {
    const whole = await controller.admin.nodes();
    expect(whole.nodes.map(({ node_id: id }) => id)).toEqual(['node-c', 'node-a', 'node-d', 'node-b']);
    expect(whole).not.toHaveProperty('next_cursor');
    expect(await controller.admin.tokens()).not.toHaveProperty('next_cursor');
    expect(await controller.admin.exams()).toEqual({ exams: [] });
  });

  it.each([1, 2, 3, 4, 5])('comes in pages of %d, each item once', async (limit) => {
    const pages = await pagesOf('/v1/nodes', 'nodes', limit);
    expect(pages.flat().map((node) => node.node_id)).toEqual(['node-a', 'node-b', 'node-c', 'node-d']);
    expect(pages.every((page) => page.length <= limit)).toBe(true);
    const tokens = (await pagesOf('/v1/tokens', 'tokens', limit)).flat();
    const whole = (await controller.admin.tokens()).tokens.map(({ token_id: id }) => id);
    expect(tokens.map((token) => token.token_id)).toEqual([...whole].sort());
  });

  it('goes on after an item that is gone', async () => {
    const page = (await (await get('/v1/nodes?limit=2&cursor=node-aa')).json()) as Page;
    expect((page.nodes as { node_id: string }[]).map(({ node_id: id }) => id)).toEqual(['node-b', 'node-c']);
    expect(page.next_cursor).toBe('node-c');
  });

  it.each([
    ...['limit=0', 'limit=1001', 'limit=1.5', 'limit=-1', 'limit=', 'limit=1e1', 'limit=0x1', 'limit=%201'],
    ...['cursor=', 'cursor=a%20b', 'cursor=..%2f', `cursor=${'a'.repeat(129)}`],
  ])('is refused with %s', async (query) => {
    for (const path of ['/v1/nodes', '/v1/tokens', '/v1/exams']) {
      const answer = await get(`${path}?${query}`);
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_parameter' }]);
    }
  });

  it.each(['cursor=node-a', 'cursor=closed.1.x', 'cursor=gone.1.00000000000000000000000000000000'])(
    'of exams is refused with %s',
    async (query) => {
      const answer = await get(`/v1/exams?${query}`);
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_parameter' }]);
    },
  );
});

describe('exams in pages', () => {
  it('come from the database one after the other, the newest first', async () => {
    const { root } = await controller.admin.loadPool({ text: poolText(2), reason: 'a test' });
    const { judge } = controller.running.services;
    const ids = Array.from({ length: 5 }, (_, at) => `${at}`.repeat(32));
    for (const examId of ids) await judge.run(() => done(closedExam(controller, examId, root)));
    const whole = (await controller.admin.exams()).exams.map(({ exam_id: id }) => id);
    expect([...whole].sort()).toEqual(ids);
    for (const limit of [1, 2, 4, 5, 6]) {
      const pages = await pagesOf('/v1/exams', 'exams', limit);
      expect(pages.flat().map((exam) => exam.exam_id)).toEqual(whole);
    }
  });

  it('begin with the open ones, and go on with the closed ones', () => {
    const open = ['b', 'a', 'c'].map((name) => exam(name, 5));
    const closed = ['f', 'e', 'd'].map((name, at) => exam(name, 1, 30 - at));
    const ports = {
      view: { exams: () => ({ open: () => open }) },
      examHistory: {
        newest: (limit: number, before?: { examId: string }) => {
          const from = closed.findIndex(({ examId }) => examId === before?.examId) + 1;
          return closed.slice(from, from + limit);
        },
      },
    } as unknown as Parameters<typeof examPage>[0];
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = examPage(ports, { limit: 2, ...(cursor === '' ? {} : { cursor }) });
      seen.push(page.exams.map(({ examId }) => examId.slice(0, 1)).join(''));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(['cb', 'af', 'ed']);
  });
});

describe('an answer of the administration', () => {
  it.each(['/v1/nodes', '/v1/nodes/node-a', '/v1/policy', '/v1/tokens', '/v1/requests'])(
    '%s is not sent to whoever has it',
    async (path) => {
      const first = await get(path);
      const tag = first.headers.get('etag') ?? '';
      expect([first.headers.get('cache-control'), (await first.text()).length > 0]).toEqual([
        'private, no-cache',
        true,
      ]);
      const again = await get(path, { 'if-none-match': tag });
      expect([again.status, await again.text()]).toEqual([304, '']);
      const other = await get(path, { 'if-none-match': '"something else"' });
      expect([other.status, other.headers.get('etag')]).toEqual([200, tag]);
    },
  );

  it('has another tag when it has changed', async () => {
    const tag = (await get('/v1/nodes/node-d')).headers.get('etag') ?? '';
    await controller.admin.quarantine('node-d', 'a test');
    const answer = await get('/v1/nodes/node-d', { 'if-none-match': tag });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).not.toBe(tag);
  });

  it('that is a refusal or goes on has no tag', async () => {
    expect((await get('/v1/nodes/nobody')).headers.get('etag')).toBeNull();
    expect((await get('/v1/log/entries')).headers.get('etag')).toBeNull();
  });

  it('says in which version of the schemas it is, and refusals do not', async () => {
    for (const path of ['/health', '/v1/nodes', '/v1/log/entries'])
      expect((await get(path)).headers.get(SCHEMA_VERSION_HEADER)).toBe('1');
    expect((await get('/v1/nodes/nobody')).headers.get(SCHEMA_VERSION_HEADER)).toBeNull();
  });
});

const exam = (name: string, startsAtMs: number, closedAtMs?: number): ExamRecord =>
  ({
    examId: name.repeat(32),
    startsAtMs,
    ...(closedAtMs === undefined ? {} : { closed: { atMs: closedAtMs } }),
  }) as unknown as ExamRecord;

/** An exam of node-a that nobody has answered. */
function closedExam(of: TestController, examId: string, root: string): MeshEvent[] {
  const nodeId = parseNodeId('node-a');
  const epochId = parseEpochId(1);
  const nowMs = Math.floor(of.nowMs());
  const challengeOf = (name: string) => ({ challenge: digestOf(name), sha256: digestOf(`of ${name}`) });
  const [challenge, next] = [challengeOf(examId), challengeOf(`after ${examId}`)];
  const eligible = { ids: [nodeId], sha256: digestOf('["node-a"]') };
  const drawn = {
    ...{ examId, nodeId, epochId, pool: 'chat', root, challenge, eligibleSha256: eligible.sha256 },
    ...{ head: { size: 1, rootHash: root }, liveSha256: digestOf('[0,1]') },
    ...{ asked: { examiners: 1, items: 1 }, assignments: [] },
    service: { port: 1, path: '/', api: 'openai' } as const,
    ...{ startsAtMs: nowMs, endsAtMs: nowMs + 1 },
  };
  const counts = { examiners: 0, outvoted: 0, disagree: false, grades: [], pairs: [] };
  const result = { examId, closedAtMs: nowMs, ...counts };
  const closed = { nodeId, epochId, examId, challenge: challenge.challenge, assignments: [], result };
  return [
    { type: 'exam_promised', nodeId, epochId, next: challenge },
    { type: 'exam_drawn', epochId, exam: drawn, eligible, next },
    { type: 'exam_closed', ...closed, outvoted: [], evidence: undefined },
  ];
}
