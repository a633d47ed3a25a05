#!/usr/bin/env node
// meshctl: operate an Aligned Mesh controller from its own machine.

import { composePorts } from './compose.ts';
import { run } from './run.ts';

// A reader that has seen enough (head, less) closes the pipe; that is not our failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

// We set the code and do not call exit: text written to a pipe still has to leave.
process.exitCode = await run(process.argv.slice(2), composePorts());
