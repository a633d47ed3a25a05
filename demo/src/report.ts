// Writes the demo's result: each claim, with the measurements for it.

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly measured: Readonly<Record<string, number | string | boolean | null>>;
}

export interface Report {
  readonly tunnels: 'wireguard' | 'none';
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly missing: readonly string[];
  readonly log: readonly unknown[];
  readonly seconds: number;
}

/** Collects checks; `ok` holds only if every check does. */
export class Checks {
  readonly #checks: Check[] = [];

  add(name: string, ok: boolean, measured: Check['measured']): Check {
    const check = { name, ok, measured };
    this.#checks.push(check);
    return check;
  }

  get all(): readonly Check[] {
    return this.#checks;
  }

  get ok(): boolean {
    return this.#checks.length > 0 && this.#checks.every((check) => check.ok);
  }
}
