/** Writes a database's schema as text, to compare a migrated database with a new one. */

import type { Database } from 'better-sqlite3';
import { MIGRATIONS_TABLE } from './migrations-table.ts';

/**
 * The schema as comparable text, sorted, one statement per line, without the record of migrations. Comments,
 * white space and needless quotes do not count. Constraints, defaults and triggers do.
 */
export function dumpSchema(db: Database): string {
  return db
    .prepare<[string], { sql: string }>(
      `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND tbl_name <> ?`,
    )
    .all(MIGRATIONS_TABLE)
    .map((row) => normaliseSql(row.sql))
    .sort()
    .join('\n');
}

function normaliseSql(sql: string): string {
  // Strings are kept as they are; the alternatives are tried in this order at every position.
  const token = /'(?:[^']|'')*'|--[^\n]*|\/\*[\s\S]*?\*\/|"([A-Za-z_][A-Za-z0-9_]*)"|\s+|[(),]/g;
  return sql
    .replace(token, (match, identifier: string | undefined) => {
      if (identifier !== undefined) return identifier;
      if (match.startsWith("'")) return match;
      return match === '(' || match === ')' || match === ',' ? ` ${match} ` : ' ';
    })
    .replace(/'(?:[^']|'')*'| +/g, (match) => (match.startsWith("'") ? match : ' '))
    .trim();
}
