/** What a cache of data keys has done so far. */
export interface DataKeyCacheCounts {
  /** Messages that a data key was there for. Those that waited while another's was fetched count here too. */
  readonly hits: number;
  /** Messages that one was fetched for, to be kept. */
  readonly misses: number;
  /** Messages that one was fetched for without keeping it: streams, and what is larger than `maximumBytes`. */
  readonly bypassed: number;
  /** Data keys that were overwritten. */
  readonly evicted: number;
  /** Data keys held now. */
  readonly held: number;
}

/** What is counted as it happens. */
export interface Tally {
  hits: number;
  misses: number;
  bypassed: number;
}
