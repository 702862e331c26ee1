import { CaseFailure } from "./assertions.ts";

/** What the work answers; a `CaseFailure` that names it where it has not ended after so many milliseconds of real time. */
export async function within<T>(limitMs: number, what: string, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const found = `${what} has not ended after ${limitMs} ms: the driver or its back end does not answer`;
      reject(new CaseFailure(`${found}. Where it is only slow, set caseTimeoutMs.`));
    }, limitMs);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
