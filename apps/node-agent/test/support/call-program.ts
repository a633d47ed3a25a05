// Calls a command of `mesh-agent` in this process.

import { Readable } from 'node:stream';
import { exitCodeOf } from '../../src/commands/exit-code.ts';
import { createProgram } from '../../src/commands/program.ts';
import { messageOf } from '../../src/errors/agent-error.ts';

/** @returns the exit code, what was printed, and in `errors` also the message of what was thrown */
export async function callProgram(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  let output = '';
  let errors = '';
  const io = {
    env,
    stdin: Readable.from([]),
    write: (text: string) => {
      output += text;
    },
    writeError: (text: string) => {
      errors += text;
    },
    signal: new AbortController().signal,
  };
  let code = 0;
  try {
    await createProgram(io, '0.0.0').parseAsync([...args], { from: 'user' });
  } catch (error) {
    code = exitCodeOf(error);
    errors += messageOf(error);
  }
  return { code, output, errors };
}
