/** Limits of a controller so high that they have no effect. */
export const UNLIMITED = {
  node_per_minute: 1_000_000,
  submissions_per_minute: 1_000_000,
  address_per_minute: 1_000_000,
  admin_per_minute: 1_000_000,
  enrolments_per_minute: 1_000_000,
  connections_per_second: 1_000_000,
} as const;
