import { present } from "../errors.ts";

/** A part of a list: AWS says whether it goes on, and by which marker. */
interface Page {
  readonly Truncated?: boolean | undefined;
  readonly NextMarker?: string | undefined;
}

/** Every page of a list, each asked for when the one before it has been used up; `UNKNOWN` where AWS does not say how it goes on. */
export async function* pages<P extends Page>(ask: (Marker: string | undefined) => Promise<P>): AsyncGenerator<P> {
  let marker: string | undefined;
  do {
    const page = await ask(marker);
    yield page;
    marker = page.Truncated === true ? present(page.NextMarker, "NextMarker") : page.NextMarker;
  } while (marker !== undefined);
}
