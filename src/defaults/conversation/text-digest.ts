import { hash } from 'node:crypto';
import { bytesOfDecoded } from '../../openai/decoded-texts.ts';
import { KnownDigests } from './known-digests.ts';
import { GAP, MARGIN, moveWithoutSpace } from './without-space.ts';

/** Characters of a digest: 132 bits in base64url. */
const LENGTH = 22;
/** A longer text gets a buffer of its own, which goes with it. */
const SHARED_BYTES = 256 * 1024;
/** An address is looked at as a whole up to this length; of a picture in it, both ends tell it from any other. */
const LONGEST_ADDRESS = 16_384;

/** Where a text is written to be hashed. */
class Room {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
  }
}

let shared: Room | undefined;
/** A short text that stands for this one (SHA-256, cut to 132 bits). */
export function digestOf(text: string | Buffer): string {
  return hash('sha256', text, 'base64url').slice(0, LENGTH);
}

/**
 * Digests of what was said and with what instructions. The texts that were hashed lately are kept to be known again: at
 * most 4 MB, where all of it is Chinese, and as long as this is.
 */
export class TextDigests {
  /** Who says something short says it once, mostly; what is very long would take the room of much else. */
  readonly #long = new KnownDigests({ shortest: 512, longest: 64_000, kept: 1_000_000 });
  /** Applications send the same instructions with all of their requests. */
  readonly #instructions = new KnownDigests({ shortest: 1, longest: 511, kept: 16_384 });

  /**
   * As `digestOf`, and the same for texts that differ in white space only: clients trim, wrap and join what was said.
   * `kind` keeps texts of different kinds apart. Takes time in proportion to the text, about 2 us a kilobyte where it was
   * not hashed lately.
   */
  plain(kind: string, text: string): string {
    return this.#long.of(kind, text, plainDigestOf);
  }

  /** The same for instructions, which nobody takes for anything else. */
  instructions(text: string): string {
    return this.#instructions.of('', text, this.#plain);
  }

  readonly #plain = (kind: string, text: string): string => this.plain(kind, text);
}

function plainDigestOf(kind: string, text: string): string {
  const most = kind.length + 1 + GAP + text.length * 3 + MARGIN;
  const { bytes, view } = most <= SHARED_BYTES ? (shared ??= new Room(SHARED_BYTES)) : new Room(most);
  const target = writeKind(kind, bytes);
  const start = target + GAP;
  const decoded = bytesOfDecoded(text);
  const end = start + (decoded ? decoded.copy(bytes, start) : bytes.write(text, start, 'utf8'));
  return digestOf(bytes.subarray(0, moveWithoutSpace(view, start, end, target)));
}

/** A line of some letters: to call for them to be written takes longer. */
function writeKind(kind: string, bytes: Buffer): number {
  for (let at = 0; at < kind.length; at++) bytes[at] = kind.charCodeAt(at);
  bytes[kind.length] = 0x0a;
  return kind.length + 1;
}

/** An address, or a file written into one. */
export function addressDigestOf(address: string): string {
  if (address.length <= LONGEST_ADDRESS) return digestOf(address);
  const ends = address.slice(0, LONGEST_ADDRESS / 2) + address.slice(-LONGEST_ADDRESS / 2);
  return digestOf(`${address.length}\n${ends}`);
}
