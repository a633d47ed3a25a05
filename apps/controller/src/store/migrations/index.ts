// Every migration, in order. A migration that has been released is never edited.

import { initial } from './0001-initial.ts';

export const migrations = [initial];
