/** Where known bytes were found: which of them, and in which spelling. */
export interface Sighting {
  readonly secret: string;
  readonly spelling: "raw" | "hex" | "base64";
}

/** Runs of eight bytes are looked for: shorter ones come up by chance. */
const windowBytes = 8;

/** Looks through bytes for any eight that follow each other in one of the secrets: as they are, in hexadecimal, in base64 or base64url. */
export function scannerFor(secrets: Readonly<Record<string, Uint8Array>>): (bytes: Uint8Array) => readonly Sighting[] {
  const known = new Map<string, string>();
  for (const [name, secret] of Object.entries(secrets)) {
    if (secret.length < windowBytes) throw new Error(`The secret ${name} is too short to be looked for.`);
    for (const window of windowsOf(secret)) known.set(window, name);
  }
  const secretsIn = (bytes: Uint8Array): ReadonlySet<string> => {
    const found = new Set<string>();
    for (const window of windowsOf(bytes)) {
      const name = known.get(window);
      if (name !== undefined) found.add(name);
    }
    return found;
  };
  return (bytes) =>
    spellingsOf(bytes).flatMap(([spelling, spelt]) => [...secretsIn(spelt)].map((secret) => ({ secret, spelling })));
}

// Latin-1, which spells every byte as one character.
function* windowsOf(bytes: Uint8Array): Generator<string> {
  const text = Buffer.from(bytes).toString("latin1");
  for (let at = 0; at + windowBytes <= text.length; at += 1) yield text.slice(at, at + windowBytes);
}

/** The bytes, and whatever in them reads as hexadecimal or base64, from each character at which a byte can begin. */
function spellingsOf(bytes: Uint8Array): readonly (readonly [Sighting["spelling"], Uint8Array])[] {
  const text = Buffer.from(bytes).toString("latin1");
  const hex = [...text.matchAll(/[0-9a-fA-F]{16,}/g)].flatMap(([run]) =>
    [0, 1].map((from) => decoded(run.slice(from), "hex")),
  );
  const base64 = [...text.matchAll(/[A-Za-z0-9+/_-]{11,}/g)].flatMap(([run]) =>
    [0, 1, 2, 3].map((from) => decoded(run.slice(from), "base64")),
  );
  return [
    ["raw", bytes],
    ...hex.map((each) => ["hex", each] as const),
    ...base64.map((each) => ["base64", each] as const),
  ];
}

// Node reads base64url as base64 too, and leaves out a last odd digit of hexadecimal.
const decoded = (run: string, encoding: "hex" | "base64"): Uint8Array => Buffer.from(run, encoding);
