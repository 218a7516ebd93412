/** What an export took. */
export interface Exported {
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  /** The most memory of the process before it, and with it, in MiB: all of it, code and thread of the database included. */
  readonly restingMb: number;
  readonly peakMb: number;
}
