/** A part of a list: AWS says by a marker that there is more. */
interface Page {
  readonly NextMarker?: string | undefined;
}

/** Every page of a list, each asked for when the one before it has been used up. */
export async function* pages<P extends Page>(ask: (Marker: string | undefined) => Promise<P>): AsyncGenerator<P> {
  let marker: string | undefined;
  do {
    const page = await ask(marker);
    yield page;
    marker = page.NextMarker;
  } while (marker !== undefined);
}
