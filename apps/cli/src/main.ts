#!/usr/bin/env node
// meshctl: operate an Aligned Mesh controller from its own machine.

import { composePorts } from './compose.ts';
import { run } from './run.ts';

// A reader such as head or less may close the pipe early. That is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// The code is set without a call of exit, because text written to a pipe may not have been sent yet.
process.exitCode = await run(process.argv.slice(2), composePorts());
