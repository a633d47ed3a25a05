// The pair limits that a start of the controller put in force, their text, and the log entry. They are
// recorded where there are officers, because there only officers may loosen them.

import { canonicalJson, type JsonValue, portableSha256, sha256Hex, utf8 } from '@mesh/primitives';
import { type Actor, actorFields } from './actor.ts';

export interface LimitPolicy {
  /** Bits a second, by class. */
  readonly classes: ReadonlyMap<string, number>;
  readonly probation: { readonly bitsPerSecond: number; readonly epochs: number } | undefined;
  /** Bits a second of a node within the warning band of the scoring policy. */
  readonly declining: number | undefined;
  /** Bits a second of a node that the brake holds in. */
  readonly brake?: number | undefined;
}

export interface LimitsEvent {
  readonly type: 'pair_limits_set';
  readonly limits: LimitPolicy;
  /** What became looser, in sentences; officers have signed for it. */
  readonly weaker: readonly string[];
  readonly actor: Actor;
}

/** As a log entry shows them and the database stores them. */
export interface LimitsJson {
  readonly [name: string]: JsonValue;
  /** Bits per second by class. */
  readonly classes: { readonly [name: string]: number };
  readonly probation: { readonly bits_per_second: number; readonly epochs: number } | null;
  readonly declining: number | null;
  readonly brake: number | null;
}

export function limitsJson({ classes, probation, declining, brake }: LimitPolicy): LimitsJson {
  return {
    classes: Object.fromEntries(classes),
    probation:
      probation === undefined ? null : { bits_per_second: probation.bitsPerSecond, epochs: probation.epochs },
    declining: declining ?? null,
    brake: brake ?? null,
  };
}

/** The reverse of {@link limitsJson}. */
export function limitsOfJson({ classes, probation, declining, brake }: LimitsJson): LimitPolicy {
  return {
    classes: new Map(Object.entries(classes)),
    probation:
      probation === null ? undefined : { bitsPerSecond: probation.bits_per_second, epochs: probation.epochs },
    declining: declining ?? undefined,
    brake: brake ?? undefined,
  };
}

/** How a request names limits: `sha256:` and the hash of their canonical JSON. */
export function limitsDigest(limits: LimitPolicy): string {
  return `sha256:${sha256Hex(portableSha256(utf8(canonicalJson(limitsJson(limits)))))}`;
}

export function limitsLogData({ limits, weaker, actor }: LimitsEvent): {
  readonly [name: string]: JsonValue;
} {
  return { limits: limitsJson(limits), weaker: [...weaker], ...actorFields(actor) };
}
