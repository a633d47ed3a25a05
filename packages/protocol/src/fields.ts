// The fields that several messages share. Schemas validate and brand; they never rewrite a value, because the
// body is verified and stored as it was received.

import {
  checkEd25519PublicKey,
  decodeBase64,
  type EpochId,
  findX25519PublicKeyFault,
  type IdentityKey,
  type MeshId,
  type NodeId,
  parseEpochId,
  parseIdentityKey,
  parseMeshId,
  parseNodeId,
  parseRfc3339,
} from '@mesh/primitives';
import * as z from 'zod';

export { listOf } from './list-of.ts';

/**
 * A schema for what `parse` accepts. The error message of `parse` becomes the issue, so that there is one
 * wording.
 */
function checked<Input, Output extends Input>(
  base: z.ZodType<Input>,
  parse: (value: Input) => Output,
): z.ZodType<Output, Input> {
  return base.superRefine((value, context) => {
    try {
      parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is not valid' });
    }
  }) as unknown as z.ZodType<Output, Input>;
}

const accepts =
  <T>(parse: (value: T) => unknown) =>
  (value: T): T => {
    parse(value);
    return value;
  };

export const meshId: z.ZodType<MeshId, string> = checked(z.string(), parseMeshId);
export const nodeId: z.ZodType<NodeId, string> = checked(z.string(), parseNodeId);
export const epochId: z.ZodType<EpochId, number> = checked(z.number(), parseEpochId);

/** RFC 3339 with a zone; kept as text, read with `parseRfc3339`. */
export const timestamp = checked(z.string().max(40), accepts(parseRfc3339));

/** Strict standard base64 of exactly `lengthBytes` bytes. */
export const base64Of = (lengthBytes: number) =>
  checked(
    z.string().max(Math.ceil(lengthBytes / 3) * 4),
    accepts((text: string) => decodeBase64(text, { lengthBytes })),
  );

/** Strict standard base64 of any length up to `maxBytes`. */
export const base64UpTo = (maxBytes: number) =>
  checked(
    z
      .string()
      .min(4)
      .max(Math.ceil(maxBytes / 3) * 4),
    (text) => {
      if (decodeBase64(text).length > maxBytes) throw new RangeError(`must hold at most ${maxBytes} bytes`);
      return text;
    },
  );

/**
 * `SUITE:BASE64`, as @mesh/seal writes it. Only the code that seals to it checks whether it is a key of that
 * suite.
 */
export const kemPublicKey = z
  .string()
  .max(2048)
  .regex(
    /^mesh\/seal\/v[0-9]+\/[a-z0-9-]+:[A-Za-z0-9+/]+={0,2}$/,
    'must be the suite, a colon and base64, like mesh/seal/v1/x-wing:…',
  );

/** Names one key-encapsulation key: 16 bytes in base64url. */
export const kemKeyId = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'must be 22 characters of base64url');

/**
 * An Ed25519 public key that is safe to rely on: canonical and free of torsion. The check costs a scalar
 * multiplication.
 */
export const ed25519PublicKey = checked(
  z.string().max(44),
  accepts((text: string) => checkEd25519PublicKey(decodeBase64(text, { lengthBytes: 32 }))),
);

/**
 * An X25519 public key, including WireGuard's: a reduced u-coordinate with the top bit clear, not of low
 * order. X25519 itself accepts other spellings of a key (RFC 7748, section 5), but one key must not pass for
 * two. `parseWgPublicKey` of @mesh/wg gives the same verdict.
 */
export const x25519PublicKey = checked(z.string().max(44), (text) => {
  const fault = findX25519PublicKeyFault(decodeBase64(text, { lengthBytes: 32 }));
  if (fault === 'low_order') throw new RangeError('is a point of low order: make a new key pair');
  if (fault !== undefined) throw new RangeError('is not a canonical X25519 key: it must be below 2^255 - 19');
  return text;
});

