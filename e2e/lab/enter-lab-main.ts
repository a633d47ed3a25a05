// Runs a command where labs can be made: `enter-lab-main.ts COMMAND ARGS…`. For programs that cannot call
// `enterLab` first, such as a test runner. If no lab can be made, it says what is missing and runs the
// command anyway: the parts that need a lab will fail, and the rest will run.
import { enterLab } from './enter-lab.ts';
import { describeMissing } from './namespaces.ts';
import { findCommand } from './system-path.ts';

const [name, ...args] = process.argv.slice(2);
const file = name === undefined ? undefined : findCommand(name);
if (file === undefined || process.execve === undefined) {
  process.stderr.write(name === undefined ? 'usage: COMMAND ARGS…\n' : `${name}: command not found\n`);
  process.exit(127);
}
const { mode, missing, remedies } = enterLab([file, ...args]);
if (mode === 'none') process.stderr.write(`${describeMissing(missing, remedies)}\n`);
process.execve(file, [file, ...args], process.env);
