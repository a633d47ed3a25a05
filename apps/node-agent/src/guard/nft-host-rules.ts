// The host rules on nftables. One call at a time: with strict rotation two engines ask.

import type { Cidr } from '@mesh/wg';
import { TunnelError } from '../tunnel/tunnel-error.ts';
import type { HostRules, HostRulesState } from './host-rules.ts';
import {
  type HostTable,
  hostTableName,
  renderHostRules,
  renderHostRulesRemoval,
} from './render-host-rules.ts';
import type { RunNft } from './run-nft.ts';

export interface NftHostRulesOptions {
  readonly table: HostTable;
  readonly nft: RunNft;
  /** Somebody else changed or removed the table; it has been laid anew. */
  readonly onAltered: () => void;
}

interface Laid {
  readonly batch: string;
  /** The table's text as it was after our own change. */
  readonly text: string;
}

export class NftHostRules implements HostRules {
  readonly kind = 'nftables';
  readonly #options: NftHostRulesOptions;
  #laid: Laid | undefined;
  #state: HostRulesState = { kind: 'idle' };
  #last: Promise<void> = Promise.resolve();

  constructor(options: NftHostRulesOptions) {
    this.#options = options;
  }

  tie(addresses: readonly Cidr[]): Promise<void> {
    const batch = renderHostRules(this.#options.table, addresses);
    return this.#inTurn(() => this.#lay(batch));
  }

  state(): HostRulesState {
    return this.#state;
  }

  down(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#options.nft.apply(renderHostRulesRemoval(this.#options.table.name));
      this.#laid = undefined;
      this.#state = { kind: 'idle' };
    });
  }

  async #lay(batch: string): Promise<void> {
    const { nft, onAltered } = this.#options;
    try {
      const before = this.#laid;
      if (before?.batch === batch) {
        // It may be gone, in which case nft fails to list it.
        if ((await this.#read().catch(() => undefined)) === before.text) return;
      }
      this.#laid = undefined;
      await nft.apply(batch);
      this.#laid = { batch, text: await this.#read() };
      this.#state = { kind: 'applied' };
      if (before?.batch === batch) onAltered();
    } catch (error) {
      const known = error instanceof TunnelError;
      this.#state = {
        kind: 'failed',
        code: known ? error.code : 'unexpected_answer',
        message: known ? error.message : 'the host rules could not be laid',
      };
      throw error;
    }
  }

  #read(): Promise<string> {
    return this.#options.nft.list('list', 'table', 'inet', hostTableName(this.#options.table.name));
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(task);
    this.#last = turn.catch(() => undefined);
    return turn;
  }
}
