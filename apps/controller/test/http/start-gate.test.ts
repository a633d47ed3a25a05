// The doors are open before the first epoch is published. Requests that come before that get 503 and
// Retry-After.

import { parseProblem } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { StartGate } from '../../src/http/listeners/start-gate.ts';

const ask = (fetch: ReturnType<StartGate['behind']>) =>
  fetch(new Request('https://controller.example/health'), undefined as never);

it('answers 503 with Retry-After until it is opened, and does not call the handler behind it', async () => {
  const gate = new StartGate();
  const seen: string[] = [];
  const doors = ['nodes', 'public'].map((name) =>
    gate.behind((request) => {
      seen.push(`${name} ${request.url}`);
      return new Response(name);
    }),
  );
  for (const door of doors) {
    const answer = await ask(door);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(parseProblem(await answer.json())).toMatchObject({ status: 503, code: 'not_ready' });
  }
  expect(seen).toEqual([]);

  gate.open();
  for (const [at, door] of doors.entries()) {
    const answer = await ask(door);
    expect([answer.status, await answer.text()]).toEqual([200, ['nodes', 'public'][at]]);
  }
  expect(seen).toEqual([
    'nodes https://controller.example/health',
    'public https://controller.example/health',
  ]);
});
