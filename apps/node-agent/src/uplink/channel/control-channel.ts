// The connections to the controller over mutual TLS: one socket for the blocking query and one for the other
// requests. When there is a new certificate, new calls use it, and calls in progress end on the old
// connections.

import type { Clock } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { CONFIG_VERSION_HEADER, createNodeClient, type FetchLike, type NodeClient } from '@mesh/protocol';
import type { Enrolment } from '../../identity/enrolment-file.ts';

/** A fetch whose open connections can be closed. */
export interface ClosableFetch {
  readonly fetch: FetchLike;
  readonly close: () => void;
}

/** Makes connections with the enrolment's certificate, at most two sockets. */
export type ConnectNode = (enrolment: Enrolment) => ClosableFetch;

export interface ControlChannelOptions {
  readonly connect: ConnectNode;
  readonly enrolment: Enrolment;
  readonly clock: Pick<Clock, 'bootMs'>;
  /** The config version that the node holds. Every request names it. */
  readonly heldVersion: () => string | undefined;
  /** Called when an answer confirms a version as the newest. `askedAtBootMs`: when its request was sent. */
  readonly onConfirmed: (version: string, askedAtBootMs: number) => void;
}

interface Generation {
  readonly connection: ClosableFetch;
  outstanding: number;
  isRetired: boolean;
}

export class ControlChannel {
  readonly #options: ControlChannelOptions;
  #generation: Generation;
  readonly client: NodeClient;

  constructor(options: ControlChannelOptions) {
    const { connect, enrolment } = options;
    this.#options = options;
    this.#generation = { connection: connect(enrolment), outstanding: 0, isRetired: false };
    this.client = createNodeClient(
      { baseUrl: enrolment.nodes_url, fetch: (url, init) => this.#call(url, init) },
      enrolment.node_id,
    );
  }

  /** New calls use the certificate of this enrolment from now on. */
  replace(enrolment: Enrolment): void {
    const old = this.#generation;
    this.#generation = { connection: this.#options.connect(enrolment), outstanding: 0, isRetired: false };
    retire(old);
  }

  /** Closes the connections that new calls use. Calls in progress on them fail. */
  close(): void {
    this.#generation.connection.close();
  }

  async #call(url: string, init: Parameters<FetchLike>[1]): ReturnType<FetchLike> {
    const { clock, heldVersion, onConfirmed } = this.#options;
    const generation = this.#generation;
    generation.outstanding += 1;
    const held = heldVersion();
    const headers = { ...init.headers, ...defined({ [CONFIG_VERSION_HEADER]: held }) };
    const askedAtBootMs = clock.bootMs();
    try {
      const answer = await generation.connection.fetch(url, { ...init, headers });
      const confirmed = answer.headers.get(CONFIG_VERSION_HEADER);
      if (confirmed !== null) onConfirmed(confirmed, askedAtBootMs);
      return answer;
    } finally {
      generation.outstanding -= 1;
      if (generation.isRetired) retire(generation);
    }
  }
}

function retire(generation: Generation): void {
  generation.isRetired = true;
  if (generation.outstanding === 0) generation.connection.close();
}
