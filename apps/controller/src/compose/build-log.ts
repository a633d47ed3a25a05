// Builds what publishes the log.

import { LogBell } from '../publish/log-bell.ts';
import { LogFolder } from '../publish/log-folder.ts';
import { LogPublisher, signHead } from '../publish/log-publisher.ts';
import { PublishedLog } from '../publish/published-log.ts';
import { readFolderCheckpoint } from '../publish/read-folder-checkpoint.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface LogPublication {
  readonly publishedLog: PublishedLog;
  readonly logPublisher: LogPublisher;
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
  { journal, logKeys: keys, logStore: { tiles, heads, last, check } }: Storage,
  opened: Opened,
): LogPublication {
  const published = new PublishedLog(tiles);
  if (last !== undefined) published.show(last.edge, signHead(keys, last.head));
  const { folder: path } = config.log;
  const folder = path === undefined ? undefined : openFolder(path);
  opened.push(() => folder?.close());
  const publisher = new LogPublisher({
    journal,
    heads,
    keys,
    published,
    last: last?.head,
    clock,
    timers,
    logger,
    onPublished: () => folder?.touch(),
  });
  opened.push(() => publisher.close());
  return { publishedLog: published, logPublisher: publisher, logBell: new LogBell(timers) };

  function openFolder(path: string): LogFolder {
    const seen = readFolderCheckpoint(path, keys);
    if (seen !== undefined) check(seen, `the checkpoint in ${path}`);
    return new LogFolder({ path, published, size: seen?.size ?? 0, logger });
  }
}
