import { readFileSync } from 'node:fs';

/** Reference counts beside the project: published, recorded from providers, or computed. */
interface TokenVectors {
  readonly encodings: {
    readonly strings: readonly {
      readonly text: string;
      readonly o200k_base: number;
      readonly cl100k_base: number;
    }[];
  };
  readonly chat: readonly {
    readonly id: string;
    readonly formula: string;
    readonly messages: readonly unknown[];
    /** Tokens of the prompt by model. */
    readonly expect: Readonly<Record<string, number>>;
  }[];
  readonly embeddings: readonly Counted<'input'>[];
  readonly completions: readonly Counted<'prompt'>[];
  readonly images: {
    readonly rows: readonly ({ readonly width: number; readonly height: number } & Readonly<Record<string, number>>)[];
  };
  readonly ernie_estimate: readonly { readonly text: string; readonly tokens: number }[];
}

type Counted<Member extends string> = Readonly<Record<Member, unknown>> & {
  readonly id: string;
  readonly model: string;
  readonly prompt_tokens: number;
};

export const TOKEN_VECTORS = JSON.parse(
  readFileSync(new URL('../../shared/token-vectors.json', import.meta.url), 'utf8'),
) as TokenVectors;
