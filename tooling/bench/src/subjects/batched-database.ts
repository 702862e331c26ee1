import type { OpenDatabase } from "@kms/self-managed";
import { openSqlite } from "../../baselines/sqlite.ts";

/** The store's port with so many changes in each transaction: what is written comes onto the disk together, and at closing. */
export const batched =
  (changes: number): OpenDatabase =>
  async (path) => {
    const database = await openSqlite(path);
    let waiting = 0;
    const commit = (): void => {
      if (waiting > 0) database.exec("COMMIT");
      waiting = 0;
    };
    const exec = (sql: string): void => {
      if (sql === "BEGIN IMMEDIATE" && waiting > 0) return;
      if (sql !== "COMMIT" || waiting === 0) {
        if (waiting > 0) commit();
        database.exec(sql);
        waiting = sql === "BEGIN IMMEDIATE" ? 1 : 0;
        return;
      }
      waiting += 1;
      if (waiting > changes) commit();
    };
    const close = (): void => {
      commit();
      database.close();
    };
    return { ...database, exec, close };
  };
