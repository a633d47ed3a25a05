// Host rules that are requested but never written.

import type { HostRulesState } from '../../packages/wg-device/src/host-rules/host-rules.ts';
import { NftHostRules as Rules } from '../../packages/wg-device/src/host-rules/nft-host-rules.ts';

export type { NftHostRulesOptions } from '../../packages/wg-device/src/host-rules/nft-host-rules.ts';

export class NftHostRules extends Rules {
  override tie(): Promise<void> {
    return Promise.resolve();
  }

  override state(): HostRulesState {
    return { kind: 'applied' };
  }
}
