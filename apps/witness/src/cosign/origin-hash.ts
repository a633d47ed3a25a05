// How a log is named in a path of HTTP and in the name of a file.

import { createHash } from 'node:crypto';

/** The SHA-256 of the origin, in hex. */
export const originHash = (origin: string): string => createHash('sha256').update(origin).digest('hex');
