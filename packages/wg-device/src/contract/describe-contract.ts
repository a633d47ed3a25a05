// What every adapter of the tunnel port must do: this package runs it over each of its own, and others can
// too.

import { afterEach, beforeEach, describe } from 'vitest';
import type { Tunnel } from '../port/tunnel.ts';
import { describeCalls } from './describe-calls.ts';
import { describePeers } from './describe-peers.ts';
import { describePresharedKeys } from './describe-preshared-keys.ts';
import { describeUp } from './describe-up.ts';

export interface TunnelBench {
  /** An adapter on the bench's one interface; each call is like another start of the agent. */
  open(): Tunnel;
  close(): Promise<void>;
}

/** Of the test that is running: each has a bench of its own. */
export interface TunnelUnderTest {
  readonly tunnel: () => Tunnel;
  /** Another adapter on the same interface. */
  readonly reopen: () => Tunnel;
}

export function describeTunnelContract(adapter: string, createBench: () => Promise<TunnelBench>): void {
  describe(`tunnel contract: ${adapter}`, () => {
    let bench: TunnelBench;
    let tunnel: Tunnel;
    beforeEach(async () => {
      bench = await createBench();
      tunnel = bench.open();
    });
    afterEach(async () => {
      await bench.close();
    });

    const current: TunnelUnderTest = { tunnel: () => tunnel, reopen: () => bench.open() };
    describeUp(current);
    describePeers(current);
    describePresharedKeys(current);
    describeCalls(current);
  });
}
