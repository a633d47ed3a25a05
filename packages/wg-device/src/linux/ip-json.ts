// Reads what `ip -json` prints without trusting its shape.

import { type Cidr, parseAllowedIp } from '@mesh/wg';
import { TunnelError } from '../port/tunnel-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseJsonArray(stdout: Uint8Array): JsonObject[] {
  return parseEntries(new TextDecoder().decode(stdout).trim());
}

/** What `ip -json -batch` prints: a list on one line for each question, or nothing. */
export function parseJsonLists(stdout: Uint8Array): JsonObject[] {
  const lists = new TextDecoder().decode(stdout).match(/^\[.+\]\s*$/gm) ?? [];
  return parseEntries(`[${lists.map((list) => list.trim().slice(1, -1)).join(',')}]`);
}

function parseEntries(text: string): JsonObject[] {
  try {
    // `ip -json` prints nothing for some empty lists, and `{}` for entries that a filter removed.
    return asArray(text === '' ? [] : JSON.parse(text)).map(asObject);
  } catch {
    throw new TunnelError(
      'unexpected_answer',
      '`ip -json` answered no JSON: iproute2 4.13 or newer is needed',
    );
  }
}

export function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Reads an address, with or without its prefix length, as a block.
 *
 * @throws TunnelError `unexpected_answer`
 */
export function asBlock(text: string): Cidr {
  try {
    return parseAllowedIp(text);
  } catch {
    throw new TunnelError('unexpected_answer', '`ip -json` named an address that is none');
  }
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
