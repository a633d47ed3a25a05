// GET /v1/log-key/status, and POST /v1/log-key/prepare, finish and abort: of the administration.

import { abortLogKey, finishLogKey, officersAuthoriseLogKeyStep, prepareLogKey } from '@mesh/membership';
import { finishLogKeyRequest, type LogKeyStatus, logKeyRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { NextKeyTrials } from '../../publish/next-key-trials.ts';
import type { PublishedLog } from '../../publish/published-log.ts';
import type { Sealer } from '../../trust/at-rest-sealer.ts';
import { createNextLogPair } from '../../trust/log-key-pair.ts';
import type { LogKeys } from '../../trust/log-keys.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface LogKeyStatusPorts {
  readonly logKeys: LogKeys;
  readonly publishedLog: Pick<PublishedLog, 'checkpoint'>;
  readonly nextKeyTrials: Pick<NextKeyTrials, 'notConfirmed'>;
}

export interface RotateLogKeyPorts extends LogKeyStatusPorts {
  readonly judge: Judge;
  readonly sealer: Sealer;
}

export function logKeyStatusRoute(ports: LogKeyStatusPorts): Handler {
  return (context) => context.json(statusOf(ports));
}

export function prepareLogKeyRoute(ports: RotateLogKeyPorts): Handler<AdminEnv> {
  const { logKeys, sealer, judge } = ports;
  return async (context) => {
    const { message } = await readMessage(context, logKeyRequest);
    const { actor } = context.get('caller');
    const { signing, sealedSeeds } = createNextLogPair(logKeys.origin, sealer);
    const { present } = logKeys;
    const change = { present, next: signing.pair, sealedSeeds, why: message.reason, actor };
    logKeys.offer(signing);
    await judge
      .run(prepareLogKey(change, officersAuthoriseLogKeyStep))
      .finally(() => logKeys.withdraw(signing.pair));
    return context.json(statusOf(ports));
  };
}

export function finishLogKeyRoute(ports: RotateLogKeyPorts): Handler<AdminEnv> {
  const { nextKeyTrials, judge } = ports;
  return async (context) => {
    const { message } = await readMessage(context, finishLogKeyRequest);
    const { actor } = context.get('caller');
    const { force, reason: why } = message;
    const published = publishedSigner(ports);
    const notConfirmed = nextKeyTrials.notConfirmed();
    await judge.run(
      finishLogKey({ published, notConfirmed, force, why, actor }, officersAuthoriseLogKeyStep),
    );
    return context.json(statusOf(ports));
  };
}

export function abortLogKeyRoute(ports: RotateLogKeyPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, logKeyRequest);
    const { actor } = context.get('caller');
    await ports.judge.run(abortLogKey({ why: message.reason, actor }, officersAuthoriseLogKeyStep));
    return context.json(statusOf(ports));
  };
}

/** The name of the next pair, if the published head bears its signatures. */
function publishedSigner({ logKeys, publishedLog }: LogKeyStatusPorts): string | undefined {
  const note = publishedLog.checkpoint();
  return note === undefined ? undefined : logKeys.nextSignerOf(note);
}

function statusOf(ports: LogKeyStatusPorts): LogKeyStatus {
  const { origin, present, next } = ports.logKeys;
  return {
    origin,
    present: [...present.verifierKeys],
    next: next === undefined ? null : [...next.verifierKeys],
    is_published: publishedSigner(ports) !== undefined,
    not_confirmed: [...ports.nextKeyTrials.notConfirmed()],
  };
}
