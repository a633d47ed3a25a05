// The fields that several messages share. Schemas validate and brand; they never rewrite a value, because
// what is verified and stored is the body as it was received.

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
import { z } from 'zod';

/** A schema for what `parse` accepts; its message becomes the issue, so that one parser has one wording. */
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

/** `SUITE:BASE64`, as @mesh/seal writes it. Whether it is a key of that suite is for who seals to it to say. */
export const kemPublicKey = z
  .string()
  .max(2048)
  .regex(
    /^mesh\/seal\/v[0-9]+\/[a-z0-9-]+:[A-Za-z0-9+/]+={0,2}$/,
    'must be the suite, a colon and base64, like mesh/seal/v1/x-wing:…',
  );

/** Names one key-encapsulation key: 16 bytes in base64url. */
export const kemKeyId = z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'must be 22 characters of base64url');

/** An Ed25519 public key that may be relied on from now on: canonical and free of torsion. It costs a scalar multiplication. */
export const ed25519PublicKey = checked(
  z.string().max(44),
  accepts((text: string) => checkEd25519PublicKey(decodeBase64(text, { lengthBytes: 32 }))),
);

/**
 * An X25519 public key, WireGuard's included: a u-coordinate, reduced, with the top bit clear and not of low order. X25519
 * would take other spellings of it (RFC 7748, section 5), and one key must not pass for two. `parseWgPublicKey` of
 * @mesh/wg has the same verdict.
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

/** Rises with every message of one kind from one node; at most 2^53 - 1. */
export const sequence = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** Names one start of one agent, so that two agents with one identity are told apart. */
export const instanceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 characters of A-Z a-z 0-9 _ -');

/** `constructor` would be found in every object by a reader that looks a metric up carelessly. */
export const metricName = z
  .string()
  .regex(
    /^(?!constructor$)[a-z0-9][a-z0-9_.-]{0,63}$/,
    'must match [a-z0-9][a-z0-9_.-]{0,63} and not be "constructor"',
  );

const IP = z.union([z.ipv4(), z.ipv6()]);
const IP_RANGE = z.union([z.cidrv4(), z.cidrv6()]);

const MAX_METRICS = 64;

/** A value by metric, at most 64 of them. They are counted before the first is looked at: thousands of bad names are one issue. */
export const perMetric = <T extends z.ZodType>(value: T) =>
  z
    .custom<z.input<z.ZodRecord<typeof metricName, T>>>(
      (named) => Object.keys(Object(named)).length <= MAX_METRICS,
      `must name at most ${MAX_METRICS} metrics`,
    )
    .pipe(z.record(metricName, value));

/**
 * A list of at most `maxItems`. They are counted before the first is looked at, and the first bad one ends the reading: a
 * list of thousands of bad items costs no more than one of them.
 */
export const listOf = <T extends z.ZodType>(item: T, maxItems: number) =>
  z.unknown().superRefine((list, context) => {
    if (!Array.isArray(list)) return context.addIssue({ code: 'custom', message: 'must be a list' });
    if (list.length > maxItems)
      return context.addIssue({ code: 'custom', message: `must hold at most ${maxItems} items` });
    for (const [index, value] of list.entries()) {
      const parsed = item.safeParse(value);
      if (parsed.success) continue;
      for (const { message, path } of parsed.error.issues)
        context.addIssue({ code: 'custom', message, path: [index, ...path] });
      return;
    }
  }) as unknown as z.ZodType<z.output<T>[], z.input<T>[]>;

/**
 * One line of text for people: nothing that ends a line, moves a terminal's cursor, reorders what is shown (bidirectional
 * controls) or has no UTF-8 (lone surrogates), so that it can stand in a log or on a terminal.
 */
export const singleLine = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, 'must be one line without control characters');

/** Text of several lines. It can hold anything that has UTF-8: escape it (`printable`) before showing it. */
export const freeText = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^\P{Cs}*$/u, 'must not hold a lone surrogate');

/** A name whose inside is nobody's business but its maker's: printable ASCII without spaces. */
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

/** Names an enrolment challenge. */
export const challengeId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,64}$/, 'must be 16 to 64 characters of A-Z a-z 0-9 _ -');

/** Milliseconds since 1970 in the years to 9999: what `formatRfc3339` can write. */
export const instantMs = z.number().min(0).max(253_402_300_799_999);

/** A count of things, or a place in a row. */
export const count = z.number().int().min(0);

export const port = z.number().int().min(1).max(65535);

/** One value for each WireGuard slot; `b` is there only for nodes that can rotate strictly. */
export const perSlot = <T extends z.ZodType>(value: T) => z.strictObject({ a: value, b: value.optional() });
