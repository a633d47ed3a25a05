// Makes one HTTP exchange with a service that may be hostile. This file limits the size and the time of the
// exchange, and gives each stream an error listener before anything can happen on it. It decompresses
// nothing, follows no redirect and keeps no connection open.

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { BusyAnswer } from '@mesh/harness';
import { errorCodeOf, type Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { MeasurementError } from '../result/measurement.ts';
import { serviceNameOf } from '../result/service-name.ts';

export interface ServiceQuestion {
  /** http or https. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** With a body the request is a POST, without a body a GET. */
  readonly body?: string;
  /** PEM: trusted instead of the public certificate authorities. */
  readonly caPem?: string | undefined;
  readonly maxBytes: number;
  /** The address of this machine to ask from; by default the system chooses it. */
  readonly localAddress?: string | undefined;
  /** The limit for the whole exchange, from the DNS look-up to the last byte. */
  readonly timeoutMs: number;
  readonly timers: Timers;
  readonly signal?: AbortSignal | undefined;
}

/** The service answered with a status other than 200. */
export class RefusedByService extends MeasurementError {
  readonly answer: BusyAnswer;

  constructor(message: string, answer: BusyAnswer) {
    super('unreachable', message);
    this.answer = answer;
  }
}

const MAX_HEADER_BYTES = 16_384;
const MAX_INFORMATIONAL = 8;

/**
 * @returns the body of a complete 200 answer in well-formed UTF-8
 * @throws MeasurementError `timeout`, `too_large`, `unreachable`, `malformed`; its message holds no part of
 *   the body
 */
export function askService(question: ServiceQuestion): Promise<string> {
  const { body, timers, timeoutMs, signal } = question;
  const where = serviceNameOf(question.url);
  return new Promise((resolve, reject) => {
    const request = open(question);
    let settled = false;
    const settle = (finish: () => void) => {
      if (settled) return;
      settled = true;
      cancel();
      signal?.removeEventListener('abort', onAbort);
      // The error listeners stay, because the rest of the exchange may still fail.
      request.destroy();
      finish();
    };
    const fail = (code: MeasurementError['code'], message: string, cause?: unknown) =>
      settle(() => reject(new MeasurementError(code, `${where} ${message}`, { cause })));
    const onAbort = () => fail('timeout', 'was being asked when the agent stopped');
    const cancel = timers.setTimer(timeoutMs, () => fail('timeout', 'did not answer in time'));
    let informational = 0;

    request.on('error', (error) => fail('unreachable', explain(error), error));
    request.on('close', () => fail('unreachable', 'closed the connection before its answer was whole'));
    request.on('socket', (socket) => socket.on('error', () => undefined));
    request.on('information', () => {
      informational += 1;
      if (informational > MAX_INFORMATIONAL) fail('malformed', 'sends interim answers without end');
    });
    request.on('upgrade', (_answer, socket) => {
      socket.on('error', () => undefined);
      socket.destroy();
      fail('malformed', 'changes the protocol, which nobody asked for');
    });
    request.on('response', (answer) => {
      answer.on('error', (error) => fail('unreachable', explain(error), error));
      const { statusCode: status = 0, headers } = answer;
      if (status !== 200) {
        const message = `${where} answers HTTP ${status}: it must answer 200`;
        const busy = { status, retryAfter: headers['retry-after'], date: headers.date };
        return settle(() => reject(new RefusedByService(message, busy)));
      }
      const refusal = refuse(answer);
      if (refusal !== undefined) return fail(...refusal);
      collect(answer, question.maxBytes, fail, (text) => settle(() => resolve(text)));
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) return onAbort();
    request.end(body);
  });
}

type Fail = (code: MeasurementError['code'], message: string) => void;

function open({ url, headers, body, caPem, localAddress }: ServiceQuestion): ClientRequest {
  const send = new URL(url).protocol === 'https:' ? httpsRequest : httpRequest;
  return send(url, {
    ...defined({ ca: caPem, localAddress }),
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
    headers: {
      ...headers,
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    },
  });
}

function refuse({ headers }: IncomingMessage): Parameters<Fail> | undefined {
  if (headers['content-encoding'] !== undefined) {
    return ['malformed', 'encodes its answer: it must send it as it is (identity)'];
  }
  return undefined;
}

function collect(answer: IncomingMessage, maxBytes: number, fail: Fail, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  answer.on('data', (chunk: Buffer) => {
    lengthBytes += chunk.length;
    if (lengthBytes > maxBytes) return fail('too_large', `answers more than ${maxBytes} bytes`);
    chunks.push(chunk);
  });
  answer.on('end', () => {
    try {
      const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
      done(decoder.decode(Buffer.concat(chunks)));
    } catch {
      fail('malformed', 'does not answer in UTF-8');
    }
  });
}

/** Node's error codes for a certificate chain that does not end at a trusted certificate. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function explain(error: unknown): string {
  const code = errorCodeOf(error) ?? 'unknown';
  if (UNTRUSTED.has(code)) return `has a certificate that is not trusted (${code}): set ca_file to its CA's`;
  return `cannot be asked (${code}): check that the service runs and speaks HTTP`;
}
