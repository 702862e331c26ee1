import { execFile } from "node:child_process";
import type { AzureCredential } from "@kms/azure";
import { KmsError } from "@kms/core";

// What may stand in a command: the scope and the tenant come from the vault's challenge.
const plain = /^[0-9A-Za-z._:/-]+$/;

/**
 * The account that the Azure CLI is signed in with (`az login`): each token is asked of `az account get-access-token`
 * (learn.microsoft.com/cli/azure/account). `PERMISSION_DENIED` where there is no such command or nobody is signed in.
 * An application takes a credential of `@azure/identity`, which does the same and more.
 */
export const azureCliCredential: AzureCredential = {
  getToken: async (scopes, options = {}) => {
    const scope = typeof scopes === "string" ? scopes : scopes.join(" ");
    const { tenantId, abortSignal } = options;
    const words = ["account", "get-access-token", "--output", "json", "--scope", scope];
    if (tenantId !== undefined) words.push("--tenant", tenantId);
    if (!words.every((word) => plain.test(word))) throw new KmsError("INVALID_ARGUMENT", "A scope or tenant is odd.");
    return tokenIn(await az(words, abortSignal));
  },
};

function az(words: readonly string[], abortSignal: unknown): Promise<string> {
  const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
  // On Windows `az` is a script of the shell's.
  const settings = { encoding: "utf8", shell: process.platform === "win32", windowsHide: true, signal } as const;
  return new Promise((resolve, reject) => {
    // What the command printed is left out of the error: a token may be in it.
    execFile("az", words, settings, (error, stdout) => (error === null ? resolve(stdout) : reject(notSignedIn())));
  });
}

/** `expires_on` counts seconds; older releases have the local time in `expiresOn` alone. */
function tokenIn(stdout: string): { readonly token: string; readonly expiresOnTimestamp: number } {
  const { accessToken, expires_on: seconds, expiresOn } = readAnswer(stdout);
  const expiresOnTimestamp = typeof seconds === "number" ? seconds * 1000 : new Date(String(expiresOn)).getTime();
  if (typeof accessToken !== "string" || !Number.isFinite(expiresOnTimestamp)) throw notSignedIn();
  return { token: accessToken, expiresOnTimestamp };
}

function readAnswer(stdout: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  } catch {
    // The words of the parser would quote what it read.
    throw notSignedIn();
  }
}

const notSignedIn = (): KmsError =>
  new KmsError("PERMISSION_DENIED", "The Azure CLI gave no token. Install it and sign in: az login.");
