/**
 * Reads from a zod schema which settings exist, how to read each one's text from the environment or a flag,
 * and which are secret, by their name or by `.meta({ secret: true })`. The schema itself does everything
 * else.
 */

import * as z from 'zod';
import { HostError } from './host-error.ts';
import { isSecretName } from './secret-names.ts';

/** One setting: a place in the configuration that is not a section. */
export interface Setting {
  /** Dotted: `nodes.port`. */
  readonly path: string;
  readonly keys: readonly string[];
  readonly secret: boolean;
  /** Turns text into a value for the schema; undefined if the text does not fit. */
  readonly fromText: (text: string) => unknown;
  /** What the text must be, for error messages: "a number". */
  readonly form: string;
}

/** A section or a setting, as the file may hold it. */
export type ConfigNode =
  | {
      readonly kind: 'section';
      readonly required: boolean;
      readonly children: ReadonlyMap<string, ConfigNode>;
    }
  | { readonly kind: 'setting'; readonly setting: Setting };

/** @throws HostError `invalid_argument` if the root is not an object */
export function describeSchema(schema: z.ZodType): ConfigNode & { readonly kind: 'section' } {
  const root = describe(schema, []);
  if (root.kind !== 'section')
    throw new HostError('invalid_argument', 'a configuration schema must be a z.object');
  return root;
}

/** All settings under a node, in the schema's order. */
export function* settingsOf(node: ConfigNode): Generator<Setting> {
  if (node.kind === 'setting') yield node.setting;
  else for (const child of node.children.values()) yield* settingsOf(child);
}

function describe(schema: z.core.$ZodType, keys: readonly string[]): ConfigNode {
  const { inner, required, secret } = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    const children = new Map<string, ConfigNode>();
    for (const [key, child] of Object.entries<z.core.$ZodType>(inner.shape)) {
      if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(key)) {
        throw new HostError(
          'invalid_argument',
          `configuration key ${JSON.stringify(key)} must be a plain word`,
        );
      }
      children.set(key, describe(child, [...keys, key]));
    }
    return { kind: 'section', required, children };
  }
  return {
    kind: 'setting',
    setting: {
      path: keys.join('.'),
      keys,
      secret: secret || isSecretName(keys.at(-1) ?? ''),
      fromText: textReader(inner),
      form: formOf(inner),
    },
  };
}

/** The schema inside optional, default, a pipe's input and other wrappers. */
function unwrap(schema: z.core.$ZodType) {
  let inner = schema;
  let required = true;
  let secret = isMarked(inner);
  for (;;) {
    let next: z.core.$ZodType;
    if (inner instanceof z.ZodPipe) next = inner.in;
    else if (
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodNullable ||
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault
    ) {
      required = false;
      next = inner.def.innerType;
    } else if (
      inner instanceof z.ZodReadonly ||
      inner instanceof z.ZodNonOptional ||
      inner instanceof z.ZodCatch
    ) {
      next = inner.def.innerType;
    } else return { inner, required, secret };
    inner = next;
    secret ||= isMarked(inner);
  }
}

function isMarked(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.secret === true;
}

function textReader(schema: z.core.$ZodType): (text: string) => unknown {
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) return (text) => text;
  if (schema instanceof z.ZodEnum) return (text) => text;
  if (schema instanceof z.ZodNumber) return readNumber;
  if (schema instanceof z.ZodBoolean) return readBoolean;
  if (schema instanceof z.ZodArray) return listReader(textReader(unwrap(schema.element).inner));
  // For unions, literals, records and all others: the JSON value if the text is JSON, else the text itself.
  return (text) => readJson(text) ?? text;
}

function formOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodNumber) return 'a number';
  if (schema instanceof z.ZodBoolean) return 'true or false';
  return schema instanceof z.ZodArray ? 'a list: a,b or ["a", "b"]' : 'a value of its kind';
}

function readNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : undefined;
}

function readBoolean(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === '1' || word === 'yes' || word === 'on') return true;
  return word === 'false' || word === '0' || word === 'no' || word === 'off' ? false : undefined;
}

/** `a,b` or `["a", "b"]`. */
function listReader(readItem: (text: string) => unknown): (text: string) => unknown {
  return (text) => {
    if (text.trim().startsWith('[')) return readJson(text);
    const items = text.split(',').map((item) => readItem(item.trim()));
    return items.includes(undefined) ? undefined : items;
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
