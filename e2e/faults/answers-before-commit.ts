// A store that answers before it commits: one transaction stays open over many batches.

import { BatchTransaction as Real } from '../../packages/host/src/batch-transaction.ts';

export * from '../../packages/host/src/batch-transaction.ts';

type Database = ConstructorParameters<typeof Real>[0];

/** How many batches share a commit. */
const BATCHES = 50;

export class BatchTransaction<Item, Result> extends Real<Item, Result> {
  constructor(db: Database, hooks: ConstructorParameters<typeof Real<Item, Result>>[1]) {
    super(withLateCommits(db), hooks);
  }
}

function withLateCommits(db: Database): Database {
  let batches = 0;
  const statements: Readonly<Record<string, (real: { run(): unknown }) => void>> = {
    'BEGIN IMMEDIATE': (real) => void (db.inTransaction || real.run()),
    COMMIT: (real) => {
      batches += 1;
      if (batches % BATCHES === 0) real.run();
    },
  };
  return new Proxy(db, {
    get: (_db, name) => {
      if (name === 'prepare')
        return (sql: string) => {
          const real = db.prepare(sql);
          const late = statements[sql];
          return late === undefined ? real : { run: () => late(real) };
        };
      const value = Reflect.get(db, name) as unknown;
      return typeof value === 'function' ? value.bind(db) : value;
    },
  });
}
