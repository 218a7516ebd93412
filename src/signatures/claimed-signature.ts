import { refused } from './refused.ts';
import { PLAIN_NAME, SIGNATURE_TAG } from './signature-base.ts';
import type { SignableRequest } from './signed-request.ts';
import type { BareItem, Member, Parameters } from './structured-fields.ts';
import { parseDictionary } from './structured-fields.ts';

/** Longer is no header of a signature, and not read. */
const LONGEST_HEADER = 8_192;
/** Signatures of one request, ours among them. */
const MOST_SIGNATURES = 8;
/** Components of one signature. */
const MOST_COMPONENTS = 32;
const LONGEST_NONCE = 128;

const COMPONENT = /^@?[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** What a request says of its signature: nothing of it is checked yet. */
export interface ClaimedSignature {
  readonly keyId: string;
  readonly nonce: string;
  readonly createdMs: number;
  readonly expiresMs: number | undefined;
  readonly components: readonly string[];
  /** As they were written: that is what was signed. */
  readonly parameters: string;
  readonly signature: Uint8Array;
}

/**
 * The signature that is meant for a hub; `undefined` where there is none.
 * @throws NexusError `unauthenticated`
 */
export function claimedSignatureOf(request: SignableRequest): ClaimedSignature | undefined {
  const inputs = dictionaryOf(request, 'signature-input');
  const ours = [...inputs].filter(([, { parameters }]) => textIn(parameters, 'tag') === SIGNATURE_TAG);
  if (inputs.size > MOST_SIGNATURES) throw refused(`There are more than ${String(MOST_SIGNATURES)}.`);
  const [first, second] = ours;
  if (!first) return undefined;
  if (second) throw refused(`There are two with tag="${SIGNATURE_TAG}"; sign once.`);
  const [label, input] = first;
  const made = dictionaryOf(request, 'signature').get(label);
  if (!made || !('value' in made) || made.value.kind !== 'bytes')
    throw refused('The header Signature has no bytes under the label that Signature-Input has.');
  return { ...claimsOf(input), components: componentsOf(input), signature: made.value.value };
}

/**
 * A header of signatures as a dictionary, empty where it is missing.
 * @throws NexusError `unauthenticated`
 */
export function dictionaryOf(request: SignableRequest, name: string): ReadonlyMap<string, Member> {
  const text = request.header(name) ?? '';
  if (text.length > LONGEST_HEADER)
    throw refused(`The header ${name} is longer than the ${String(LONGEST_HEADER)} characters taken here.`);
  try {
    return parseDictionary(text);
  } catch (cause) {
    const why = cause instanceof SyntaxError ? cause.message : 'it cannot be read';
    throw refused(`The header ${name} is malformed: ${why}.`);
  }
}

function claimsOf({ parameters, text }: Member): Omit<ClaimedSignature, 'components' | 'signature'> {
  const algorithm = parameters.get('alg');
  if (algorithm && algorithm.value !== 'hmac-sha256') throw refused('Its alg must be "hmac-sha256".');
  const keyId = textIn(parameters, 'keyid');
  if (keyId === undefined || !PLAIN_NAME.test(keyId)) throw refused('It needs keyid, the name of a key.');
  const nonce = textIn(parameters, 'nonce');
  if (nonce === undefined || nonce === '' || nonce.length > LONGEST_NONCE)
    throw refused(`It needs a nonce of 1 to ${String(LONGEST_NONCE)} characters.`);
  const created = secondsIn(parameters, 'created');
  if (created === undefined) throw refused('It needs created, the time it was made.');
  const expires = secondsIn(parameters, 'expires');
  if (expires !== undefined && expires <= created) throw refused('It expires before it was created.');
  return {
    keyId,
    nonce,
    createdMs: created * 1000,
    expiresMs: expires === undefined ? undefined : expires * 1000,
    parameters: text,
  };
}

function componentsOf(input: Member): string[] {
  if (!('items' in input)) throw refused('The header signature-input must list what it covers in brackets.');
  const { items } = input;
  if (items.length > MOST_COMPONENTS) throw refused(`It covers more than ${String(MOST_COMPONENTS)} components.`);
  const names = items.map(({ value, parameters }) => {
    if (value.kind !== 'string' || !COMPONENT.test(value.value))
      throw refused('Components must be names in lower case, in quotes.');
    if (parameters.size > 0) throw refused(`Parameters of components are not taken, as "${value.value}" has them.`);
    return value.value;
  });
  if (new Set(names).size < names.length) throw refused('It covers one component twice.');
  return names;
}

function textIn(parameters: Parameters, name: string): string | undefined {
  const item = parameters.get(name);
  return item?.kind === 'string' ? item.value : undefined;
}

/** @throws NexusError `unauthenticated` for what is no time. */
function secondsIn(parameters: Parameters, name: string): number | undefined {
  const item: BareItem | undefined = parameters.get(name);
  if (!item) return undefined;
  if (item.kind !== 'integer' || item.value < 0) throw refused(`Its ${name} must be Unix seconds.`);
  return item.value;
}
