// Makes a request for officers and lets the browser save it. They sign it elsewhere: no page gets to see a key.

import { useState } from 'preact/hooks';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { ChooseLife } from '../page/choose-life.tsx';
import { pageLink } from '../page/route.ts';
import { saveFile } from '../page/save-file.ts';
import { many } from '../page/words.ts';
import { fileNameOf, newRequest, type RequestSubject, renderRequestFile } from './request-file.ts';

const HOUR_S = 3_600;
const USUAL_LIFE_S = 24 * HOUR_S;
const LIVES = [
  ['an hour', HOUR_S],
  ['a day', USUAL_LIFE_S],
  ['3 days', 3 * USUAL_LIFE_S],
  ['7 days', 7 * USUAL_LIFE_S],
] as const;

export interface MakeRequestProps {
  readonly subject: RequestSubject;
  /** What the officers are asked to allow: continues "they allow …". */
  readonly what: string;
}

export function MakeRequest({ subject, what }: MakeRequestProps) {
  const [made, setMade] = useState<{ readonly file: string; readonly required: number }>();
  const make = async (form: FormData) => {
    const request = await newRequest(subject, textOf(form, 'reason'), Number(form.get('life')) * 1_000);
    const file = fileNameOf(request);
    saveFile(file, renderRequestFile(request));
    setMade({ file, required: request.required });
  };
  return (
    <>
      <ActionDialog
        label="Make a request"
        title="Make a request for the officers?"
        confirm="Make it and save the file"
        hasReason
        onConfirm={make}
      >
        <p>With their signatures they allow {what}. Until then nothing changes.</p>
        <ChooseLife lives={LIVES} usual={USUAL_LIFE_S} />
      </ActionDialog>
      {made !== undefined && (
        <p role="status">
          {made.file} is saved. Let {many(made.required, 'officer')} sign it, each on a machine of their own:{' '}
          <code>meshctl request sign {made.file} --key KEY</code>. Then bring it to{' '}
          <a href={pageLink('requests')}>Requests</a>.
        </p>
      )}
    </>
  );
}
