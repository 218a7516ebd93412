/** Where the list of models (`GET /v1/models`, `models.list()`) has names from that are not configured. */
export interface ModelListOptions {
  /** Whether providers without `models` are asked for theirs, when somebody wants the list. @default true */
  readonly ask?: boolean;
  /** How long what a provider reported is kept. @default 300000 */
  readonly cacheMs?: number;
  /** How long a provider may take; then its last list stands. @default 3000 */
  readonly timeoutMs?: number;
}
