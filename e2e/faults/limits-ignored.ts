// Limits that are read from the config and then forgotten.

export type { PairLimit } from '../../apps/node-agent/src/plan/pair-limit.ts';

export function parsePairLimit(): undefined {
  return undefined;
}
