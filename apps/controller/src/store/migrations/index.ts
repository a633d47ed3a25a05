// Every migration, in order. A migration that has been released is never edited.

import { initial } from './0001-initial.ts';
import { maintenance } from './0003-maintenance.ts';

export const migrations = [initial, maintenance];
