import { Buffer } from "node:buffer";

/** Sealing secrets for tests, each different. */
export const secretOf = (seed: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => (index * 7 + seed * 31 + 1) & 255);

/** Base64url of text, as a forger writes it. */
export const encode = (value: string): string => Buffer.from(value, "utf8").toString("base64url");

/** The three segments of a token, decoded as a forger reads them. */
export const readToken = (
  token: string,
): { readonly header: string; readonly payload: string; readonly signature: string } => {
  const [header = "", payload = "", signature = ""] = token.split(".");
  return {
    header: Buffer.from(header, "base64url").toString(),
    payload: Buffer.from(payload, "base64url").toString(),
    signature,
  };
};

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Every token that differs from this one in its last character and decodes leniently to the same bytes. */
export const aliasesOf = (token: string): readonly string[] => {
  const signature = Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url");
  return [...alphabet]
    .filter((letter) => letter !== token.at(-1))
    .map((letter) => token.slice(0, -1) + letter)
    .filter((alias) => Buffer.from(alias.slice(alias.lastIndexOf(".") + 1), "base64url").equals(signature));
};
