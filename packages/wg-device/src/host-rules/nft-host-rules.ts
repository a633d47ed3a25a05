// The host rules on nftables. Calls run one at a time: each interface of a name may have its own caller.

import { type Cidr, type InterfaceName, parseSlottedInterfaceName } from '@mesh/wg';
import type { RunNft } from '../nft/run-nft.ts';
import { TunnelError } from '../port/tunnel-error.ts';
import type { HostRules, HostRulesState } from './host-rules.ts';
import {
  HOST_TABLE_PREFIX,
  type HostTable,
  hostTableName,
  renderHostRules,
  renderHostRulesRemoval,
} from './render-host-rules.ts';

export interface NftHostRulesOptions {
  readonly table: HostTable;
  readonly nft: RunNft;
  /** Called when another program has changed or removed the table and it was written again. */
  readonly onAltered: () => void;
}

interface Written {
  readonly batch: string;
  /** The table's text, as read after it was written. */
  readonly text: string;
}

export class NftHostRules implements HostRules {
  readonly kind = 'nftables';
  readonly #options: NftHostRulesOptions;
  #written: Written | undefined;
  #state: HostRulesState = { kind: 'idle' };
  #last: Promise<void> = Promise.resolve();

  constructor(options: NftHostRulesOptions) {
    this.#options = options;
  }

  tie(addresses: readonly Cidr[]): Promise<void> {
    return this.#inTurn(() => this.#write(addresses));
  }

  state(): HostRulesState {
    return this.#state;
  }

  down(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#options.nft.apply(renderHostRulesRemoval(this.#options.table.name));
      this.#written = undefined;
      this.#state = { kind: 'idle' };
    });
  }

  async #write(addresses: readonly Cidr[]): Promise<void> {
    const { table, nft, onAltered } = this.#options;
    try {
      const batch = renderHostRules(table, addresses, await this.#neighbours());
      const before = this.#written;
      if (before?.batch === batch) {
        // nft fails to list a table that is gone.
        if ((await this.#read().catch(() => undefined)) === before.text) {
          this.#state = { kind: 'applied' };
          return;
        }
      }
      this.#written = undefined;
      await nft.apply(batch);
      this.#written = { batch, text: await this.#read() };
      this.#state = { kind: 'applied' };
      if (before?.batch === batch) onAltered();
    } catch (error) {
      const known = error instanceof TunnelError;
      this.#state = {
        kind: 'failed',
        code: known ? error.code : 'unexpected_answer',
        message: known ? error.message : 'the host rules could not be written',
      };
      throw error;
    }
  }

  /** Other names that have host rules in this network namespace. */
  async #neighbours(): Promise<InterfaceName[]> {
    const { table, nft } = this.#options;
    const prefix = `table inet ${HOST_TABLE_PREFIX}`;
    const lines = (await nft.list('list', 'tables')).split('\n').filter((line) => line.startsWith(prefix));
    return lines.flatMap((line) => {
      const name = line.slice(prefix.length);
      if (name === table.name) return [];
      try {
        return [parseSlottedInterfaceName(name)];
      } catch {
        // Another program's table: its name is not an interface's.
        return [];
      }
    });
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
