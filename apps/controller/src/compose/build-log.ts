// Builds what publishes the log.

import { parseVerifierKey, type TileEdge } from '@mesh/audit';
import { CosignedLog } from '../publish/cosigned-log.ts';
import { LogBell } from '../publish/log-bell.ts';
import { LogFolder } from '../publish/log-folder.ts';
import { LogPublisher, signHead } from '../publish/log-publisher.ts';
import { NextKeyTrials } from '../publish/next-key-trials.ts';
import { PublishedLog } from '../publish/published-log.ts';
import { readFolderCheckpoint } from '../publish/read-folder-checkpoint.ts';
import { ReceiptSigner } from '../publish/receipt-signer.ts';
import { WitnessLine } from '../publish/witness-line.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface LogPublication {
  readonly publishedLog: PublishedLog;
  readonly logPublisher: LogPublisher;
  /** Which witnesses know the log's next keys. */
  readonly nextKeyTrials: NextKeyTrials;
  readonly receipts: ReceiptSigner;
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
  opened: Opened,
): LogPublication {
  const { tiles, heads, last, check } = logStore;
  const required = config.log.required_cosignatures;
  const signed = last && { edge: last.edge, note: signHead(keys, last.head) };
  const counted = countedHeads.atStart(required, signed);
  const published = new PublishedLog(tiles);
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
  const linePorts = { fetch, clock, timers, random: Math.random, logger, trials };
  const cosigned = new CosignedLog({
    published: shown,
    tiles,
    lines: config.log.witnesses.map(
      ({ url, keys: texts }) => new WitnessLine({ url, keys: texts.map(parseVerifierKey) }, linePorts),
    ),
    required,
    keep: (note) => countedHeads.keep(note),
    timers,
    logger,
  });
  opened.push(() => cosigned.close());
  if (signed !== undefined) cosigned.show(signed.edge, signed.note);
  const publisher = new LogPublisher({
    journal,
    heads,
    keys,
    published: cosigned,
    last: last?.head,
    clock,
    timers,
    logger,
  });
  opened.push(() => publisher.close());
  return {
    publishedLog: published,
    logPublisher: publisher,
    nextKeyTrials: trials,
    receipts: new ReceiptSigner(meshId, controllerKeys.config.sign),
    logBell: new LogBell(timers),
  };

  function openFolder(path: string): LogFolder {
    const seen = readFolderCheckpoint(path, keys);
    if (seen !== undefined) check(seen, `the checkpoint in ${path}`);
    return new LogFolder({ path, published, size: seen?.size ?? 0, logger });
  }
}
