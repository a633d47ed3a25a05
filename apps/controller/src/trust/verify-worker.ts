// The program of the thread that verifies signatures. It answers each block with its verdicts.

import { parentPort } from 'node:worker_threads';
import { createEquationCheck } from './ed25519-equation.ts';
import { verifyPacked } from './packed-signatures.ts';

const isValid = createEquationCheck();
parentPort?.on('message', (block: Uint8Array) => {
  const verdicts = verifyPacked(block, isValid);
  parentPort?.postMessage(verdicts, [verdicts.buffer]);
});
