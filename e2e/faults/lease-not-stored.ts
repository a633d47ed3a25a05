// A lease that does not outlive the agent's process.

import { LeaseFile as File } from '../../apps/node-agent/src/lease/lease-file.ts';

export class LeaseFile extends File {
  override read(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
