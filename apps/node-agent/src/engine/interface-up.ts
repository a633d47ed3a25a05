// Brings one interface up as its config wants it, knows with what it last did, and looks from time to time whether it is so
// still.

import type { Clock } from '@mesh/host';
import type { WgDeviceState } from '@mesh/wg';
import type { HostRules } from '../guard/host-rules.ts';
import type { HeldConfig } from '../plan/held-config.ts';
import type { Tunnel, TunnelUp, TunnelUpReport } from '../tunnel/tunnel.ts';
import type { EngineOptions, EnginePorts } from './engine-parts.ts';
import type { EngineReports } from './engine-reports.ts';

type WantedUp = Omit<TunnelUp, 'privateKey'>;

export class InterfaceUp {
  readonly #options: EngineOptions;
  readonly #tunnel: Tunnel;
  readonly #hostRules: HostRules;
  readonly #reports: EngineReports;
  readonly #clock: Clock;
  #nextCheckMs = Number.POSITIVE_INFINITY;
  /** What `up` was last called with; undefined: call it. */
  #upWith: string | undefined;
  #wasUp = false;

  constructor(
    options: EngineOptions,
    { tunnel, hostRules, clock }: Pick<EnginePorts, 'tunnel' | 'hostRules' | 'clock'>,
    reports: EngineReports,
  ) {
    this.#options = options;
    this.#tunnel = tunnel;
    this.#hostRules = hostRules;
    this.#reports = reports;
    this.#clock = clock;
  }

  get isUp(): boolean {
    return this.#upWith !== undefined;
  }

  isUpFor(config: HeldConfig | undefined): boolean {
    return this.#upWith === fingerprint(this.#wanted(config));
  }

  /** @returns what is on it then. @throws TunnelError */
  async bringUp(config: HeldConfig | undefined): Promise<WgDeviceState> {
    const report = await this.#up(config);
    this.#reports.interfaceUp(report, this.#wasUp);
    this.#wasUp = true;
    this.#upWith = fingerprint(this.#wanted(config));
    return report.state;
  }

  /** 0 or less: `check` is due. */
  nextCheckInMs(): number {
    return this.#nextCheckMs - this.#clock.monotonicMs();
  }

  /**
   * Puts right and reports what somebody has changed of an interface that is up. What fails is tried again with the next
   * check: it keeps nobody from changing the peers meanwhile.
   *
   * @returns what is on it then. @throws TunnelError
   */
  async check(config: HeldConfig | undefined): Promise<WgDeviceState> {
    const report = await this.#up(config);
    if (report.kind === 'created') this.#reports.interfaceUp(report, true);
    else this.#reports.interfaceAltered(report);
    return report.state;
  }

  /** Somebody removed it. */
  noteGone(): void {
    this.#upWith = undefined;
  }

  /** The rules come first: none of these addresses is on the interface for a moment without them. */
  async #up(config: HeldConfig | undefined): Promise<TunnelUpReport> {
    this.#nextCheckMs = this.#clock.monotonicMs() + this.#options.reconcileMs;
    const wanted = this.#wanted(config);
    await this.#hostRules.tie(wanted.addresses);
    return this.#tunnel.up({ ...wanted, privateKey: this.#options.privateKey() });
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
