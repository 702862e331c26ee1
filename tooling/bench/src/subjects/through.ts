import { randomBytes } from "node:crypto";
import { Readable, Writable, type Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

// As Node's own file streams read.
const chunk = randomBytes(64 * 1024);

/** A source of so many bytes that costs next to nothing. */
function source(lengthBytes: number): Readable {
  let left = lengthBytes;
  return new Readable({
    read() {
      const next = chunk.subarray(0, Math.min(left, chunk.length));
      left -= next.length;
      this.push(next.length === 0 ? null : next);
    },
  });
}

/** Sends so many bytes through two streams, one after the other; answers how many came out. */
export async function through(lengthBytes: number, [there, back]: readonly [Duplex, Duplex]): Promise<number> {
  let came = 0;
  const sink = new Writable({
    write(bytes: Buffer, _encoding, done) {
      came += bytes.length;
      done();
    },
  });
  await pipeline(source(lengthBytes), there, back, sink);
  return came;
}
