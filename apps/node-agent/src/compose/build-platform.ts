// What an agent takes from its surroundings: clocks, random numbers, the platform's cryptography, and where
// it writes its log.

import { randomBytes, randomUUID } from 'node:crypto';
import { type Clock, createLogger, LogField, platformAead, platformX25519, systemTimers } from '@mesh/host';
import { ControllerClock } from '../clock/controller-clock.ts';
import type { AgentParts } from '../run/agent-parts.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { verifyWithPlatform } from '../uplink/channel/verify-with-platform.ts';
import { AGENT_VERSION } from '../version.ts';

export type Platform = Pick<
  AgentParts,
  | 'instanceId'
  | 'version'
  | 'pid'
  | 'clock'
  | 'timers'
  | 'controllerClock'
  | 'random'
  | 'randomBytes'
  | 'verify'
  | 'x25519'
  | 'aead'
  | 'logger'
>;

export function buildPlatform(
  settings: AgentSettings,
  clock: Clock,
  logTo: 'stdout' | 'stderr' = 'stdout',
): Platform {
  return {
    instanceId: randomUUID(),
    version: AGENT_VERSION,
    pid: process.pid,
    clock,
    timers: systemTimers,
    controllerClock: new ControllerClock(clock),
    random: systemRandom,
    randomBytes: systemRandomBytes,
    verify: verifyWithPlatform,
    x25519: platformX25519,
    aead: platformAead,
    logger: createLogger({
      level: settings.log_level,
      destination: logTo,
      base: { [LogField.component]: 'agent' },
    }),
  };
}

/**
 * Fresh bytes from the operating system, not from Node's shared pool, so that zeroing them leaves no copy.
 */
export const systemRandomBytes = (lengthBytes: number): Uint8Array => {
  const bytes = new Uint8Array(lengthBytes);
  return crypto.getRandomValues(bytes);
};

/** For jitter: 0 ≤ x < 1. */
const systemRandom = () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
