// The three listeners: nodes (mutual TLS), public (server TLS), administration (unix socket, 0600). TLS 1.3
// only.

import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { connect } from 'node:net';
import { closerOf, LogField, type Logger, listenPrivate, type Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { ControllerError } from '../../errors/controller-error.ts';
import type { MeshAuthority } from '../../trust/mesh-authority.ts';
import { LONGEST_WAIT_SECONDS } from '../receive/config-query.ts';
import { admitConnections, type ConnectionLimits } from './admit-connections.ts';
import { explainListen, listenOn, untilListening } from './listen-on.ts';
import { type Fetch, requestListener } from './request-listener.ts';
import { type BrowserCertificate, SERVER_CERTIFICATE_MS, serverCertificates } from './server-certificates.ts';

const RENEW_AFTER_MS = SERVER_CERTIFICATE_MS / 3;
/** Files of others are read again so often, because nobody says when they have changed. */
const READ_AGAIN_AFTER_MS = 3_600_000;
/**
 * Longer than the longest blocking query, so that an agent's other connection stays open while its query
 * waits.
 */
const KEEP_ALIVE_MS = (LONGEST_WAIT_SECONDS + 15) * 1000;

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Sees every connection and request of a listener before the app does. */
export interface Gate {
  follow(server: HttpsServer): void;
  guard(listener: RequestListener): RequestListener;
}

export interface TlsListenerOptions {
  readonly fetch: Fetch;
  /** The listener's section of the settings. */
  readonly door: 'nodes' | 'public';
  readonly host: string;
  readonly port: number;
  readonly authority: MeshAuthority;
  readonly names: readonly string[];
  /** The certificate that browsers get; without it, none connects. */
  readonly browsers?: BrowserCertificate | undefined;
  /**
   * PEM of the CAs whose client certificates count here now, and whether TLS itself demands one. Without
   * this, clients are not asked for a certificate.
   */
  readonly clientCertificates: { readonly ca: () => string; readonly isRequired: boolean } | undefined;
  readonly connections: ConnectionLimits;
  readonly gate: Gate;
  readonly nowMs: () => number;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Resolves when the port is open. The certificate is renewed while the listener runs, and when the CA
 * changes.
 */
export async function openTlsListener(options: TlsListenerOptions): Promise<Listener> {
  const { authority, names, nowMs, timers, logger, clientCertificates, gate } = options;
  const certify = async () => {
    return {
      ...(await serverCertificates(authority, names, nowMs(), options.browsers)),
      ...defined({ ca: clientCertificates?.ca() }),
      minVersion: 'TLSv1.3' as const,
    };
  };
  const server = createHttpsServer(
    {
      ...(await certify()),
      requestCert: clientCertificates !== undefined,
      rejectUnauthorized: clientCertificates?.isRequired === true,
      keepAliveTimeout: KEEP_ALIVE_MS,
      handshakeTimeout: 10_000,
      headersTimeout: 10_000,
      // This limits the time until the whole request has arrived. The answer may take longer, for example
      // that to a blocking query.
      requestTimeout: 15_000,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 8192,
      // Otherwise Node itself would answer a request without a Host header, and its sender would not be
      // charged.
      requireHostHeader: false,
    },
    // The gate gets each request before the app does.
    gate.guard(requestListener(options.fetch)),
  );
  admitConnections(server, options.connections);
  gate.follow(server);
  const close = closerOf(server, timers);
  // One after the other, so that a certificate of a CA that has ended never replaces a newer one.
  let renewed: Promise<void> = Promise.resolve();
  const renew = () => {
    renewed = renewed
      .then(certify)
      .then((context) => server.setSecureContext(context))
      .catch((error: unknown) =>
        logger.error({ [LogField.error]: error }, 'the server certificate could not be renewed'),
      );
    return renewed;
  };
  const forgetChanges = authority.onChange(renew);
  let cancelRenewal = (): void => {};
  const renewLater = () => {
    cancelRenewal = timers.setTimer(
      options.browsers?.kind === 'files' ? READ_AGAIN_AFTER_MS : RENEW_AFTER_MS,
      () => {
        void renew();
        renewLater();
      },
      { background: true },
    );
  };
  renewLater();
  try {
    await listenOn(options.host, (host) =>
      untilListening(server, () => server.listen({ port: options.port, host, ipv6Only: false })),
    );
  } catch (error) {
    cancelRenewal();
    forgetChanges();
    throw explainListen(options, error);
  }
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    close: async () => {
      cancelRenewal();
      forgetChanges();
      await close();
    },
  };
}

/** Opens the administration socket. Replaces an old socket file that no process listens on. */
export async function openSocketListener(fetch: Fetch, path: string, timers: Timers): Promise<Listener> {
  if (existsSync(path)) {
    if (!lstatSync(path).isSocket())
      throw new ControllerError('usage', `${path} is in the way and is not a socket: remove it`);
    if (await answers(path))
      throw new ControllerError(
        'address',
        `another process listens on ${path}: stop it, or give this controller a data_dir of its own`,
      );
    unlinkSync(path);
  }
  const server = createHttpServer(requestListener(fetch));
  const close = closerOf(server, timers);
  await listenPrivate(server, path);
  return { port: 0, close };
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
