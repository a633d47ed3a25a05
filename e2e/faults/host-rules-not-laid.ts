// Host rules that are requested but never set.

import type { HostRulesState } from '../../apps/node-agent/src/guard/host-rules.ts';
import { NftHostRules as Rules } from '../../apps/node-agent/src/guard/nft-host-rules.ts';

export type { NftHostRulesOptions } from '../../apps/node-agent/src/guard/nft-host-rules.ts';

export class NftHostRules extends Rules {
  override tie(): Promise<void> {
    return Promise.resolve();
  }

  override state(): HostRulesState {
    return { kind: 'applied' };
  }
}
