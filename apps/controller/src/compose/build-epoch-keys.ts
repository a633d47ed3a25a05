// The keys of the epochs: the work of the PSK worker ahead of a boundary, and the config answers that carry
// the keys.

import { epochTiming } from '@mesh/membership';
import { encodeBase64Url } from '@mesh/primitives';
import { logIdentityOf } from '../http/respond/log-identity.ts';
import type { PskDeriver } from '../keys/psk-deriver.ts';
import { ConfigAnswers } from '../publish/config-answer.ts';
import { ConfigSigner } from '../publish/config-signer.ts';
import { LogProofs } from '../publish/log-proofs.ts';
import { PeerViews } from '../publish/peer-views.ts';
import { RemovalNotices } from '../publish/removal-notices.ts';
import { ToldConfigs } from '../publish/told-configs.ts';
import { Challenges } from '../schedule/challenges.ts';
import { PrepareAhead } from '../schedule/prepare-ahead.ts';
import { ToldFile } from '../store/told-file.ts';
import type { Judgement } from './build-judgement.ts';
import type { LogPublication } from './build-log.ts';
import type { Observed } from './build-observed.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Platform } from './platform.ts';

export interface EpochKeys {
  readonly timing: ReturnType<typeof epochTiming>;
  readonly challenges: Challenges;
  readonly ahead: PrepareAhead;
  readonly answers: ConfigAnswers;
  readonly notices: RemovalNotices;
  readonly told: ToldConfigs;
}

export function buildEpochKeys(
  { config, clock, logger, randomBytes }: Platform,
  { meshId, keys, logKeys, view, journal, toldRows }: Storage,
  { networks, members, pairLimits, publication, tunnels, standing }: Published,
  { leases }: Judgement,
  { slotMoves }: Observed,
  { offeredLog }: LogPublication,
  deriver: PskDeriver,
): EpochKeys {
  const timing = epochTiming(config.epoch_seconds * 1000, config.rotation);
  const challenges = new Challenges(() => encodeBase64Url(randomBytes(18)));
  const ahead = new PrepareAhead({
    view,
    isCut: (nodeId) => members.cutReason(nodeId) !== undefined,
    deriver,
    logger,
  });
  const toldFile = new ToldFile(config.data_dir, logger);
  const told = new ToldConfigs(() => publication.version().epochId, randomBytes, toldFile);
  told.recover(toldFile.left, (epochId) => toldRows.recordedIn(epochId));
  const common = {
    told,
    meshId,
    view,
    members,
    publication,
    nowMs: () => clock.nowMs(),
    logHead: () => offeredLog.head(),
    challenge: () => challenges.current(),
  };
  const proofs = new LogProofs({ published: offeredLog, origin: logKeys.origin });
  const notices = new RemovalNotices({
    ...common,
    signer: keys.config,
    monotonicMs: () => clock.monotonicMs(),
    grant: () => leases.grant(),
  });
  const answers = new ConfigAnswers({
    ...common,
    signer: new ConfigSigner(meshId, keys.config.sign),
    deriver,
    peerViews: new PeerViews({
      pairLimits,
      slotMoves,
      overlayNetworks: networks.map(({ cidr }) => cidr),
      examRule: () => journal.context().policy.exams,
    }),
    tunnels,
    logProofFrom: (size) => proofs.from(size),
    logIdentity: () => logIdentityOf(logKeys),
    standing,
    leaseSeconds: (nodeId) => leases.renew(nodeId),
    mtu: config.mtu,
    rotation: config.rotation,
    leadMs: timing.leadMs,
    prefixLength: {
      v4: networks.find((network) => network.family === 4)?.prefixLength,
      v6: networks.find((network) => network.family === 6)?.prefixLength,
    },
    insecureUnsealedKeys: config.insecure_unsealed_keys,
  });
  return { timing, challenges, ahead, answers, notices, told };
}
