// Turns a thrown value into an exit code and one line that says what to do next.

import { HostError } from '@mesh/host';
import { PrimitivesError } from '@mesh/primitives';
import { ProblemError, ProtocolClientError } from '@mesh/protocol';
import { nameOf } from '../door/door.ts';
import { CliError, type CliErrorCode } from '../errors/cli-error.ts';
import type { Door } from '../ports/ports.ts';

export interface Explained {
  readonly code: CliErrorCode;
  readonly message: string;
}

/** @param doorOf called only for a failure of the connection, when the door is known to be named rightly */
export function explainFailure(error: unknown, doorOf: () => Door): Explained {
  if (error instanceof CliError) return { code: error.code, message: error.message };
  if (error instanceof ProblemError) return { code: 'refused', message: refusal(error) };
  if (error instanceof PrimitivesError) return { code: 'usage', message: error.message };
  if (error instanceof ProtocolClientError)
    return { code: 'unreachable', message: `${notAController(doorOf())}: ${error.message}` };
  const door = doorOf();
  const advice = door.kind === 'socket' ? socketAdvice(error, door.path) : networkAdvice(error, door.url);
  return { code: 'unreachable', message: advice };
}

const notAController = (door: Door): string =>
  `${nameOf(door)} is not a controller's ${door.kind === 'socket' ? 'socket' : 'public listener'}`;

/** What fails over TLS has its own explanation. */
function networkAdvice(error: unknown, url: string): string {
  if (error instanceof HostError)
    return error.code === 'pin_mismatch'
      ? `${url} does not show the CA of --ca-pin, and nothing secret was sent: check the address and the pin; if both are right, someone may be in between`
      : error.message;
  if (systemCodeOf(error) === 'TIMEOUT')
    return `${url} did not answer in time: look at the controller's log; what was asked for may have happened`;
  return `asking ${url} failed (${systemCodeOf(error) ?? messageOf(error)}): look at the controller's log, and at whether what was asked for has happened`;
}

function refusal({ message, retryAfterSeconds }: ProblemError): string {
  const retry = retryAfterSeconds === undefined ? '' : `; try again in ${retryAfterSeconds} s`;
  return `the controller refused: ${message}${retry}`;
}

const OTHER_PATH = 'name another with --socket or MESH_SOCKET';

function socketAdvice(error: unknown, path: string): string {
  switch (systemCodeOf(error)) {
    case 'ENOENT':
      return `there is no socket at ${path}: is the controller running (mesh-controller serve), and with this data directory? ${OTHER_PATH}`;
    case 'ECONNREFUSED':
      return `nobody listens at ${path}: the controller has stopped, or that is not a socket; start it (mesh-controller serve), or ${OTHER_PATH}`;
    case 'EINVAL':
      return `${path} is too long for a socket, which has at most 107 bytes: ${OTHER_PATH}`;
    case 'EACCES':
    case 'EPERM':
      return `no permission to open ${path}: run meshctl as the controller's user (sudo -u USER meshctl …)`;
    case 'ENOTSOCK':
    case 'ENOTDIR':
      return `${path} is not a socket: ${OTHER_PATH}`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `${path} closed the connection without an answer: it speaks no plain HTTP (TLS perhaps), or it has just stopped; ${OTHER_PATH}, or look at the controller's log`;
    case 'NOT_HTTP':
      return `what answers at ${path} does not speak HTTP: ${OTHER_PATH}`;
    case 'TIMEOUT':
      return `the controller at ${path} did not answer in time: look at its log; what was asked for may have happened`;
    case 'EAGAIN':
      return `the controller at ${path} has too many callers at once: try again in a moment`;
    default:
      return `asking at ${path} failed (${systemCodeOf(error) ?? messageOf(error)}): look at the controller's log, and at whether what was asked for has happened`;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error');

/** The operating system's code, from the error or from its cause. */
export function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'TimeoutError') return 'TIMEOUT';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code?.startsWith('HPE_')) return 'NOT_HTTP';
  return code !== undefined && /^E[A-Z]+$/.test(code) ? code : systemCodeOf(error.cause);
}
