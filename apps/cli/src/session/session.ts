// The session of a command: a client, and a way to print the result, as a table or as JSON.

import { defined } from '@mesh/primitives';
import { type AdminClient, createAdminClient, networkAdminPath, SCHEMA_VERSION } from '@mesh/protocol';
import type { Command } from 'commander';
import picocolors from 'picocolors';
import { readCredentials } from '../door/credentials.ts';
import { type DoorFlags, doorOf } from '../door/door.ts';
import type { Ports } from '../ports/ports.ts';
import { type Explained, explainFailure } from './explain-failure.ts';

export interface Session {
  readonly client: AdminClient;
  readonly ports: Ports;
  readonly json: boolean;
  readonly paint: Paint;
  /** How wide the terminal is, in characters; undefined if results do not go to one. */
  readonly columns: number | undefined;
  /** What a failure of a call means, for those that go on after one. */
  explain(error: unknown): Explained;
  /** Prints the result, as JSON or as the text that `human` makes of it. Call it once. */
  result<T extends object>(value: T, human: (value: T) => string): void;
}

/** Colours show how a node stands. They add nothing to the words. */
export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  unsure(text: string): string;
}

/** The origin of the URLs over the unix socket. Only their path matters; the controller sees this host. */
const BASE_URL = 'http://localhost';

/** Runs one command against the controller that the global options name. */
export async function withSession(
  command: Command,
  ports: Ports,
  work: (session: Session) => Promise<void>,
): Promise<void> {
  const flags = command.optsWithGlobals<DoorFlags & { json?: boolean }>();
  const door = doorOf(flags, ports);
  const credentials = door.kind === 'network' ? readCredentials(door, ports) : undefined;
  const { fetch, close } = ports.connect(door, credentials);
  const colours = picocolors.createColors(ports.colours);
  try {
    await work({
      client: createAdminClient({
        fetch,
        ...(door.kind === 'socket' ? { baseUrl: BASE_URL } : { baseUrl: door.url, toPath: networkAdminPath }),
        ...defined({ headers: credentials?.headers }),
      }),
      ports,
      json: flags.json === true,
      columns: ports.screen()?.columns,
      explain: (error) => explainFailure(error, () => door),
      paint: { good: colours.green, bad: colours.red, unsure: colours.yellow },
      result: (value, human) => ports.writeOut(flags.json === true ? renderJson(value) : human(value)),
    });
  } finally {
    close();
  }
}

/**
 * The action of a command without arguments that asks the controller once and shows its answer.
 *
 * @param human the text for people
 */
export function asking<Answer extends object, Flags>(
  ports: Ports,
  ask: (client: AdminClient, flags: Flags) => Promise<Answer>,
  human: (answer: Answer, session: Session) => string,
): (flags: Flags, command: Command) => Promise<void> {
  return (flags, command) =>
    withSession(command, ports, async (session) => {
      session.result(await ask(session.client, flags), (answer) => human(answer, session));
    });
}

/**
 * Renders a JSON document. JSON does not escape C1 controls and bidirectional or zero-width characters, but
 * terminals obey some of them, so they are escaped here.
 */
export const renderJson = (value: object): string =>
  escaped(JSON.stringify(withSchemaVersion(value), null, 2));

/** The same document on one line, for commands that print one after the other. */
export const renderDocumentLine = (value: object): string => renderJsonLine(withSchemaVersion(value));

/** Says which version of the schemas the document has. */
const withSchemaVersion = (value: object): object =>
  Array.isArray(value) ? value : { schema_version: SCHEMA_VERSION, ...value };

/** An entry of the log on one line: it has a version of its own. */
export const renderJsonLine = (value: unknown): string => escaped(JSON.stringify(value));

function escaped(json: string): string {
  const text = json.replace(/[\u007f-\u009f\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, unit) => escapeUnit(character.charCodeAt(unit))).join(''),
  );
  return `${text}\n`;
}

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`;
