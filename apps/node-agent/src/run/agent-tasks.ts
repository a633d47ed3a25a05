// The tasks of an agent beside its engine. Each runs until the signal aborts, or until it has done its work.

import { LogField } from '@mesh/host';
import { renewCertificates } from '../uplink/certificate/renew-certificate.ts';
import { reportEndpoint } from '../uplink/reports/report-endpoint.ts';
import type { AgentParts } from './agent-parts.ts';
import type { WiredAgent } from './wire-agent.ts';

/** A task that fails rejects, or throws at once. */
export type AgentTask = (signal: AbortSignal) => Promise<void>;

/** In the order in which they are to be started. */
export function agentTasks(parts: AgentParts, agent: WiredAgent): readonly AgentTask[] {
  const { follower, submissions, reporter, measuring, examiner, prober } = agent;
  return [
    (signal) => follower.run(signal),
    (signal) => submissions.run(signal),
    (signal) => reporter.run(signal),
    ...(measuring === undefined ? [] : [(signal: AbortSignal) => measuring.run(signal)]),
    ...(examiner === undefined ? [] : [(signal: AbortSignal) => examiner.run(signal)]),
    ...(parts.options.probePort === 0 ? [] : [(signal: AbortSignal) => prober.run(signal)]),
    (signal) => keepEndpointReported(parts, agent, signal),
    (signal) => keepCertificate(parts, agent, signal),
    (signal) => agent.keyChanges.run(signal),
  ];
}

function keepEndpointReported(
  { keys, enrolment, sequences, journal, timers, controllerClock, random, logger, options }: AgentParts,
  { channel }: WiredAgent,
  signal: AbortSignal,
): Promise<void> {
  return reportEndpoint(
    options.endpoint,
    {
      store: enrolment,
      client: channel.client,
      sign: keys.identity.sign,
      sequences,
      controllerClock,
      timers,
      random,
      logger,
      reported: () => journal.record({ type: 'endpoint_reported' }),
    },
    signal,
  );
}

function keepCertificate(
  { keys, enrolment, journal, timers, controllerClock, random, logger }: AgentParts,
  { channel }: WiredAgent,
  signal: AbortSignal,
): Promise<void> {
  return renewCertificates(
    {
      store: enrolment,
      identity: keys.identity,
      client: channel.client,
      controllerClock,
      timers,
      random,
      logger,
      renewed: (renewed, validUntilMs) => {
        channel.replace(renewed);
        const validUntil = new Date(validUntilMs).toISOString();
        journal.record({ type: 'certificate_renewed', validUntil });
        logger.info({ [LogField.until]: validUntil }, 'certificate renewed');
      },
    },
    signal,
  );
}
