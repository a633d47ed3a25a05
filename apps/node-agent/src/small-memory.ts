// Keeps the memory of the agent small (decision 0030). By default V8 lets it grow while the agent reads the
// config and the interface of a mesh with 1,000 peers, and gives little of it back. V8 reads these flags
// whenever it decides such a thing, so they hold for a process that runs, and for its threads.

import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  // New objects: without this, their space grows to 64 MiB and more.
  '--semi-space-growth-factor=1',
  // Old objects are collected when they are a fifth more than were alive, not up to four times as many.
  '--heap-growing-percent=20',
  // Only what runs all the time is compiled once more. To compile the rest takes more memory than it saves
  // time in a program that mostly waits. The defaults are 400 and 3,000 calls.
  '--invocation-count-for-maglev=20000',
  '--invocation-count-for-turbofan=100000',
];

for (const flag of FLAGS) setFlagsFromString(flag);
