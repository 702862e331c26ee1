/** The vault of the rows of Azure, and the paths of its key and of the key's version. */
export const hostName = "bench.vault.azure.net";
export const keyPath = "/keys/bench";
export const versionPath: string = `${keyPath}/0123456789abcdef0123456789abcdef`;
