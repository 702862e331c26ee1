import { existsSync, readFileSync } from "node:fs";

const isTextMap = (value: unknown): value is Record<string, string> =>
  typeof value === "object" && value !== null && Object.values(value).every((member) => typeof member === "string");

/** The JSON value of a file. */
export const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8")) as unknown;

/** A list of exceptions, each with its reason; empty where the file is absent. Throws where a reason is missing. */
export const readReasons = (path: string): Readonly<Record<string, string>> => {
  if (!existsSync(path)) return {};
  const value = readJson(path);
  if (isTextMap(value) && Object.values(value).every((reason) => reason.trim().length > 0)) return value;
  throw new Error(`${path} must map each exception to its reason`);
};
