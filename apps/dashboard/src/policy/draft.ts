// The policy that somebody writes. It outlives the page, so that looking elsewhere loses nothing.

import type { PolicyStatus, PolicyTrial, PolicyVersion } from '@mesh/protocol';
import { signal } from '@preact/signals';
import { AskError, askJson, messageOf } from '../session/ask.ts';

export interface Draft {
  readonly text: string;
  /** The newest version that its writer was shown; 0 for none. */
  readonly basedOn: number;
  readonly checked?: Checked;
}

/** What the controller says of a text. */
export type Checked = Verdict & {
  readonly text: string;
  /** The version that was in force then; 0 for none. */
  readonly against: number;
};
type Verdict =
  | { readonly kind: 'fits'; readonly trial: PolicyTrial }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

export const draft = signal<Draft | undefined>(undefined);

/** The one that waits, or else the one in force. */
export const newestOf = ({ in_force: inForce, next }: PolicyStatus): PolicyVersion | null => next ?? inForce;

export function beginDraft(status: PolicyStatus): void {
  const newest = newestOf(status);
  draft.value = {
    text: newest === null ? '' : `${JSON.stringify(newest.policy, null, 2)}\n`,
    basedOn: newest?.version ?? 0,
  };
}

/** Keeps the earlier verdict, which no longer applies. */
export function writeDraft(text: string): void {
  if (draft.value !== undefined) draft.value = { ...draft.value, text };
}

/** Goes on from the version that a text has become. */
export function appliedDraft(text: string, version: number): void {
  draft.value = { text, basedOn: version };
}

/** Has the text tried against the policy in force. */
export async function checkDraft(status: PolicyStatus): Promise<void> {
  const text = draft.value?.text ?? '';
  const verdict = await tryPolicy(text);
  if (draft.value === undefined) return;
  draft.value = {
    ...draft.value,
    basedOn: newestOf(status)?.version ?? 0,
    checked: { ...verdict, text, against: status.in_force?.version ?? 0 },
  };
}

async function tryPolicy(text: string): Promise<Verdict> {
  try {
    const body = { text };
    return { kind: 'fits', trial: await askJson('/v1/admin/policy/check', { method: 'POST', body }) };
  } catch (error) {
    const faults = error instanceof AskError && error.faults.length > 0 ? error.faults : [messageOf(error)];
    return { kind: 'faults', faults };
  }
}

const PLACE = /^line (\d+), column (\d+)/;

/** Where a fault is, both from 1; undefined if it names no place. */
export function positionOfFault(
  fault: string,
): { readonly line: number; readonly column: number } | undefined {
  const [, line, column] = PLACE.exec(fault) ?? [];
  return line === undefined ? undefined : { line: Number(line), column: Number(column) };
}
