// What the controller has told this node lately: the digest and the signature of each config and removal
// notice. With them the node can contradict a controller that denies what it has said.

import { type KeptAnswer, keptAnswer } from '@mesh/protocol';
import { LineFile, type LineForm, readLines } from '../../identity/line-file.ts';

/** How many are kept: those of four hours where a minute brings one. */
export const MOST_TOLD = 256;

const FORM: LineForm<KeptAnswer> = { most: MOST_TOLD, parse: (value) => keptAnswer.parse(value) };

export class ToldFile extends LineFile<KeptAnswer> {
  constructor(path: string) {
    super(path, FORM);
  }
}

/** See `readLines`. */
export const readTold = (path: string): Promise<KeptAnswer[]> => readLines(path, FORM);
