// Brings one interface up as its config wants it, and knows with what it last did.

import type { WgDeviceState } from '@mesh/wg';
import type { HeldConfig } from '../plan/held-config.ts';
import type { Tunnel, TunnelUp } from '../tunnel/tunnel.ts';
import type { EngineOptions } from './engine-parts.ts';
import type { EngineReports } from './engine-reports.ts';

type WantedUp = Omit<TunnelUp, 'privateKey'>;

export class InterfaceUp {
  readonly #options: EngineOptions;
  readonly #tunnel: Tunnel;
  readonly #reports: EngineReports;
  /** What `up` was last called with; undefined: call it. */
  #upWith: string | undefined;
  #wasUp = false;

  constructor(options: EngineOptions, tunnel: Tunnel, reports: EngineReports) {
    this.#options = options;
    this.#tunnel = tunnel;
    this.#reports = reports;
  }

  get isUp(): boolean {
    return this.#upWith !== undefined;
  }

  isUpFor(config: HeldConfig | undefined): boolean {
    return this.#upWith === fingerprint(this.#wanted(config));
  }

  /** @returns what is on it then. @throws TunnelError */
  async bringUp(config: HeldConfig | undefined): Promise<WgDeviceState> {
    const wanted = this.#wanted(config);
    const report = await this.#tunnel.up({ ...wanted, privateKey: this.#options.privateKey() });
    this.#reports.interfaceUp(report, this.#wasUp);
    this.#wasUp = true;
    this.#upWith = fingerprint(wanted);
    return report.state;
  }

  /** Somebody removed it. */
  noteGone(): void {
    this.#upWith = undefined;
  }

  #wanted(config: HeldConfig | undefined): WantedUp {
    const { addresses, mtu, routes, toAddresses, listenPort } = this.#options;
    const said = config?.interface;
    return {
      addresses: said === undefined ? addresses : toAddresses(said.addresses),
      mtu: said?.mtu ?? mtu,
      routes,
      listenPort,
    };
  }
}

function fingerprint({ addresses, mtu, routes }: WantedUp): string {
  return JSON.stringify([addresses, mtu, routes]);
}
