/** A message as the legacy interface has it. */
export interface Turn {
  readonly role: 'user' | 'assistant' | 'function';
  readonly content: string;
  readonly name?: string;
  readonly function_call?: { readonly name: string; readonly arguments: string; readonly thoughts?: string };
}
