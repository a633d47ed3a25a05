// Reads the body of a request as a message. It checks media type, size, strict JSON and schema, and throws a
// problem if one of them is wrong. It also returns the JSON value, because the signature covers that.

import { createHash } from 'node:crypto';
import { PrimitivesError, parseStrictJson, type Sha256Hex, sha256Hex } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { Context } from 'hono';
import type * as z from 'zod';
import { MAX_BODY_BYTES, tooLarge } from '../gate/body-limit.ts';

/** The connection ended in the middle of the message, so an answer would reach nobody. */
export class BrokenUpload extends Error {
  constructor(cause: unknown) {
    super('the sender broke its upload off', { cause });
    this.name = 'BrokenUpload';
  }
}

export interface ReceivedMessage<T> {
  readonly message: T;
  readonly body: object;
  /** As they were received. */
  readonly bytes: Uint8Array;
  /** Of the received bytes. */
  readonly sha256: Sha256Hex;
}

/** @throws ProblemError, BrokenUpload */
export async function readMessage<Schema extends z.ZodType>(
  context: Context,
  schema: Schema,
  maxBytes = MAX_BODY_BYTES,
): Promise<ReceivedMessage<z.output<Schema>>> {
  if (!saysJson(context))
    throw new ProblemError(problem('unsupported_media_type', 'send the body as application/json'));
  const bytes = await readBytes(context, maxBytes).catch((error: unknown) => {
    throw error instanceof ProblemError ? error : new BrokenUpload(error);
  });
  const body = parseBody(bytes, maxBytes);
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const errors = parsed.error.issues
      .slice(0, 8)
      .map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw new ProblemError(problem('invalid_message', errors.join('; ').slice(0, 1024), { errors }));
  }
  return {
    message: parsed.data,
    body: body as object,
    bytes,
    sha256: sha256Hex(createHash('sha256').update(bytes).digest()),
  };
}

/** Whether the request says that its body is JSON. */
export function saysJson(context: Context): boolean {
  return context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/json';
}

async function readBytes(context: Context, maxBytes: number): Promise<Uint8Array> {
  const announced = Number(context.req.header('content-length') ?? Number.NaN);
  if (announced > maxBytes) throw new ProblemError(tooLarge(maxBytes));
  if (Number.isInteger(announced)) return new Uint8Array(await context.req.arrayBuffer());
  // The request states no length, so the body is read in pieces, up to the allowed size.
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of context.req.raw.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > maxBytes) throw new ProblemError(tooLarge(maxBytes));
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
}

function parseBody(bytes: Uint8Array, maxBytes: number): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return parseStrictJson(text, { maxBytes, maxDepth: 16 });
  } catch (error) {
    const why = error instanceof PrimitivesError ? error.message : 'it is not UTF-8';
    throw new ProblemError(problem('malformed_json', why));
  }
}
