/** What a check saw: `findings` make it fail, `notes` are printed either way. */
export interface Report {
  readonly findings: readonly string[];
  readonly notes?: readonly string[] | undefined;
}

/** One check over the workspace at `root`. */
export interface Check {
  readonly name: string;
  readonly run: (root: string) => Report | Promise<Report>;
}
