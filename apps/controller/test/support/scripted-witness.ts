// A witness in memory that judges as a real one does, and misbehaves on request.

import {
  ed25519SigningKey,
  judgeCheckpoint,
  mlDsa44SigningKey,
  parseAddCheckpoint,
  renderCosignatures,
  type SigningKey,
  signCheckpoint,
  type VerifierKey,
} from '@mesh/audit';
import type { Witness } from '../../src/publish/ask-witness.ts';

/** What stands in for an answer; `undefined` for the honest one, `never` for none at all. */
export type Misbehaviour = Response | 'never' | undefined;

export class ScriptedWitness {
  readonly witness: Witness;
  readonly keys: readonly SigningKey[];
  logKeys: readonly VerifierKey[];
  latest: { size: number; root: Uint8Array } | undefined;
  /** The statuses that it has answered with. */
  readonly statuses: number[] = [];
  /** How often it was asked. */
  asked = 0;
  instead: (body: string) => Misbehaviour = () => undefined;

  constructor(name: string, seed: number, logKeys: readonly VerifierKey[]) {
    this.keys = [
      ed25519SigningKey(name, 'ed25519-cosignature', new Uint8Array(32).fill(seed)),
      mlDsa44SigningKey(name, new Uint8Array(32).fill(seed)),
    ];
    this.witness = { url: `https://${name}`, keys: this.keys.map(({ key }) => key) };
    this.logKeys = logKeys;
  }

  answer(body: string, signal: AbortSignal): Promise<Response> {
    this.asked += 1;
    const instead = this.instead(body);
    if (instead === 'never')
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const response = instead ?? this.#judge(body);
    this.statuses.push(response.status);
    return Promise.resolve(response);
  }

  #judge(body: string): Response {
    const judgement = judgeCheckpoint(parseAddCheckpoint(body), (origin) => ({
      origin,
      keys: this.logKeys,
      latest: this.latest,
    }));
    if (judgement.status === 409 && judgement.why === 'size')
      return new Response(`${judgement.size}\n`, {
        status: 409,
        headers: { 'content-type': 'text/x.tlog.size' },
      });
    if (judgement.status !== 200) return new Response('', { status: judgement.status });
    this.latest = judgement.checkpoint;
    return new Response(
      renderCosignatures(this.keys.map((key) => signCheckpoint(key, judgement.text, 1_900_000_000))),
    );
  }
}

/** Sends requests to the witness of their host. */
export const fetchFrom =
  (witnesses: readonly ScriptedWitness[]) =>
  (url: string, init: RequestInit): Promise<Response> => {
    const asked = witnesses.find(({ witness }) => url === `${witness.url}/add-checkpoint`);
    if (asked === undefined) return Promise.reject(new Error('no such host'));
    return asked.answer(init.body as string, init.signal as AbortSignal);
  };
