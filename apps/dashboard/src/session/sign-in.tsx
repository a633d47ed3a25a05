// The form that takes an API key, and the way to the OpenID provider where there is one.

import { useState } from 'preact/hooks';
import { AskError } from './ask.ts';
import { beginOpenId, openId, refusal } from './open-id.ts';
import { signIn } from './session.ts';

export function SignIn() {
  const [fault, setFault] = useState(refusal.value);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = form.elements.namedItem('key') as HTMLInputElement;
    const key = field.value.trim();
    setBusy(true);
    setFault('');
    try {
      await signIn(key);
    } catch (error) {
      setFault(error instanceof AskError ? error.message : String(error));
      setBusy(false);
      field.focus();
    }
  };
  const goToProvider = async () => {
    setBusy(true);
    setFault('');
    try {
      await beginOpenId();
    } catch (error) {
      setFault(error instanceof AskError ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <h1>Aligned Mesh</h1>
      {openId.value !== undefined && (
        <p>
          <button type="button" disabled={isBusy} onClick={() => void goToProvider()}>
            Sign in with {openId.value.name}
          </button>
        </p>
      )}
      <form onSubmit={submit}>
        <label for="key">API key</label>
        <input
          id="key"
          name="key"
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          aria-describedby="key-help key-fault"
          placeholder="mesh_key_…"
        />
        <p id="key-help" class="quiet">
          Make one on the controller's host: <code>meshctl keys create --role viewer --name you</code>. It
          stays out of this browser: only a session is kept, in a cookie.
        </p>
        <button type="submit" disabled={isBusy}>
          Sign in
        </button>
        <p id="key-fault" role="alert" class="fault">
          {fault}
        </p>
      </form>
    </main>
  );
}
