import type { Database, OpenDatabase, Row, SqlValue } from "./database.ts";

/** The part of `node:sqlite` that is used; `@types/node` of Node 20 does not have it. */
interface NodeSqlite {
  readonly DatabaseSync: new (path: string, options: { readonly readOnly: boolean }) => DatabaseSync;
}
interface DatabaseSync {
  readonly exec: (sql: string) => void;
  readonly prepare: (sql: string) => Statement;
  readonly close: () => void;
}
interface Statement {
  readonly all: (...parameters: SqlValue[]) => readonly Row[];
  readonly get: (...parameters: SqlValue[]) => Row | undefined;
  readonly run: (...parameters: SqlValue[]) => { readonly changes: number | bigint };
}

// A variable, since the types that go with Node 20 do not know the module.
const moduleName: string = "node:sqlite";

/** Loads `node:sqlite`. The import's own error where the runtime has none: before Node 22.13 it is missing or behind a flag. */
export async function loadNodeSqlite(): Promise<OpenDatabase> {
  const { DatabaseSync } = (await import(moduleName)) as NodeSqlite;
  return (path, { readOnly }) => connection(new DatabaseSync(path, { readOnly }));
}

function connection(database: DatabaseSync): Database {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    library: moduleName,
    exec: (sql) => database.exec(sql),
    all: (sql, parameters) => prepared(sql).all(...parameters),
    get: (sql, parameters) => prepared(sql).get(...parameters),
    run: (sql, parameters) => Number(prepared(sql).run(...parameters).changes),
    close: () => {
      statements.clear();
      database.close();
    },
  };
}
