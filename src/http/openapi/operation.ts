import type { z } from 'zod';
import type { JsonSchema } from './merge-patch.ts';

/** What is taken behind the `?`, by its name. */
export type QueryParameters = Readonly<Record<string, JsonSchema>>;

/** What an operation answers with when all went well. */
export interface Answer {
  /** A body of JSON. */
  readonly json?: z.ZodType;
  /** Events, each with this JSON as its data. */
  readonly events?: z.ZodType;
  /** Other types of media. */
  readonly media?: readonly string[];
  /** @default 200 */
  readonly status?: number;
}

/** What is said of an operation beyond its permission. */
export interface OperationText {
  readonly summary: string;
  /** The name under which programs know it. */
  readonly id: string;
  /** Its path where that of the table ends in `*`. */
  readonly path?: string;
  readonly query?: QueryParameters;
  /** What the body may be. Absent: there is none. */
  readonly body?: z.ZodType;
  /** The body is a form. */
  readonly isForm?: boolean;
  readonly answer: Answer;
  /** The answer says by `ETag` how what it shows stands. */
  readonly isTagged?: boolean;
  /** It is done only while what it changes stands as `If-Match` says. */
  readonly isConditional?: boolean;
  /** What its body or its query names may not be there; of a path that goes without saying. */
  readonly mayMiss?: boolean;
  /** Headers of its answer beside those of every answer. */
  readonly headers?: readonly string[];
}

/** Operations by method and path as the route tables have them; several where a path ends in what is done. */
export type Operations = Readonly<Record<string, OperationText | readonly OperationText[]>>;
