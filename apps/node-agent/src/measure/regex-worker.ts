// The thread in which patterns of a suite meet text of a stranger. Backtracking can take for ever: whoever asks
// ends the thread then.

import { parentPort } from 'node:worker_threads';
import type { RegexQuestion } from '@mesh/harness';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker of regex-matcher.ts');

port.on('message', ({ pattern, flags, text }: RegexQuestion) => {
  let matched: boolean | undefined;
  try {
    matched = new RegExp(pattern, flags).test(text);
  } catch {
    matched = undefined;
  }
  port.postMessage(matched);
});
port.postMessage('ready');