/** A node's identity key: strict base64 of 32 bytes. It is not checked as a point. */
export const identityKey: z.ZodType<IdentityKey, string> = checked(z.string().max(44), parseIdentityKey);

export const signature = base64Of(64);

/** A SHA-256 digest of something that both sides know: `sha256:` and 64 lower-case hex digits. */
export const digest = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 lower-case hex digits');

/** A SHA-256 digest of bytes, without a label. */
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');

/** Rises with every message of one kind from one node; at most 2^53 - 1. */
export const sequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Names one run of an agent, so that two agents with one identity can be told apart. */
export const instanceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 characters of A-Z a-z 0-9 _ -');

/**
 * Without the exception, a careless lookup of the metric `constructor` would find something in every object.
 */
export const metricName = z
  .string()
  .regex(
    /^(?!constructor$)[a-z0-9][a-z0-9_.-]{0,63}$/,
    'must match [a-z0-9][a-z0-9_.-]{0,63} and not be "constructor"',
  );

const IP = z.union([z.ipv4(), z.ipv6()]);
const IP_RANGE = z.union([z.cidrv4(), z.cidrv6()]);

const MAX_METRICS = 64;

/**
 * A value per metric, at most 64. They are counted before any is examined, so thousands of bad names make one
 * issue.
 */
export const perMetric = <T extends z.ZodType>(value: T) =>
  z
    .custom<z.input<z.ZodRecord<typeof metricName, T>>>(
      (named) => Object.keys(Object(named)).length <= MAX_METRICS,
      `must name at most ${MAX_METRICS} metrics`,
    )
    .pipe(z.record(metricName, value));

/** Scores, with `overall` among them. */
export const scores = perMetric(z.number().min(0).max(1)).refine(
  (named) => typeof named.overall === 'number',
  'must have an `overall` score between 0 and 1',
);

/**
 * One line of text for people, safe in a log and on a terminal. It holds nothing that ends a line, moves a
 * terminal's cursor, reorders what is shown (bidirectional controls) or has no UTF-8 (lone surrogates).
 */
export const singleLine = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, 'must be one line without control characters');

/** Why somebody does something, for the log. */
export const reason = singleLine(512).min(1);

/** Text of several lines. It can hold anything that has UTF-8: escape it (`printable`) before showing it. */
export const freeText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^\P{Cs}*$/u, 'must not hold a lone surrogate');

/** A name with a meaning only for its maker: printable ASCII without spaces. */
export const opaque = (minLength: number, maxLength: number) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces');

/** An overlay address, alone or with a prefix length: `10.77.0.5`, `10.77.0.5/16`. */
export const overlayAddress = z
  .string()
  .max(64)
  .refine(
    (text) => IP.safeParse(text).success || IP_RANGE.safeParse(text).success,
    'must be an IP address, such as 10.77.0.5 or fd00::5',
  );

/** An address block: `10.77.0.0/16`. */
export const network = z
  .string()
  .max(64)
  .refine(
    (text) => IP_RANGE.safeParse(text).success,
    'must be an address block, such as 10.77.0.0/16 or fd00::/64',
  );

/** A class of nodes, as a policy names it. */
export const className = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/,
    'must be 1 to 32 characters of a-z 0-9 -, with no - at an end',
  );

/** Names an enrolment challenge. */
export const challengeId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, 'must be 16 to 64 characters of A-Z a-z 0-9 _ -');

/** Milliseconds since 1970, up to the year 9999: what `formatRfc3339` can write. */
export const instantMs = z.number().min(0).max(253_402_300_799_999);

/** A count of things, or a position in a sequence. */
export const count = z.number().int().min(0);

export const port = z.number().int().min(1).max(65535);

/** Where the next page of a list begins; null at its end. Only in answers to queries with a `limit`. */
export const nextCursor = z.string().max(128).nullable().optional();

/** One value per WireGuard slot; only nodes that can rotate strictly have `b`. */
export const perSlot = <T extends z.ZodType>(value: T) => z.strictObject({ a: value, b: value.optional() });
