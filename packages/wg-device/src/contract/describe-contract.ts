// What every adapter of the tunnel port must do. This package runs it over its own three adapters, and others
// can run it over theirs.

import { afterEach, beforeEach, describe } from 'vitest';
import type { Tunnel } from '../port/tunnel.ts';
import { describeCalls } from './describe-calls.ts';
import { describePeers } from './describe-peers.ts';
import { describePresharedKeys } from './describe-preshared-keys.ts';
import { describeUp } from './describe-up.ts';

export interface TunnelBench {
  /**
   * Opens an adapter on the bench's one interface. Each call is like a restart of the program that drives it.
   */
  open(): Tunnel;
  close(): Promise<void>;
}

/** The adapter in the test that is running. Each test has its own bench. */
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
