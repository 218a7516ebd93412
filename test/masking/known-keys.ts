import fc from 'fast-check';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

/** Letters drawn from these. */
function drawn(letters: string, length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...letters.split('')), minLength: length, maxLength: length });
}

const alnum = (length: number) => drawn(LETTERS + DIGITS, length);
const url64 = (length: number) => drawn(`${LETTERS}${DIGITS}-_`, length);
const hex = (length: number) => drawn('0123456789abcdef', length);

/** A key, and the part of it that must not be seen. */
export interface KnownKey {
  readonly text: string;
  readonly canary: string;
}

function after(prefix: string, tail: fc.Arbitrary<string>): fc.Arbitrary<KnownKey> {
  return tail.map((canary) => ({ text: prefix + canary, canary }));
}

/** Keys as their makers make them, by what they are. They are known whatever stands before and behind them. */
export const KNOWN_KEYS: Readonly<Record<string, fc.Arbitrary<KnownKey>>> = {
  'OpenAI, older': fc.tuple(alnum(20), alnum(20)).map(([one, other]) => ({ text: `sk-${one}T3BlbkFJ${other}`, canary: one })), // prettier-ignore
  'OpenAI, of a project': after('sk-proj-', url64(80)),
  Anthropic: after('sk-ant-api03-', url64(93)),
  OpenRouter: after('sk-or-v1-', hex(64)),
  DeepSeek: after('sk-', hex(32)),
  Groq: after('gsk_', alnum(52)),
  Google: after('AIza', url64(35)),
  'Hugging Face': after('hf_', drawn(LETTERS, 34)),
  Qianfan: after(
    'bce-v3/ALTAK-',
    fc.tuple(alnum(21), hex(40)).map((parts) => parts.join('/')),
  ),
  'token of Baidu': after(
    '24.',
    hex(32).map((digits) => `${digits}.2592000.1735689600.282335-100000`),
  ),
  Amazon: after('AKIA', drawn('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', 16)),
  Alibaba: after('LTAI', alnum(20)),
  Azure: fc.tuple(alnum(52), alnum(26)).map(([one, other]) => ({ text: `${one}JQQJ99${other}`, canary: one })),
  GitHub: after('ghp_', alnum(36)),
  'GitHub, finer': after('github_pat_', alnum(82)),
  GitLab: after('glpat-', url64(20)),
  Slack: after(
    'xoxb-',
    fc.tuple(drawn(DIGITS, 12), alnum(24)).map((parts) => parts.join('-')),
  ),
  Stripe: after('sk_live_', alnum(24)),
  npm: after('npm_', alnum(36)),
  'JSON web token': fc.tuple(url64(30), url64(60), url64(43)).map(([head, claims, signature]) => ({ text: `eyJ${head}.${claims}.${signature}`, canary: claims })), // prettier-ignore
  'a key of ours': after('nxh_', url64(43)),
  'our admin key': after('nxa-', url64(32)),
  'a private key': fc.array(drawn(`${LETTERS}${DIGITS}+/`, 64), { minLength: 2, maxLength: 8 }).map((lines) => ({
    text: `-----BEGIN RSA PRIVATE KEY-----\n${lines.join('\n')}\n-----END RSA PRIVATE KEY-----`,
    canary: lines[1] ?? '',
  })),
  'a password in a URL': after('redis://default:', alnum(20)).map(({ text, canary }) => ({ text: `${text}@redis.example:6379/0`, canary })), // prettier-ignore
};

/** Ways to say that what follows is a secret, whatever it looks like. */
export const NAMED_VALUES: Readonly<Record<string, (value: string) => string>> = {
  'a header': (value) => `authorization: Bearer ${value}`,
  'a header for another scheme': (value) => `Authorization: Basic ${value}`,
  'a header of Azure': (value) => `api-key:${value}`,
  'a header of Google': (value) => `"x-goog-api-key": "${value}"`,
  cookies: (value) => `Cookie: a=b; nexus_session=${value}`,
  JSON: (value) => JSON.stringify({ a: 1, api_key: value, b: 2 }),
  'JSON in JSON': (value) => JSON.stringify(JSON.stringify({ clientSecret: value })),
  'a query': (value) => `https://api.example.com/v1/models?key=${value}&alt=sse`,
  'a body of a form': (value) => `grant_type=client_credentials&client_secret=${value}`,
  'a query of a token': (value) => `/oauth/2.0/token?access_token=${value}`,
  'a setting': (value) => `OPENAI_API_KEY=${value}`,
  'a setting in quotes': (value) => `password = '${value}'`,
  YAML: (value) => `api_key: ${value}`,
  Chinese: (value) => `密码：${value}`,
};
