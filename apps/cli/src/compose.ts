// The real implementations of meshctl's ports: standard streams, the terminal, the socket, files.

import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  errorCodeOf,
  HostError,
  readSecretFile,
  sleep,
  systemClock,
  systemTimers,
  writeFileAtomic,
} from '@mesh/host';
import { connect } from './compose/connect.ts';
import { createNewFile } from './compose/new-file.ts';
import { CliError } from './errors/cli-error.ts';
import type { Ports, SecretFile } from './ports/ports.ts';

/** More than any key needs, also an RSA key in PEM. */
const MAX_SECRET_BYTES = 16_384;

export function composePorts(): Ports {
  const { stdin, stdout, stderr, env } = process;
  return {
    writeOut: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
    // NO_COLOR counts if it is set and not empty: https://no-color.org.
    colours: stdout.isTTY === true && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb',
    screen: () =>
      stdout.isTTY === true && stdout.columns > 0 && env.TERM !== 'dumb'
        ? { columns: stdout.columns, rows: stdout.rows }
        : undefined,
    isTerminal: stderr.isTTY === true,
    ask: (question) =>
      stdin.isTTY === true && stderr.isTTY === true
        ? askAtTerminal(stdin, stderr, question)
        : Promise.resolve(undefined),
    connect,
    createSecretFile,
    readSecretFile: (path) => readSecretFile(path, { maxBytes: MAX_SECRET_BYTES }),
    readDocument,
    createFile: (path, text) => writeTextFile(path, text, false),
    replaceFile: (path, text) => writeTextFile(path, text, true),
    readTextFile,
    createNewFile,
    wait: (ms) => sleep(systemTimers, ms),
    randomBytes: (length) => new Uint8Array(randomBytes(length)),
    nowMs: () => systemClock.nowMs(),
    env,
  };
}

function askAtTerminal(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  question: string,
): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

/** Anyone who can change such a file can have the credentials sent elsewhere. */
function readTextFile(path: string): string {
  const descriptor = openSync(path, 'r');
  try {
    const { mode, uid } = fstatSync(descriptor);
    if ((mode & 0o022) !== 0)
      throw new CliError(
        'usage',
        `others may write ${path}: look at what it says, then run chmod go-w ${path}`,
      );
    const self = process.geteuid?.() ?? 0;
    if (uid !== self && uid !== 0)
      throw new CliError(
        'usage',
        `${path} belongs to user ${uid}, not to user ${self} or root: run chown ${self} ${path}`,
      );
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** Opens the file exclusively, so that it never writes into a file or link that already exists. */
function createSecretFile(path: string): SecretFile {
  const descriptor = openSync(path, 'wx', 0o600);
  return {
    save: (text) => {
      try {
        writeFileSync(descriptor, text);
        fsyncSync(descriptor);
      } catch (error) {
        rmSync(path, { force: true });
        throw error;
      } finally {
        closeSync(descriptor);
      }
    },
    discard: () => {
      closeSync(descriptor);
      rmSync(path, { force: true });
    },
  };
}

function readDocument(path: string, maxBytes: number): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const why = errorCodeOf(error) ?? 'unknown';
    throw new CliError('usage', `${path} cannot be read (${why}): check its path and mode`, { cause: error });
  }
  if (bytes.length > maxBytes)
    throw new CliError('usage', `${path} has more than ${maxBytes} bytes: name the right file`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CliError('usage', `${path} is not UTF-8: name the right file, or save it as UTF-8`, {
      cause: error,
    });
  }
}

async function writeTextFile(path: string, text: string, overwrite: boolean): Promise<void> {
  try {
    await writeFileAtomic(path, text, { mode: 0o600, overwrite });
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    if (error.code === 'file_exists')
      throw new CliError('usage', `${path} is there already and is left alone: name a new file with --out`);
    throw new CliError('usage', error.message, { cause: error });
  }
}
