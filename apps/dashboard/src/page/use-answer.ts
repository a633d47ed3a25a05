// What the controller says, kept up to date while a page shows it.

import { useEffect, useState } from 'preact/hooks';
import { model, onChange } from '../live/follow.ts';
import { messageOf } from '../session/ask.ts';

export interface Answer<T> {
  /** The newest; undefined until the first has come. */
  readonly answer: T | undefined;
  /** Why the last request has failed; empty if it has not. */
  readonly fault: string;
  reload(): void;
}

/** What makes a page ask again. */
export interface News {
  /** Called when the live state has changed; `changed` has the numbers of the nodes whose state has. */
  isNews(changed: ReadonlySet<number> | 'all'): boolean;
  /** How long after it the page asks again. What comes meanwhile is in that answer. */
  readonly afterMs: number;
}

const ENTRIES_AFTER_MS = 1_000;

/** New entries of the log whose types match. */
export function newEntries(types: RegExp): () => News {
  return () => {
    let seen = lastIndex();
    return {
      isNews: () => {
        const isNews = model.log.some(({ index, entry }) => index > seen && types.test(String(entry.type)));
        seen = lastIndex();
        return isNews;
      },
      afterMs: ENTRIES_AFTER_MS,
    };
  };
}

/**
 * What the controller says, asked again when there is news.
 *
 * @param load a function that stays the same, or every render asks
 * @param watch begins to look for news; stays the same too
 */
export function useAnswer<T>(load: (signal: AbortSignal) => Promise<T>, watch: () => News): Answer<T> {
  const [answer, setAnswer] = useState<T>();
  const [fault, setFault] = useState('');
  const [asked, setAsked] = useState(0);
  const reload = () => setAsked((count) => count + 1);
  useEffect(() => {
    const end = new AbortController();
    load(end.signal).then(
      (next) => {
        if (end.signal.aborted) return;
        setAnswer(next);
        setFault('');
      },
      (error: unknown) => {
        if (!end.signal.aborted) setFault(messageOf(error));
      },
    );
    return () => end.abort();
  }, [load, asked]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const news = watch();
    const forget = onChange((changed) => {
      if (!news.isNews(changed) || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        reload();
      }, news.afterMs);
    });
    return () => {
      forget();
      clearTimeout(timer);
    };
  }, [watch]);
  return { answer, fault, reload };
}

const lastIndex = (): number => model.log.at(-1)?.index ?? -1;
