// An agent that is root without CAP_KILL: it runs a command of another user, which it cannot end, for 100 ms.
// Its argument is the mark of that command; what came of it is printed.

import { systemTimers } from '@mesh/host';
import { runConfined } from '../../src/measure/sources/run-confined.ts';

const [mark = ''] = process.argv.slice(2);
const sleeper = ['/bin/sh', '-c', 'while :; do sleep 1; done', mark];
await runConfined({
  what: 'the command',
  command: ['/usr/bin/setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--', ...sleeper],
  env: {},
  maxBytes: 1,
  timeoutMs: 100,
  timers: systemTimers,
  signal: new AbortController().signal,
  failure: 'command_failed',
}).catch((error: Error) => process.stdout.write(error.message));
process.exit(0);
