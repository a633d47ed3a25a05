// The one mutual-TLS connection set to the controller: one socket for the blocking query, one for submissions. It
// outlives certificates: when a fresh one comes, new calls use it and calls under way end on the old connection.

import type { Clock } from '@mesh/host';
import { CONFIG_VERSION_HEADER, createNodeClient, type FetchLike, type NodeClient } from '@mesh/protocol';
import type { Enrolment } from '../identity/enrolment-file.ts';

/** A fetch whose kept connections can be dropped. */
export interface ClosableFetch {
  readonly fetch: FetchLike;
  readonly close: () => void;
}

/** Makes a connection set with the enrolment's certificate; at most two sockets. */
export type ConnectNode = (enrolment: Enrolment) => ClosableFetch;

export interface ControlChannelOptions {
  readonly connect: ConnectNode;
  readonly enrolment: Enrolment;
  readonly clock: Pick<Clock, 'bootMs'>;
  /** The config version that every request names: what the node holds. */
  readonly heldVersion: () => string | undefined;
  /** An answer named it too: nothing is newer. `askedAtBootMs`: when its request was sent. */
  readonly onConfirmed: (version: string, askedAtBootMs: number) => void;
}

interface Generation {
  readonly connection: ClosableFetch;
  outstanding: number;
  retired: boolean;
}

export class ControlChannel {
  readonly #options: ControlChannelOptions;
  #generation: Generation;
  readonly client: NodeClient;

  constructor(options: ControlChannelOptions) {
    const { connect, enrolment } = options;
    this.#options = options;
    this.#generation = { connection: connect(enrolment), outstanding: 0, retired: false };
    this.client = createNodeClient(
      { baseUrl: enrolment.nodes_url, fetch: (url, init) => this.#call(url, init) },
      enrolment.node_id,
    );
  }

  /** From now on calls are made with this certificate. */
  replace(enrolment: Enrolment): void {
    const old = this.#generation;
    this.#generation = { connection: this.#options.connect(enrolment), outstanding: 0, retired: false };
    retire(old);
  }

  /** Drops every connection; calls under way fail. */
  close(): void {
    this.#generation.connection.close();
  }

  async #call(url: string, init: Parameters<FetchLike>[1]): ReturnType<FetchLike> {
    const { clock, heldVersion, onConfirmed } = this.#options;
    const generation = this.#generation;
    generation.outstanding += 1;
    const held = heldVersion();
    const headers = { ...init.headers, ...(held === undefined ? {} : { [CONFIG_VERSION_HEADER]: held }) };
    const askedAtBootMs = clock.bootMs();
    try {
      const answer = await generation.connection.fetch(url, { ...init, headers });
      const confirmed = answer.headers.get(CONFIG_VERSION_HEADER);
      if (confirmed !== null) onConfirmed(confirmed, askedAtBootMs);
      return answer;
    } finally {
      generation.outstanding -= 1;
      if (generation.retired) retire(generation);
    }
  }
}

function retire(generation: Generation): void {
  generation.retired = true;
  if (generation.outstanding === 0) generation.connection.close();
}
