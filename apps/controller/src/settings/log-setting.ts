// The setting `log`: how the log is named and where it is published. `log_level` is about the lines of the
// process.

import { checks } from '@mesh/host';
import * as z from 'zod';
import { checkLogOrigin } from '../trust/log-origin.ts';
import { witnessesSetting } from './witness-setting.ts';

/** With the log's own and the witnesses' signatures, a note has at most 100. */
const MOST_MEMBERS = 64;

export const logSetting = z
  .strictObject({
    /**
     * The name of the log in its signed heads: a URL without its scheme, by convention. By default it is made
     * from the first public name and the mesh's id. It is stored at the first start and cannot change later.
     */
    origin: z.string().superRefine(checks(checkLogOrigin)).optional(),
    /** A folder for a web server, which gets the published log as files. */
    folder: z.string().min(1, 'write the path of a folder').optional(),
    /**
     * After how many days full tiles and their entries move out of the database into that folder. Without it,
     * they stay.
     */
    move_after_days: z.number().int().min(1).max(36_500).optional(),
    /** Who cosigns the heads of the log. */
    witnesses: witnessesSetting,
    /** How many of them have to cosign a head before it is published. */
    required_cosignatures: z.number().int().min(0).default(0),
    /** How many members of the mesh have to cosign a head before others than nodes are shown it. */
    required_member_cosignatures: z.number().int().min(0).max(MOST_MEMBERS).default(0),
  })
  .refine((log) => log.move_after_days === undefined || log.folder !== undefined, {
    path: ['move_after_days'],
    message: 'needs log.folder, to which old tiles are moved',
  });
