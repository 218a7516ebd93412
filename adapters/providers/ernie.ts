import type { Provider } from 'nexusai-hub/ports';
import {
  checkCount,
  checkHeaderText,
  checkKey,
  checkNames,
  checkTransport,
  type KeySource,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

import { credentialsOf } from './ernie/credentials.ts';
import { checkEndpoints } from './ernie/endpoints.ts';
import { legacyErnie } from './ernie/legacy.ts';
import { qianfan } from './ernie/qianfan.ts';

/** Options of {@link ernie}. `apiKey` alone means Qianfan V2; with a `secretKey`, the legacy interface. */
export interface ErnieOptions extends Omit<TransportOptions, 'baseUrl'> {
  /**
   * Qianfan V2: the key (`bce-v3/ALTAK-…/…`), or a function that is asked for one before every request. Legacy: the API
   * key (AK) of an application; `AK|SK` in one text is understood too.
   */
  readonly apiKey: KeySource;
  /** Legacy: the secret key (SK) of the application. */
  readonly secretKey?: string;
  /** @default 'https://qianfan.baidubce.com/v2', legacy: 'https://aip.baidubce.com' */
  readonly baseUrl?: string;
  /** Qianfan V2: the application to be billed, sent as `appid`. @default the account's own */
  readonly appId?: string;
  /** Legacy: endpoints by model names, for models of your own and new ones; they come before the known ones. */
  readonly endpoints?: Readonly<Record<string, string>>;
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * Baidu ERNIE: chat and embeddings, by Qianfan V2 or by the legacy interface (wenxinworkshop). Wire facts: providers.md
 * sections 5 and 6.
 * @throws TypeError naming the option that is wrong; keys of one interface given for the other are recognised.
 */
export function ernie(options: ErnieOptions): Provider {
  const { apiKey, secretKey, appId, endpoints, baseUrl, ...rest } = options;
  checkKey('ernie', 'apiKey', apiKey);
  if (secretKey !== undefined) checkKey('ernie', 'secretKey', secretKey);
  if (appId !== undefined) checkKey('ernie', 'appId', appId);
  checkHeaderText('ernie', 'appId', appId);
  const credentials = credentialsOf(apiKey, secretKey, baseUrl === undefined);
  checkTransport('ernie', { ...rest, baseUrl: baseUrl ?? DEFAULT_URLS[credentials.api] });
  checkEndpoints(endpoints);
  checkNames('ernie', 'models', rest.models);
  checkCount('ernie', 'maxFrameBytes', rest.maxFrameBytes);
  checkCount('ernie', 'maxAnswerBytes', rest.maxAnswerBytes);

  if (credentials.api === 'qianfan') {
    if (endpoints)
      throw new TypeError('ernie: endpoints are for the legacy interface; Qianfan V2 knows models by name.');
    return qianfan({ ...rest, ...credentials, appId, baseUrl: baseUrl ?? DEFAULT_URLS.qianfan });
  }
  if (appId !== undefined) throw new TypeError('ernie: appId is for Qianfan V2; the legacy interface has none.');
  return legacyErnie({ ...rest, ...credentials, endpoints, baseUrl: baseUrl ?? DEFAULT_URLS.legacy });
}

const DEFAULT_URLS = { qianfan: 'https://qianfan.baidubce.com/v2', legacy: 'https://aip.baidubce.com' } as const;
