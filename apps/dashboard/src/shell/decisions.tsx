// The pages on which people decide. They are loaded when the first of them is opened.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DecisionPage } from '../page/route.ts';
import { messageOf } from '../session/ask.ts';
import { PAGE_NAMES } from './navigation.tsx';

type Pages = Readonly<Record<DecisionPage, ComponentType>>;

export function Decisions({ page }: { readonly page: DecisionPage }) {
  const [pages, setPages] = useState<Pages>();
  const [fault, setFault] = useState('');
  useEffect(() => {
    import('./decision-pages.ts').then(
      (loaded) => setPages(loaded.decisionPages),
      (error: unknown) => setFault(`${messageOf(error)}: load the page again`),
    );
  }, []);
  const Page = pages?.[page];
  return (
    <main class="decisions" key={page}>
      <h1>{PAGE_NAMES[page]}</h1>
      <p role="alert" class="fault">
        {fault}
      </p>
      {Page !== undefined && <Page />}
    </main>
  );
}
