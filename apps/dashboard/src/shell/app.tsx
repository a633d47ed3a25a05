// The page: the form to sign in, or the frame with what the route names.

import { useEffect, useState } from 'preact/hooks';
import { connection, follow } from '../live/follow.ts';
import { NodePage } from '../node/node-page.tsx';
import { Overview } from '../overview/overview.tsx';
import { OVERVIEW, type Route, route } from '../page/route.ts';
import { messageOf } from '../session/ask.ts';
import { finishOpenId } from '../session/open-id.ts';
import { findSession, keepSession, session, signOut } from '../session/session.ts';
import { SignIn } from '../session/sign-in.tsx';
import { ConnectionLine } from './connection-line.tsx';
import { Decisions } from './decisions.tsx';
import { Navigation } from './navigation.tsx';

export function App() {
  const [fault, setFault] = useState('');
  useEffect(() => {
    const found = finishOpenId().then(findSession);
    found.catch((error: unknown) => setFault(messageOf(error)));
  }, []);
  const { value } = session;
  if (value === 'none') return <SignIn />;
  if (value === 'unknown')
    return (
      <main>
        <h1>Aligned Mesh</h1>
        <p role="alert">{fault === '' ? '' : `${fault}. Load the page again.`}</p>
      </main>
    );
  return <Frame key={value.key_id ?? value.person} />;
}

function Frame() {
  useEffect(() => {
    const ends = [follow(), keepSession()];
    return () => {
      for (const end of ends) end();
    };
  }, []);
  const who = session.value;
  if (typeof who !== 'object') return null;
  return (
    <div class={connection.value.kind === 'lost' ? 'frame stale' : 'frame'}>
      <header>
        <a class="name" href={OVERVIEW}>
          {who.mesh_id}
        </a>
        <Navigation />
        <ConnectionLine />
        <span class="who">
          {who.name} ({who.role})
        </span>
        <button type="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </header>
      <Shown route={route.value} />
    </div>
  );
}

function Shown({ route: shown }: { readonly route: Route }) {
  if (shown.page === 'overview') return <Overview />;
  if (shown.page === 'node') return <NodePage key={shown.id} id={shown.id} />;
  return <Decisions page={shown.page} />;
}
