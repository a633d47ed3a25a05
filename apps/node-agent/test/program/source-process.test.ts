// The agent's program with a result file as its source: what it submits, and what it says when the file turns
// bad.

import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '@mesh/host/test-kit';
import { type BenchmarkMessage, benchmarkMessage } from '@mesh/protocol';
import { expect, it } from 'vitest';
import { configBody, startController, temporaryDirectory } from '../support/agent-fixtures.ts';
import { enrolled, publish } from '../support/agent-program.ts';

const REPORT =
  '<testsuite name="api"><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>';

it('submits what a result file says, and nothing once the file is cut off', async () => {
  const path = join(temporaryDirectory(), 'report.xml');
  writeFileSync(path, REPORT);
  const controller = await startController();
  const { set } = publish(controller);
  const { upMeasuring } = await enrolled(controller);
  set(configBody('v1', ['a']));
  const source = [
    '--source',
    `junit:${path}`,
    '--map',
    'overall=passed#2,api=suite.api',
    '--interval',
    '0.5',
  ];
  const agent = upMeasuring(source);
  const submitted = (): BenchmarkMessage[] =>
    controller.requests
      .filter((request) => request.path === '/v1/benchmarks/self')
      .map(({ body }) => benchmarkMessage.parse(body));
  await waitUntil('a submission', () => submitted().length > 0);
  expect(submitted()[0]).toMatchObject({
    scores: { overall: 0.5, api: 0.5 },
    samples: { overall: 2, api: 2 },
    evidence: {
      sha256: createHash('sha256').update(REPORT).digest('hex'),
      media_type: 'application/xml',
      harness: 'JUnit XML',
    },
  });

  writeFileSync(path, REPORT.slice(0, -1));
  await waitUntil('the reason', () => /is not whole or not well-formed/.test(agent.output()), 60_000);
  for (const { scores } of submitted()) expect(scores).toEqual({ overall: 0.5, api: 0.5 });
});
