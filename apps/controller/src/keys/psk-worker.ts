// The program of the PSK worker thread. Its epoch secrets come from the operating system's random source.

import { randomFillSync } from 'node:crypto';
import { servePsks } from './derive-and-seal-psks.ts';

servePsks((bytes) => randomFillSync(bytes));
