// Replaces the node's own keys when somebody asks for it, one request at a time, and goes on with a change
// that an earlier run left.

import type { RotateKeysAsk, RotateKeysDone } from '../control/control-protocol.ts';
import { AgentError } from '../errors/agent-error.ts';
import type { KeyPart } from '../identity/key-files.ts';
import { type RotateKeysPorts, resumeRotation, rotateKeys } from '../uplink/keys/rotate-keys.ts';
import type { AgentParts } from './agent-parts.ts';
import type { AgentSignals } from './agent-signals.ts';
import type { UplinkPorts } from './wire-uplink.ts';

export class KeyChanges {
  readonly #ports: RotateKeysPorts;
  readonly #signals: AgentSignals;
  readonly #ended = new AbortController();
  #isBusy = false;

  constructor(
    { keys, nextKeys, enrolment, controllerClock, timers, logger }: AgentParts,
    { channel, engine, signals }: Pick<UplinkPorts, 'channel' | 'engine' | 'signals'>,
  ) {
    this.#signals = signals;
    this.#ports = {
      keys,
      store: nextKeys,
      enrolment,
      client: channel.client,
      controllerClock,
      timers,
      logger,
      slotsAlternate: () => engine.members().config?.rotation === 'strict',
      identityReplaced: (renewed) => channel.replace(renewed),
      // The config that comes is read with the new key, and wakes the engine.
      wireguardReplaced: () => signals.refetchWanted.emit(),
    };
  }

  /** Resolves when the agent ends. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#ended.abort(), { once: true });
    await this.#alone(() => resumeRotation(this.#ports, this.#ended.signal));
  }

  /** @throws AgentError `usage` while another change is under way, `refused` */
  async begin({ identity, wireguard, encapsulation, interrupt }: RotateKeysAsk): Promise<RotateKeysDone> {
    const parts: KeyPart[] = [
      ...(wireguard ? (['a', 'b'] as const) : []),
      ...(identity ? (['identity'] as const) : []),
    ];
    const replaced = await this.#alone(async () =>
      parts.length === 0
        ? []
        : rotateKeys(this.#ports, { parts, mayInterrupt: interrupt }, this.#ended.signal),
    );
    if (encapsulation) this.#signals.measurementWanted.emit();
    return { replaced, encapsulation };
  }

  async #alone<T>(change: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new AgentError('usage', 'a change of keys is under way: wait for its end');
    this.#isBusy = true;
    try {
      return await change();
    } finally {
      this.#isBusy = false;
    }
  }
}
