// Measures the path to each peer through the tunnel, with a UDP echo between overlay addresses. The sockets
// are bound to overlay addresses, and WireGuard checks source addresses, so a question can only come from the
// peer that owns its source address. An answer has what only the asked peer has seen: 16 random bytes.

import { createSocket, type RemoteInfo, type Socket, type SocketOptions } from 'node:dgram';
import { type Clock, errorCodeOf, LogField, type Logger, sleep, type Timers } from '@mesh/host';
import { type NodeId, toHex } from '@mesh/primitives';
import { ipFamily, type PathHealth, type ProbedPath, pathHealth } from '@mesh/wg';
import type { ProbeTarget } from '../plan/overlay-targets.ts';
import { AnswerBudget } from './answer-budget.ts';
import { answerTo, NONCE_BYTES, parseProbe, renderProbe } from './probe-packet.ts';
import { addProbe, type ProbeWindow, summariseProbes } from './probe-window.ts';

export interface ProbeOptions {
  readonly port: number;
  readonly intervalMs: number;
  /** Our own overlay addresses now. */
  readonly addresses: () => readonly string[];
  /** The peers that are on the interface now. */
  readonly targets: () => readonly ProbeTarget[];
  readonly randomBytes: (lengthBytes: number) => Uint8Array;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

const TIMEOUT_MS = 1_000;
/** A timer that is late by more than this says that the process was held up. */
const HELD_UP_MS = 50;
/**
 * How many peers are asked at once, and the pause before the next ones: 25 peers a second. With 1,000 peers a
 * round takes 40 seconds. All at once, the questions would be about as many as a tunnel queues. Smaller
 * portions would wake an idle process more often, which costs more than the questions. The pause is as long
 * as the wait for an answer, so one wake-up serves both.
 */
const AT_ONCE = 25;
const PAUSE_MS = TIMEOUT_MS;
/** While an overlay address does not exist yet. Peers must be answered as soon as the tunnel carries them. */
const BIND_AGAIN_MS = 250;

export class PeerProber {
  readonly #options: ProbeOptions;
  readonly #sockets = new Map<string, Socket>();
  readonly #waiting = new Map<string, { readonly address: string; readonly answered: () => void }>();
  readonly #windows = new Map<NodeId, ProbeWindow>();
  readonly #answers = new AnswerBudget();
  #hasWarned = false;
  #binding: Promise<void> | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /**
   * Probes every peer once in each interval until the signal aborts, or as often as 25 probes a second allow.
   * Never rejects.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, timers, intervalMs } = this.#options;
    let nextRoundMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      await this.#bindAll();
      const isBound = this.#isBound();
      // Without sockets no questions are sent, so that none count as lost.
      if (isBound && clock.monotonicMs() >= nextRoundMs) {
        nextRoundMs = clock.monotonicMs() + intervalMs;
        await this.#round(signal);
      }
      const napMs = isBound ? Math.max(1, nextRoundMs - clock.monotonicMs()) : BIND_AGAIN_MS;
      await sleep(timers, Math.min(napMs, intervalMs), signal).catch(() => undefined);
    }
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  /** How often each peer is probed now; 0: never. */
  get intervalMs(): number {
    const { port, intervalMs, targets } = this.#options;
    return port === 0 ? 0 : Math.max(intervalMs, Math.ceil(targets().length / AT_ONCE) * PAUSE_MS);
  }

  /** What is known of the path to a peer now. */
  health(nodeId: NodeId): PathHealth {
    const { intervalMs } = this;
    const oldAfterMs = 2 * (intervalMs + TIMEOUT_MS);
    return pathHealth(this.probed(nodeId), { intervalMs, oldAfterMs });
  }

  /** The last probes; undefined before the first. */
  probed(nodeId: NodeId): ProbedPath | undefined {
    const window = this.#windows.get(nodeId);
    return window && summariseProbes(window, this.#options.clock.monotonicMs());
  }

  /** Sends one question. @returns the round trip, or null if no answer came within a second */
  async probe({ address }: ProbeTarget): Promise<number | null> {
    if (this.#socketFor(address) === undefined) await this.#bindAll();
    const [rttMs = null] = await this.#ask([address]);
    return rttMs;
  }

  /**
   * Sends a question to each address. One timer and one promise serve all of them.
   * @returns the round trips, with null where no answer came within a second, and undefined where this
   *   process was held up for so long that nothing can be said
   */
  #ask(addresses: readonly string[]): Promise<readonly (number | null | undefined)[]> {
    const { clock, timers, randomBytes, port } = this.#options;
    const nonces = randomBytes(NONCE_BYTES * addresses.length);
    const rttsMs: (number | null | undefined)[] = addresses.map(() => null);
    const startedMs = clock.monotonicMs();
    const open = new Set<string>();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        const isHeldUp = clock.monotonicMs() - startedMs > TIMEOUT_MS + HELD_UP_MS;
        if (isHeldUp && open.size > 0 && !hasReadOn) {
          // Timers come before sockets: answers may have been here for long, and are read before this one.
          hasReadOn = true;
          cancel = timers.setTimer(1, end);
          return;
        }
        for (const nonce of open) this.#waiting.delete(nonce);
        resolve(rttsMs);
      };
      let hasReadOn = false;
      const settle = (nonce: string) => {
        this.#waiting.delete(nonce);
        if (open.delete(nonce) && open.size === 0) end();
      };
      let cancel = timers.setTimer(TIMEOUT_MS, end);
      for (const [at, address] of addresses.entries()) {
        const socket = this.#socketFor(address);
        if (socket === undefined) continue;
        const nonce = nonces.subarray(NONCE_BYTES * at, NONCE_BYTES * (at + 1));
        const key = toHex(nonce);
        const sentAtMs = clock.monotonicMs();
        const answered = () => {
          const tookMs = clock.monotonicMs() - sentAtMs;
          rttsMs[at] = tookMs <= TIMEOUT_MS + HELD_UP_MS ? tookMs : undefined;
          settle(key);
        };
        open.add(key);
        this.#waiting.set(key, { address, answered });
        socket.send(renderProbe('question', nonce), port, address, (error) => {
          if (error !== null) settle(key);
        });
      }
      if (open.size === 0) end();
    });
  }

  async #round(signal: AbortSignal): Promise<void> {
    const targets = this.#options.targets();
    const probes: Promise<void>[] = [];
    for (let from = 0; from < targets.length && !signal.aborted; from += AT_ONCE) {
      probes.push(this.#note(targets.slice(from, from + AT_ONCE)));
      // Also after the last ones, because the next round may be due already.
      if (targets.length > AT_ONCE)
        await sleep(this.#options.timers, PAUSE_MS, signal).catch(() => undefined);
    }
    await Promise.all(probes);
    // The history of peers that are gone is dropped.
    this.#answers.keep(new Set(targets.map(({ address }) => address)));
    const named = new Set(targets.map(({ nodeId }) => nodeId));
    for (const nodeId of this.#windows.keys()) if (!named.has(nodeId)) this.#windows.delete(nodeId);
  }

  async #note(targets: readonly ProbeTarget[]): Promise<void> {
    const sentAtMs = this.#options.clock.monotonicMs();
    const rttsMs = await this.#ask(targets.map(({ address }) => address));
    for (const [at, { nodeId }] of targets.entries()) {
      const [rttMs, window] = [rttsMs[at], this.#windows.get(nodeId)];
      if (rttMs !== undefined) this.#windows.set(nodeId, addProbe(window, rttMs, sentAtMs));
    }
  }

  #socketFor(address: string): Socket | undefined {
    for (const [own, socket] of this.#sockets) if (ipFamily(own) === ipFamily(address)) return socket;
    return undefined;
  }

  #isBound(): boolean {
    const addresses = this.#options.addresses();
    return addresses.length > 0 && addresses.every((address) => this.#sockets.has(address));
  }

  /** Binds missing sockets, in one pass at a time. Two passes at once would bind an address twice. */
  #bindAll(): Promise<void> {
    this.#binding ??= this.#bindMissing().finally(() => {
      this.#binding = undefined;
    });
    return this.#binding;
  }

  async #bindMissing(): Promise<void> {
    for (const address of this.#options.addresses()) {
      if (this.#sockets.has(address)) continue;
      try {
        this.#sockets.set(address, await this.#bind(address));
      } catch (error) {
        if (this.#hasWarned) continue;
        this.#hasWarned = true;
        const reason = errorCodeOf(error) ?? 'unknown';
        this.#options.logger.warn(
          { [LogField.reason]: reason, [LogField.address]: address },
          'peers cannot be probed from this address yet',
        );
      }
    }
  }

  #bind(address: string): Promise<Socket> {
    // Every address is numeric. The platform's own lookup would ask for it in another turn of the event loop.
    const lookup: SocketOptions['lookup'] = (host, _options, found) => found(null, host, ipFamily(host));
    const socket = createSocket({ type: `udp${ipFamily(address)}`, lookup });
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close();
        reject(error);
      });
      socket.bind({ address, port: this.#options.port }, () => {
        socket.removeAllListeners('error');
        socket.on('error', () => {
          this.#sockets.delete(address);
          socket.close();
        });
        socket.on('message', (bytes, from) => this.#received(socket, bytes, from));
        socket.unref();
        resolve(socket);
      });
    });
  }

  #received(socket: Socket, bytes: Uint8Array, from: RemoteInfo): void {
    const { port, targets, clock } = this.#options;
    const packet = parseProbe(bytes);
    if (packet === undefined || from.port !== port) return;
    if (packet.kind === 'answer') {
      const waiting = this.#waiting.get(packet.nonce);
      if (waiting?.address === from.address) waiting.answered();
    } else if (
      targets().some((target) => target.address === from.address) &&
      this.#answers.tryTake(from.address, clock.monotonicMs())
    ) {
      socket.send(answerTo(bytes), from.port, from.address, () => undefined);
    }
  }
}
