// Builds what publishes the log.

import { LogPublisher, signHead } from '../publish/log-publisher.ts';
import { PublishedLog } from '../publish/published-log.ts';
import type { Storage } from './open-storage.ts';
import type { Opened, Platform } from './platform.ts';

export interface LogPublication {
  readonly publishedLog: PublishedLog;
  readonly logPublisher: LogPublisher;
}

/** What the last run published is shown again, with the same signatures. */
export function buildLog(
  { clock, timers, logger }: Platform,
  { journal, logKeys: keys, logStore: { tiles, heads, last } }: Storage,
  opened: Opened,
): LogPublication {
  const published = new PublishedLog(tiles);
  if (last !== undefined) published.show(last.edge, signHead(keys, last.head));
  const publisher = new LogPublisher({
    journal,
    heads,
    keys,
    published,
    last: last?.head,
    clock,
    timers,
    logger,
  });
  opened.push(() => publisher.close());
  return { publishedLog: published, logPublisher: publisher };
}
