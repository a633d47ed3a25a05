// The program of the PSK worker thread: epoch secrets from the operating system.

import { randomFillSync } from 'node:crypto';
import { servePsks } from './serve-psks.ts';

servePsks((bytes) => randomFillSync(bytes));
