/** The table that records which migrations were applied. */
export const MIGRATIONS_TABLE = 'schema_migrations';
