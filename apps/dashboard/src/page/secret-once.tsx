// Shows a secret once: it is in no storage, no URL and no log, and gone when the dialog is closed.

import { useEffect, useRef, useState } from 'preact/hooks';

export interface SecretOnceProps {
  /** What it is: "join token". */
  readonly name: string;
  readonly secret: string;
  readonly advice: string;
  readonly onClose: () => void;
}

export function SecretOnce({ name, secret, advice, onClose }: SecretOnceProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [said, setSaid] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(secret);
      setSaid('Copied.');
    } catch {
      setSaid('This browser does not let the page copy: select it and copy it yourself.');
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="secret-title" onClose={onClose}>
      <h2 id="secret-title">The {name}</h2>
      <p>It is shown this once. {advice}</p>
      <code class="secret">{secret}</code>
      <p role="status">{said}</p>
      <div class="bar">
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" onClick={() => dialog.current?.close()}>
          I have it
        </button>
      </div>
    </dialog>
  );
}
