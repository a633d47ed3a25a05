// Renews the node's certificate after two thirds of its lifetime, over mutual TLS and for the same key. It
// tries again with backoff, even after the certificate has expired. Then the log says how to enrol again.

import { X509Certificate } from 'node:crypto';
import { LogField, type Logger, sleep, type Timers } from '@mesh/host';
import type { NodeClient } from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import { AgentError, messageOf } from '../../errors/agent-error.ts';
import { createCsr } from '../../identity/csr.ts';
import { checkCertificate } from '../../identity/enrol.ts';
import type { Enrolment } from '../../identity/enrolment-file.ts';
import type { EnrolmentStore } from '../../identity/enrolment-store.ts';
import type { Identity } from '../../identity/key-files.ts';
import { backoffMs } from '../channel/backoff.ts';

export interface RenewalPorts {
  readonly store: EnrolmentStore;
  readonly identity: Identity;
  readonly client: Pick<NodeClient, 'renewCertificate'>;
  readonly controllerClock: ControllerClock;
  readonly timers: Timers;
  readonly random: () => number;
  readonly logger: Logger;
  /** Called when the new certificate is in the store. Connections must use it from now on. */
  readonly renewed: (enrolment: Enrolment, validUntilMs: number) => void;
}

const BACKOFF = { firstMs: 5_000, maxMs: 300_000 };
/** A jump of the clock is noticed within this time. */
const LONGEST_WAIT_MS = 60_000;
const EXPIRED =
  'the certificate has expired and the controller takes it no more: enrol again with a fresh join token (mesh-agent enrol)';

/** When to renew: after two thirds of the certificate's lifetime. */
export function renewAtMs(certificatePem: string): number {
  const { validFromDate, validToDate } = new X509Certificate(certificatePem);
  const fromMs = validFromDate.getTime();
  return fromMs + ((validToDate.getTime() - fromMs) * 2) / 3;
}

function expiresAtMs(certificatePem: string): number {
  return new X509Certificate(certificatePem).validToDate.getTime();
}

/** Renews until the signal aborts. Never rejects. */
export async function renewCertificates(ports: RenewalPorts, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const dueInMs = renewAtMs(ports.store.current.certificate_pem) - ports.controllerClock.nowMs();
    let waitMs = Math.min(dueInMs, LONGEST_WAIT_MS);
    if (dueInMs <= 0) {
      try {
        await renewOnce(ports, signal);
        failures = 0;
        continue;
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        waitMs = backoffMs(failures, ports.random(), BACKOFF);
        const isOver = ports.controllerClock.nowMs() >= expiresAtMs(ports.store.current.certificate_pem);
        if (isOver) ports.logger.error({ [LogField.reason]: messageOf(error) }, EXPIRED);
        else
          ports.logger.warn(
            { [LogField.error]: error, [LogField.reason]: messageOf(error) },
            'the certificate could not be renewed yet',
          );
      }
    }
    await sleep(ports.timers, waitMs, signal).catch(() => undefined);
  }
}

async function renewOnce(ports: RenewalPorts, signal: AbortSignal): Promise<void> {
  const { store, identity, client, logger } = ports;
  const { mesh_id, node_id } = store.current;
  const answer = await client.renewCertificate(createCsr({ commonName: node_id, ...identity }), signal);
  const certificate = checkCertificate(
    answer.certificate_pem,
    answer.ca_pem,
    { mesh_id, node_id },
    identity,
    (what) => new AgentError('failed', `the controller's answer ${what}: the old certificate stays in use`),
  );
  await store
    .update({ certificate_pem: answer.certificate_pem, ca_pem: answer.ca_pem })
    .catch((error: unknown) => {
      logger.error(
        { [LogField.error]: error },
        'the new certificate could not be stored; it is used all the same',
      );
    });
  ports.renewed(store.current, certificate.validToDate.getTime());
}
