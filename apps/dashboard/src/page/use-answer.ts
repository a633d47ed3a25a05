import { useEffect, useState } from 'preact/hooks';
import { model, onChange } from '../live/follow.ts';
import { wordsOf } from '../session/ask.ts';

/** How long after a change the page asks again at the earliest. */
const AGAIN_AFTER_MS = 1_000;

export interface Answer<T> {
  /** The newest; undefined until the first has come. */
  readonly answer: T | undefined;
  /** Why the last request has failed; empty if it has not. */
  readonly fault: string;
  reload(): void;
}

/**
 * What the controller says, asked again when the log has a new entry of one of these types.
 *
 * @param load a function that stays the same, or every render asks
 * @param news matches the types of entries that may change the answer
 */
export function useAnswer<T>(load: (signal: AbortSignal) => Promise<T>, news: RegExp): Answer<T> {
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
        if (!end.signal.aborted) setFault(wordsOf(error));
      },
    );
    return () => end.abort();
  }, [load, asked]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let seen = lastIndex();
    const forget = onChange(() => {
      const isNews = model.log.some(({ index, entry }) => index > seen && news.test(String(entry.type)));
      seen = lastIndex();
      if (!isNews || timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        reload();
      }, AGAIN_AFTER_MS);
    });
    return () => {
      forget();
      clearTimeout(timer);
    };
  }, [news]);
  return { answer, fault, reload };
}

const lastIndex = (): number => model.log.at(-1)?.index ?? -1;
