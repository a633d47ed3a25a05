// API keys for administration over the network.

import { z } from 'zod';

/**
 * What a key or a certificate may do, from the least to the greatest: `viewer` reads, `officer-proposer` also
 * brings requests that officers have signed, `operator` also changes things.
 */
export const adminRole = z.enum(['viewer', 'officer-proposer', 'operator']);
export type AdminRole = z.infer<typeof adminRole>;
