import { HIDDEN } from './key-shapes.ts';
import { looksLikeKey } from './looks-like-key.ts';

/** Headers that are secret up to the end of their line. */
const WHOLE_HEADERS =
  /((?:proxy-)?authorization|(?:set-)?cookie)([\\"'\]]{0,4}\s{0,4}[:=]\s{0,4}[\\"']{0,4})([^\r\n"'\\]{1,8192})/gi;

/** Words that say what follows: in JSON, in bodies of forms, in headers, in settings and in prose. */
const WORDS = [
  '(?:api|access|secret|private|master|signing|account|subscription|encryption|app|session)[-_ .]?key(?:[-_]?id)?',
  'pass(?:word|wd|phrase)',
  '\\bpwd',
  '(?:client|app|api)?[-_]?secret',
  '(?:access|refresh|id|session|auth|security|bearer|csrf)?[-_]?token',
  'shared[-_]?access[-_]?signature',
  'x-amz-(?:signature|credential|security-token)',
  '密码|口令|密钥|私钥|令牌',
].join('|');

const NAMED = new RegExp(
  `(${WORDS})(\\\\{0,4}["']?\\]?\\s{0,4}[:=：]\\s{0,4})(?:(\\\\{0,4}["'])((?:(?!\\3)(?:\\\\.|[^\\r\\n]))+)|([\\x21\\x23-\\x25\\x28-\\x2b\\x2d-\\x3a\\x3d\\x3f-\\x7e]+))`,
  'gi',
);

/** Members of queries and of bodies of forms whose names say less elsewhere. */
const IN_QUERY = /([?&;]|^)((?:key|sig|signature|code|ticket|ak|sk|auth)=)([^&;\s#"'<>]+)/gi;

/** The text with {@link HIDDEN} for what names say is a secret. */
export function maskNamedValues(text: string): string {
  return text
    .replace(WHOLE_HEADERS, (_found, name: string, between: string) => `${name}${between}${HIDDEN}`)
    .replace(NAMED, masked)
    .replace(IN_QUERY, (_found, before: string, name: string) => `${before}${name}${HIDDEN}`);
}

/** Somebody has hidden it already, and left what tells people which one it is. */
const STARRED = /^\*{3,}[\w-]{0,8}$/;

/** In prose a word may follow the colon: `the password: please choose one`. */
function masked(
  found: string,
  name: string,
  between: string,
  quote: string | undefined,
  quoted: string | undefined,
  bare: string | undefined,
): string {
  if (STARRED.test(quoted ?? bare ?? '')) return found;
  if (quote !== undefined) return `${name}${between}${quote}${HIDDEN}`;
  if (bare === undefined || bare.startsWith(HIDDEN)) return found;
  const isProse = !between.includes('=') && /[：\s]$/.test(between);
  return isProse && !(bare.length >= 6 && looksLikeKey(bare)) ? found : `${name}${between}${HIDDEN}`;
}
