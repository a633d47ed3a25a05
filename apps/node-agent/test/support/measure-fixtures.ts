// Fixtures for the tests of the measurement sources.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@mesh/host';
import { programFile } from '@mesh/host/test-kit';
import { defined } from '@mesh/primitives';
import { onTestFinished } from 'vitest';
import { findUnprivilegedUser, isMapped } from '../../src/measure/confinement/unprivileged-user.ts';
import {
  type Measurement,
  MeasurementError,
  type MeasurementSource,
} from '../../src/measure/result/measurement.ts';
import {
  createServiceProcess,
  ownProgram,
  type ServiceProcessOptions,
} from '../../src/measure/sources/service-process.ts';
import { silent } from './agent-fixtures.ts';

export const NOW = 1_900_000_000_000;
const never = new AbortController().signal;

export const measure = (source: MeasurementSource, challenge?: string): Promise<Measurement> =>
  source.measure({ signal: never, ...defined({ challenge }) });

/** The code of the error, or the value if there was no error. */
export const codeOf = (pending: Promise<unknown>) =>
  pending.then(
    (value) => value,
    (error: unknown) => (error instanceof MeasurementError ? error.code : error),
  );

/** Starts a server, which ends with the test. @returns its URL */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const found = findUnprivilegedUser('nobody', 'the tests', process.geteuid?.() ?? 1);
/**
 * An unprivileged user. Undefined if the tests can become no other user: they are not root, or root of a
 * namespace without other users.
 */
export const nobody = found !== undefined && isMapped(found) ? found : undefined;

/** The program of the process that asks a service. In a test run it is a bundle, which costs less. */
export function measuringProgram(): string[] {
  const own = ownProgram();
  return [...own.slice(0, -1), programFile(own.at(-1) ?? '')];
}

/** The real process that asks a service. */
export const serviceProcess = (runMs: number, changes: Partial<ServiceProcessOptions> = {}) =>
  createServiceProcess({
    runMs,
    runAs: nobody,
    timers: systemTimers,
    logger: silent,
    program: measuringProgram(),
    ...changes,
  });
