// Builds what publishes the log.

import { parseVerifierKey, type TileEdge } from '@mesh/audit';
import { verifyEd25519 } from '@mesh/primitives';
import { CosignedLog } from '../publish/cosigned-log.ts';
import { LogBell } from '../publish/log-bell.ts';
import { LogFolder } from '../publish/log-folder.ts';
import { LogPublisher, signHead } from '../publish/log-publisher.ts';
import { MemberCosignatures } from '../publish/member-cosignatures.ts';
import { NextKeyTrials } from '../publish/next-key-trials.ts';
import { PublishedLog } from '../publish/published-log.ts';
import { readFolderCheckpoint } from '../publish/read-folder-checkpoint.ts';
import { createReceiptSigner, type ReceiptSigner } from '../publish/receipt-signer.ts';
import { WitnessLine } from '../publish/witness-line.ts';
import { createEquationCheck } from '../trust/ed25519-equation.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface LogPublication {
  /** What everybody is shown. */
  readonly publishedLog: PublishedLog;
  /** What nodes are shown in their configs: the same, or newer heads, which they are to cosign. */
  readonly offeredLog: PublishedLog;
  readonly memberCosignatures: MemberCosignatures;
  readonly logPublisher: LogPublisher;
  /** Which witnesses know the log's next keys. */
  readonly nextKeyTrials: NextKeyTrials;
  readonly receipts: ReceiptSigner;
  /** Undefined if none is set. */
  readonly logFolder: LogFolder | undefined;
  /** Who asks the witnesses. */
  readonly cosignedLog: CosignedLog;
  /** Rung after each commit. The caller closes it before the listeners. */
  readonly logBell: LogBell;
}

/**
 * What the last run published is shown again, with the same signatures.
 *
 * @throws ControllerError `usage` if the folder has a head that the log does not contain
 */
export function buildLog(
  { config, clock, timers, logger }: Platform,
  { meshId, keys: controllerKeys, journal, logKeys: keys, logStore, countedHeads }: Storage,
  { members }: Published,
  opened: Opened,
): LogPublication {
  const { tiles, heads, last, check } = logStore;
  const { required_cosignatures: required, required_member_cosignatures: membersRequired } = config.log;
  const signed = last && { edge: last.edge, note: signHead(keys, last.head) };
  const counted = countedHeads.atStart(required + membersRequired, signed);
  const published = new PublishedLog(tiles);
  const offered = new PublishedLog(tiles);
  const { folder: path } = config.log;
  const folder = path === undefined ? undefined : openFolder(path);
  opened.push(() => folder?.close());
  const shown = {
    show: (edge: TileEdge, note: string) => {
      published.show(edge, note);
      folder?.touch();
    },
  };
  if (counted !== undefined) published.show(counted.edge, counted.note);
  const trials = new NextKeyTrials(
    keys,
    config.log.witnesses.map(({ url }) => url),
  );
  // No start shows nodes a smaller head than the run before.
  const areOffered = countedHeads.areOfferedAtStart(membersRequired > 0);
  const shownFirst = areOffered ? signed : counted;
  if (shownFirst !== undefined) offered.show(shownFirst.edge, shownFirst.note);
  const equation = createEquationCheck();
  const memberCosignatures = new MemberCosignatures({
    meshId,
    required: membersRequired,
    offered: {
      show: (edge, note) => {
        if (edge.size < offered.head().size) return;
        offered.show(edge, note);
        if (membersRequired === 0 && areOffered) countedHeads.endOffers();
      },
    },
    published: shown,
    keep: (note) => countedHeads.keep(note),
    isMember: (node) => members.isIn(node),
    verify: (signature, message, publicKey) => verifyEd25519(signature, message, publicKey, equation),
    nowMs: () => clock.nowMs(),
    logger,
  });
  const linePorts = { fetch, clock, timers, random: Math.random, logger, trials };
  const cosigned = new CosignedLog({
    published: memberCosignatures,
    tiles,
    lines: config.log.witnesses.map(
      ({ url, keys: texts }) => new WitnessLine({ url, keys: texts.map(parseVerifierKey) }, linePorts),
    ),
    required,
    keep: (note) => {
      // Where members have to cosign too, it does not count yet.
      if (membersRequired === 0) countedHeads.keep(note);
    },
    timers,
    logger,
  });
  opened.push(() => cosigned.close());
  const ready = {
    show: (edge: TileEdge, note: string) => {
      memberCosignatures.offer(edge, note);
      cosigned.show(edge, note);
    },
  };
  if (signed !== undefined) ready.show(signed.edge, signed.note);
  const publisher = new LogPublisher({
    journal,
    heads,
    keys,
    published: ready,
    last: last?.head,
    clock,
    timers,
    logger,
  });
  opened.push(() => publisher.close());
  return {
    publishedLog: published,
    offeredLog: offered,
    memberCosignatures,
    logPublisher: publisher,
    nextKeyTrials: trials,
    receipts: createReceiptSigner(meshId, controllerKeys.config.sign),
    logFolder: folder,
    cosignedLog: cosigned,
    logBell: new LogBell(timers),
  };

  function openFolder(path: string): LogFolder {
    const seen = readFolderCheckpoint(path, keys);
    if (seen !== undefined) check(seen, `the checkpoint in ${path}`);
    return new LogFolder({ path, published, size: seen?.size ?? 0, logger });
  }
}
