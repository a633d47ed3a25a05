// The published log (C2SP tlog-tiles and tlog-proof), at the nodes door and at the public one.

import * as z from 'zod';
import { type Operation, operationMaker } from './operation.ts';

const get = operationMaker<Operation, 'GET'>('GET');

export const logOperations = {
  logCheckpoint: get('logCheckpoint', {
    summary: 'Read the newest signed head of the log',
    answer: { mediaType: 'text/plain; charset=utf-8', what: 'A checkpoint (C2SP tlog-checkpoint).' },
    problems: ['not_found'],
  }),
  logTile: get('logTile', {
    summary: 'Read a tile of the log, or its entries',
    answer: { mediaType: 'application/octet-stream', what: 'A tile (C2SP tlog-tiles).' },
    problems: ['not_found'],
  }),
  logProof: get('logProof', {
    summary: 'Read the proof that the log has an entry',
    query: z.object({ index: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER) }),
    answer: { mediaType: 'text/plain; charset=utf-8', what: 'A proof of inclusion (C2SP tlog-proof).' },
    problems: ['not_found'],
  }),
} as const;
