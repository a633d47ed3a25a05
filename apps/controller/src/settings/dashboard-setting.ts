// The setting `dashboard`: whether the public listener serves it, and how long a session lasts.

import * as z from 'zod';

export const dashboardSetting = z.strictObject({
  /** Without it, neither its pages nor its sessions are there. */
  enabled: z.boolean().default(true),
  /** A session ends when nobody has used it for so long. */
  idle_minutes: z.number().min(1).max(1_440).default(30),
  /** A session ends after this time however much it is used, or with its key. */
  session_hours: z.number().min(0.1).max(168).default(12),
});
