// An agent that is root without CAP_KILL. For 100 ms it runs a command of another user, which it cannot kill.
// Its argument is the mark of that command. It prints the outcome.

import { systemTimers } from '@mesh/host';
import { runConfined } from '../../src/measure/confinement/run-confined.ts';

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
