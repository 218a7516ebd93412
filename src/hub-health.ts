/** How a hub does, as far as that is known without asking anybody. */
export interface HubHealth {
  /** Whether the secrets that are stored can be opened. `unknown`: they were not looked at yet. */
  readonly vault: 'ready' | 'undecryptable' | 'unknown';
  /** `behind`: the newest configuration could not be taken over, and the one before holds. */
  readonly configuration: 'current' | 'behind';
}
