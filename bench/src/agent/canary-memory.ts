// The peak memory of the process that asks a service the prompts of a canary suite and grades the answers:
// the agent's own program, as the agent starts it, and a service that answers at length.

import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@mesh/host';
import { createServiceProcess } from '../../../apps/node-agent/src/measure/sources/service-process.ts';
import { statOf } from '../process-cpu.ts';
import { memoryOf } from './process-use.ts';

/** A long answer: many times what a model says to one prompt. */
const ANSWER_CHARACTERS = 200_000;
const LOOK_EVERY_MS = 10;
const RUN_MS = 300_000;

/** @param program the measuring program. @returns MiB */
export async function canaryPeak(prompts: number, program: readonly string[]): Promise<number> {
  const service = await startTalkativeService();
  const perform = createServiceProcess({
    runMs: RUN_MS,
    runAs: undefined,
    timers: systemTimers,
    logger: { warn: () => undefined },
    program,
  });
  let highestMiB = 0;
  let pid: number | undefined;
  const looking = setInterval(() => {
    try {
      pid ??= findMeasuring();
      if (pid !== undefined) highestMiB = Math.max(highestMiB, memoryOf(pid).highestMiB);
    } catch {
      // It has ended between the two looks.
    }
  }, LOOK_EVERY_MS);
  try {
    const { samples } = await perform(
      {
        kind: 'canary',
        url: `${service.url}/v1/chat/completions`,
        timeoutMs: 20_000,
        api: 'openai',
        stream: false,
        model: 'bench',
        fields: {},
        suiteText: suiteOf(prompts),
        concurrency: 4,
        minAnswered: 1,
        regexTimeoutMs: 1_000,
        runMs: RUN_MS,
      },
      new AbortController().signal,
    );
    if (samples?.refusal !== prompts)
      throw new Error(`${samples?.refusal} of ${prompts} prompts were graded`);
    return highestMiB;
  } finally {
    clearInterval(looking);
    service.close();
  }
}

function suiteOf(prompts: number): string {
  const each = Array.from(
    { length: prompts },
    (_, at) => `  - id: prompt-${at}
    dimension: refusal
    prompt: Question ${at} of a long suite.
    assert:
      - type: regex
        value: 'answer of a model that says very much'
        ignoreCase: true
      - type: not-regex
        value: '\\bstep 1\\b'`,
  );
  return `name: bench\nversion: "1.0.0"\nprompts:\n${each.join('\n')}\n`;
}

async function startTalkativeService() {
  const content = 'This is the answer of a model that says very much. '
    .repeat(ANSWER_CHARACTERS / 50)
    .slice(0, ANSWER_CHARACTERS);
  const answer = JSON.stringify({
    id: 'answer',
    object: 'chat.completion',
    model: 'bench',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  });
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

/** The measuring process that this process has started; undefined while there is none. */
function findMeasuring(): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        return (
          statOf(pid).parentPid === process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('measure-child')
        );
      } catch {
        // It has ended meanwhile.
        return false;
      }
    });
}
