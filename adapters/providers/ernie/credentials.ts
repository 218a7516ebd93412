import { keyring, type KeySource, Secret } from 'nexusai-hub/provider-kit';

/** What to authenticate with, and with that, which interface is spoken. */
export type Credentials =
  | { readonly api: 'qianfan'; readonly key: () => Secret | Promise<Secret> }
  | { readonly api: 'legacy'; readonly accessKey: Secret; readonly secretKey: Secret };

/**
 * Tells the two interfaces apart, and keys that were given for the wrong one. `isBaidu`: the keys go to Baidu itself,
 * whose keys have known shapes; a server in between may have keys of its own.
 * @throws TypeError naming what was mixed up and the mend; no key is shown.
 */
export function credentialsOf(apiKey: KeySource, secretKey: string | undefined, isBaidu: boolean): Credentials {
  if (typeof apiKey === 'function') {
    if (secretKey !== undefined) throw new TypeError('ernie: apiKey must be a text where there is a secretKey.');
    return { api: 'qianfan', key: keyring(apiKey) };
  }
  const pair = secretKey === undefined ? pairIn(apiKey) : ([apiKey, secretKey] as const);
  if (!pair) {
    const mistake = isBaidu ? mistakeInBearer(apiKey) : undefined;
    if (mistake !== undefined) throw new TypeError(`ernie: ${mistake}`);
    return { api: 'qianfan', key: keyring(apiKey) };
  }
  const mistake = mistakeInPair(...pair);
  if (mistake !== undefined) throw new TypeError(`ernie: ${mistake}`);
  return { api: 'legacy', accessKey: new Secret(pair[0]), secretKey: new Secret(pair[1]) };
}

/** `AK|SK`, as other gateways want it. */
function pairIn(apiKey: string): readonly [string, string] | undefined {
  const [accessKey = '', secretKey = '', ...more] = apiKey.split('|');
  return accessKey !== '' && secretKey !== '' && more.length === 0 ? [accessKey, secretKey] : undefined;
}

/** How keys of Qianfan V2 begin, and ids of access keys of the account. */
const QIANFAN_KEY = 'bce-v3/';
const ACCESS_KEY_ID = 'ALTAK';

function mistakeInBearer(apiKey: string): string | undefined {
  if (apiKey.startsWith(ACCESS_KEY_ID))
    return 'apiKey is the id of an access key (ALTAK…); Qianfan V2 wants the whole API key, bce-v3/ALTAK-…/….';
  if (/^[A-Za-z0-9]{24}$/.test(apiKey))
    return (
      'apiKey looks like the API key (AK) of a legacy application: give its secretKey (SK) beside it, ' +
      'or a key of Qianfan V2 (bce-v3/ALTAK-…/…) instead.'
    );
  if (/^[A-Za-z0-9]{32}$/.test(apiKey))
    return 'apiKey looks like the secret key (SK) of a legacy application: give its apiKey (AK), and this as secretKey.';
  if (/^24\.[0-9a-f]{32}\./.test(apiKey))
    return (
      'apiKey is an access_token of the legacy interface, which Qianfan V2 refuses: ' +
      'give apiKey (AK) and secretKey (SK) of the application, and tokens are fetched.'
    );
  return undefined;
}

function mistakeInPair(accessKey: string, secretKey: string): string | undefined {
  if (accessKey.startsWith(QIANFAN_KEY))
    return 'apiKey is a key of Qianfan V2 (bce-v3/…), which has no secretKey: leave secretKey out.';
  if (secretKey.startsWith(QIANFAN_KEY))
    return 'secretKey is a key of Qianfan V2 (bce-v3/…): give it as apiKey, and no secretKey.';
  if (accessKey.startsWith(ACCESS_KEY_ID))
    return (
      'apiKey and secretKey are an access key of the account (ALTAK…), which signs requests and is no API key: ' +
      'give AK and SK of a legacy application, or an API key of Qianfan V2 (bce-v3/ALTAK-…/…) alone.'
    );
  return undefined;
}
