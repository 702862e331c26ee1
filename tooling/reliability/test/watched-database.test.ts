import type { Database } from "@kms/self-managed";
import { describe, expect, it } from "vitest";
import { watchedDatabase } from "../src/watched-database.ts";

const silent: Database = {
  library: "none",
  exec: () => undefined,
  all: () => [],
  get: () => undefined,
  run: () => 1,
  close: () => undefined,
};

/** What is told of a database on which some statements are run. */
async function toldOf(run: (database: Database) => void): Promise<readonly string[]> {
  const told: string[] = [];
  const watch = { before: (write: number, sql: string) => void told.push(`${write} ${sql}`) };
  run(await watchedDatabase(() => silent, watch)("none", { readOnly: false }));
  return told;
}

describe("a watched database", () => {
  it("tells and counts every write, and closing", async () => {
    const told = await toldOf((database) => {
      database.exec("BEGIN IMMEDIATE");
      database.get("SELECT 1", []);
      database.run("INSERT INTO records VALUES (?)", [1]);
      database.run("UPDATE records SET id = ?", [1]);
      database.run("DELETE FROM slots WHERE id = ?", [1]);
      database.exec("COMMIT");
      database.get("PRAGMA wal_checkpoint(TRUNCATE)", []);
      database.close();
    });
    expect(told).toEqual([
      "1 BEGIN IMMEDIATE",
      "2 INSERT INTO records VALUES (?)",
      "3 UPDATE records SET id = ?",
      "4 DELETE FROM slots WHERE id = ?",
      "5 COMMIT",
      "6 PRAGMA wal_checkpoint(TRUNCATE)",
      "7 close",
    ]);
  });

  it("tells nothing of transactions that only read, and settings", async () => {
    const told = await toldOf((database) => {
      database.exec("PRAGMA trusted_schema = OFF");
      database.exec("BEGIN");
      database.all("SELECT * FROM records", []);
      database.exec("COMMIT");
      database.exec("BEGIN IMMEDIATE");
      database.exec("ROLLBACK");
    });
    expect(told).toEqual(["1 BEGIN IMMEDIATE", "2 ROLLBACK"]);
  });
});
