import { looksLikeKey } from './looks-like-key.ts';

/** What stands in the place of a secret. */
export const HIDDEN = '[secret]';

/** A private key in PEM, to its end or that of the text. */
const PEM =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;

/** User and password in a URL. Letters that ought to be escaped in there often are not; a port is no password. */
const USER_IN_URL =
  /:\/\/(?:[^\s/?#"'<>@\u0080-\uffff]{0,256}:(?!\d{1,5}[/?#])[^\s"'<>\u0080-\uffff]{0,256}|[^\s/?#"'<>\u0080-\uffff]{1,512})@/g;

/** By their beginnings, whatever stands before them. */
const UNMISTAKABLE = new RegExp(
  [
    // OpenAI, Anthropic, OpenRouter, Stripe, DeepSeek and its like; the middle of older keys of OpenAI.
    'sk-(?:proj|ant|or|svcacct|admin|lf)-[-\\w]{8,}',
    '[sr]k_(?:live|test)_\\w{8,}',
    'sk-[A-Za-z0-9]{32,}',
    '[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20,}',
    // Our own.
    'nxh_[-\\w]{16,}',
    'nxa-[-\\w]{16,}',
    // Groq, Google, Hugging Face, Baidu, Perplexity, Replicate.
    'gsk_[A-Za-z0-9]{16,}',
    'AIza[-\\w]{20,}',
    'ya29\\.[-\\w.]{16,}',
    'GOCSPX-[-\\w]{16,}',
    'hf_[A-Za-z0-9]{24,}',
    'bce-v3/[-\\w/]{8,}',
    'ALTAK-?[A-Za-z0-9]{16,}',
    '2[45]\\.[0-9a-f]{32}\\.\\d+\\.\\d+\\.[-\\d]+',
    'pplx-[A-Za-z0-9]{24,}',
    'r8_[A-Za-z0-9]{24,}',
    // Amazon, Alibaba, Tencent, Azure.
    '(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}',
    'LTAI[A-Za-z0-9]{12,}',
    'AKID[A-Za-z0-9]{28,}',
    '[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20,}',
    // GitHub, GitLab, Slack, npm, SendGrid.
    'gh[pousr]_[A-Za-z0-9]{20,}',
    'github_pat_\\w{20,}',
    'glpat-[-\\w]{16,}',
    'xox[a-z](?:\\.xox[a-z])?-[-\\w]{8,}',
    'xapp-\\d-[-\\w]{8,}',
    'hooks\\.slack\\.com/[-\\w/]{8,}',
    'npm_[A-Za-z0-9]{30,}',
    'SG\\.[-\\w]{16,}\\.[-\\w]{16,}',
    // JSON web tokens.
    'eyJ[-\\w]{8,}\\.[-\\w.]{8,}',
  ].join('|'),
  'g',
);

/** By their beginnings, where they stand for themselves: what is shortened with asterisks, too. */
const PREFIXED =
  /(?<![A-Za-z0-9])(?:sk|pk|rk|gsk|xai|hf|nxh|nxa|ALTAK|bce-v3)[-_/][-_/.A-Za-z0-9*]{5,}[-_A-Za-z0-9*]/gi;

/** After the name of their scheme. */
const AFTER_SCHEME = /\b(bearer|basic)\s{1,8}([-\w.~+/=:*]{6,})/gi;

/** The text with {@link HIDDEN} for whatever has the shape of a key that is in use somewhere. */
export function maskKeyShapes(text: string): string {
  return text
    .replace(PEM, HIDDEN)
    .replace(USER_IN_URL, `://${HIDDEN}@`)
    .replace(UNMISTAKABLE, HIDDEN)
    .replace(PREFIXED, (found) => (looksLikeKey(found.slice(3)) ? HIDDEN : found))
    .replace(AFTER_SCHEME, (found, scheme: string, value: string) => {
      const isOne = /^bearer$/i.test(scheme) ? looksLikeKey(value) : isUserAndPassword(value);
      return isOne ? HIDDEN : found;
    });
}

/** RFC 7617. */
function isUserAndPassword(value: string): boolean {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(value) && Buffer.from(value, 'base64').includes(':');
}
