// Brings one interface up as its config demands, remembers the settings that it was brought up with, and
// checks from time to time that the interface still has them.

import type { Clock } from '@mesh/host';
import type { WgDeviceState, WgPublicKey } from '@mesh/wg';
import type { HostRules, Tunnel, TunnelUp, TunnelUpReport } from '@mesh/wg-device';
import type { HeldConfig } from '../../plan/held-config.ts';
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
  /** The settings that the interface was last brought up with; undefined if it has to be brought up. */
  #upWith: string | undefined;
  #upWithKey: WgPublicKey | undefined;
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

  /** Whether the node has the same key as when the interface was last brought up. */
  hasOwnKey(): boolean {
    return this.#upWithKey === this.#options.publicKey();
  }

  /** @returns what is on the interface afterwards. @throws TunnelError */
  async bringUp(config: HeldConfig | undefined): Promise<WgDeviceState> {
    const publicKey = this.#options.publicKey();
    const report = await this.#up(config);
    this.#reports.interfaceUp(report, this.#wasUp);
    this.#wasUp = true;
    this.#upWith = fingerprint(this.#wanted(config));
    this.#upWithKey = publicKey;
    return report.state;
  }

  /** How long until `check` is due; 0 or less if now. */
  nextCheckInMs(): number {
    return this.#nextCheckMs - this.#clock.monotonicMs();
  }

  /**
   * Corrects and reports what somebody else has changed on an interface that is up. If it fails, the next
   * check tries again, and peers can be changed in the meantime.
   *
   * @returns what is on the interface afterwards. @throws TunnelError
   */
  async check(config: HeldConfig | undefined): Promise<WgDeviceState> {
    const report = await this.#up(config);
    if (report.kind === 'created') this.#reports.interfaceUp(report, true);
    else this.#reports.interfaceAltered(report);
    return report.state;
  }

  /** Call it when somebody else has removed the interface. */
  noteGone(): void {
    this.#upWith = undefined;
  }

  /** The host rules are applied first, so that the interface never has an address without them. */
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
