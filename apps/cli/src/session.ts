// What every command gets: a client, and a way to print its result once, as a table or as JSON.

import { type AdminClient, createAdminClient } from '@mesh/protocol';
import type { Command } from 'commander';
import picocolors from 'picocolors';
import type { Ports } from './ports.ts';
import { socketPathOf } from './socket-path.ts';

export interface Session {
  readonly client: AdminClient;
  readonly ports: Ports;
  readonly json: boolean;
  readonly paint: Paint;
  /** Prints the result: the JSON document, or what `human` makes of it. Call it once. */
  result<T>(value: T, human: (value: T) => string): void;
}

/** Colours say how a node stands, and nothing that the words do not say. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  unsure(text: string): string;
}

/** Of a unix socket's URL only the path matters; the controller sees this as its host. */
const BASE_URL = 'http://localhost';

/** Runs one command against the controller that the global options name. */
export async function withSession(
  command: Command,
  ports: Ports,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const flags = command.optsWithGlobals<{ socket?: string; json?: boolean }>();
  const { fetch, close } = ports.connect(socketPathOf(flags, ports.env));
  const colours = picocolors.createColors(ports.colours);
  try {
    await work({
      client: createAdminClient({ baseUrl: BASE_URL, fetch }),
      ports,
      json: flags.json === true,
      paint: { good: colours.green, bad: colours.red, unsure: colours.yellow },
      result: (value, human) => ports.writeOut(flags.json === true ? renderJson(value) : human(value)),
    });
  } finally {
    close();
  }
}

/**
 * One document. JSON leaves C1 controls, bidirectional and zero-width characters alone, but a terminal obeys
 * some.
 */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) =>
      Array.from({ length: character.length }, (_, unit) => escapeUnit(character.charCodeAt(unit))).join(''),
  );
  return `${text}\n`;
}

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
