// A button that asks before it acts: a dialog says what happens, and takes what the action needs.

import type { ComponentChildren } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { messageOf } from '../session/ask.ts';

export interface ActionDialogProps {
  /** On the button that opens the dialog; an ellipsis follows. */
  readonly label: string;
  /** Says more for who does not see what the button stands beside. */
  readonly describe?: string;
  /** The question. */
  readonly title: string;
  /** On the button that acts. */
  readonly confirm: string;
  readonly isDisabled?: boolean;
  /** What happens, and further fields of the form. */
  readonly children?: ComponentChildren;
  /** Whether the log is to have a reason, as the field `reason`. */
  readonly hasReason?: boolean;
  /** Acts, and closes the dialog unless it throws: what it throws is shown. */
  readonly onConfirm: (form: FormData) => Promise<void>;
}

export function ActionDialog(props: ActionDialogProps) {
  const { label, describe, title, confirm, isDisabled = false, children, hasReason = false } = props;
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    setBusy(true);
    setFault('');
    try {
      await props.onConfirm(new FormData(form));
      form.reset();
      dialog.current?.close();
    } catch (error) {
      setFault(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const open = () => {
    setFault('');
    dialog.current?.showModal();
  };
  return (
    <>
      <button type="button" disabled={isDisabled} aria-label={describe && `${describe}…`} onClick={open}>
        {label}…
      </button>
      <dialog ref={dialog} aria-labelledby={`${id}-title`}>
        <form onSubmit={submit}>
          <h2 id={`${id}-title`}>{title}</h2>
          {children}
          {hasReason && (
            <>
              <label for={`${id}-reason`}>Why (it goes into the log)</label>
              <input id={`${id}-reason`} name="reason" required maxLength={512} autocomplete="off" />
            </>
          )}
          <p role="alert" class="fault">
            {fault}
          </p>
          <div class="bar">
            <button type="submit" disabled={isBusy}>
              {confirm}
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

/** A field of a form as text. */
export const textOf = (form: FormData, name: string): string => String(form.get(name) ?? '').trim();
