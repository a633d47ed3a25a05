// Fields that several settings share.

import * as z from 'zod';

/** A shorter interval than a tenth of a second would keep a core busy and find nothing new. */
export const seconds = z.number().min(0.1).max(86_400);
export const httpUrl = z.url({ protocol: /^https?$/, error: 'write a URL such as http://127.0.0.1:8000' });
