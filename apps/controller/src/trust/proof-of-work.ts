// Work that strangers have to do before they may cost the controller anything, by ALTCHA's proof of work. A
// challenge is signed and not stored. A solution is accepted once: it is remembered until its challenge
// expires.

import { createChallenge, type Payload, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';

const LIFETIME_MS = 5 * 60_000;
/** One try of the solver, which is also the cost of a check: 2,000 iterations, less than a millisecond. */
const ITERATIONS = 2_000;
/** Three hexadecimal digits: 4,096 tries on average. */
const KEY_PREFIX = '000';
/** Each took seconds of CPU, so this many in five minutes are hundreds of machines. */
const MAX_SPENT = 65_536;
/** The largest solution that is read. Those of the challenges made here have some 500 characters. */
const MAX_TEXT = 2_048;

export interface ProofOfWorkOptions {
  readonly randomBytes: (length: number) => Uint8Array;
  /** How many hexadecimal zeros a solution needs; tests need fewer. */
  readonly keyPrefix?: string;
}

export class ProofOfWork {
  /** New at each start, so a restart ends the challenges that were given out. */
  readonly #secret: string;
  readonly #keyPrefix: string;
  /**
   * When the challenge of each solution expires, by the challenge's signature, in the order in which the
   * solutions came. One behind a younger challenge is remembered until that expires.
   */
  readonly #spent = new Map<string, number>();

  constructor({ randomBytes, keyPrefix = KEY_PREFIX }: ProofOfWorkOptions) {
    this.#secret = Buffer.from(randomBytes(32)).toString('hex');
    this.#keyPrefix = keyPrefix;
  }

  /** @returns base64 of the challenge's JSON */
  async challenge(nowMs: number): Promise<string> {
    const challenge = await createChallenge({
      algorithm: 'PBKDF2/SHA-256',
      cost: ITERATIONS,
      keyPrefix: this.#keyPrefix,
      deriveKey,
      expiresAt: new Date(nowMs + LIFETIME_MS),
      hmacSignatureSecret: this.#secret,
    });
    return Buffer.from(JSON.stringify(challenge)).toString('base64');
  }

  /**
   * Checks a solution and spends its challenge.
   *
   * @param text base64 of the JSON of challenge and solution, from a stranger
   */
  async accept(text: string, nowMs: number): Promise<'accepted' | 'refused'> {
    const payload = readPayload(text);
    const signature = payload?.challenge.signature;
    const expiresAtMs = (payload?.challenge.parameters.expiresAt ?? 0) * 1000;
    if (payload === undefined || signature === undefined || expiresAtMs <= nowMs) return 'refused';
    if (this.#spent.has(signature)) return 'refused';
    const { challenge, solution } = payload;
    const { verified } = await verifySolution({
      challenge,
      solution,
      deriveKey,
      hmacSignatureSecret: this.#secret,
    });
    this.#forget(nowMs);
    // The same solution may have been checked twice at once.
    if (!verified || this.#spent.has(signature) || this.#spent.size >= MAX_SPENT) return 'refused';
    this.#spent.set(signature, expiresAtMs);
    return 'accepted';
  }

  #forget(nowMs: number): void {
    for (const [signature, expiresAtMs] of this.#spent) {
      if (expiresAtMs > nowMs) return;
      this.#spent.delete(signature);
    }
  }
}

/** @returns undefined for text that has another form; what the library reads is checked, the rest is not */
function readPayload(text: string): Payload | undefined {
  if (text.length > MAX_TEXT) return undefined;
  try {
    const { challenge, solution } = JSON.parse(Buffer.from(text, 'base64').toString()) as Partial<Payload>;
    const hasForm =
      typeof challenge?.parameters === 'object' &&
      challenge.parameters !== null &&
      typeof challenge.signature === 'string' &&
      typeof challenge.parameters.expiresAt === 'number' &&
      typeof solution === 'object' &&
      solution !== null;
    return hasForm ? { challenge, solution } : undefined;
  } catch {
    return undefined;
  }
}
