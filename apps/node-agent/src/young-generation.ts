// Keeps the memory of new objects small. By default Node lets it grow to 64 MiB and more while the agent
// reads the config and the interface of a mesh with 1,000 peers, and keeps that for good (decision 0030). V8
// reads this flag whenever it thinks about growing, so it holds for a process that runs, and for its threads.

import { setFlagsFromString } from 'node:v8';

setFlagsFromString('--semi-space-growth-factor=1');
