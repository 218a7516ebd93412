import {
  type IssuedToken,
  isJsonObject,
  NexusError,
  readJson,
  type Secret,
  type SingleFlightToken,
  singleFlightToken,
  type TokenContext,
  type Transport,
} from 'nexusai-hub/provider-kit';

/** What Baidu has always answered: 30 days. */
const USUAL_LIFE_SECONDS = 2_592_000;
const HOUR_MS = 3_600_000;

/** The access_token of the legacy interface: renewed in its last hour, and replaced when Baidu answers 110 or 111. */
export function accessToken(transport: Transport, accessKey: Secret, secretKey: Secret): SingleFlightToken {
  return singleFlightToken({
    ask: (context) => fetched(transport, accessKey, secretKey, context),
    isExpired: ({ details }) => details.providerCode === '110' || details.providerCode === '111',
    renewEarlyMs: HOUR_MS,
  });
}

/** The secret goes into the body, as a form: URLs are logged on the way. */
async function fetched(
  transport: Transport,
  accessKey: Secret,
  secretKey: Secret,
  { signal, clock }: TokenContext,
): Promise<IssuedToken> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: accessKey.reveal(),
    client_secret: secretKey.reveal(),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const response = await transport.post('/oauth/2.0/token', { body: form.toString(), headers, signal });
  const nowMs = clock.now();
  const { value } = await readJson(response, { key: secretKey, nowMs });
  const token = isJsonObject(value) ? value['access_token'] : undefined;
  if (!isJsonObject(value) || typeof token !== 'string')
    throw new NexusError('malformed_response', 'The provider answered without an access_token.');
  const seconds = Number(value['expires_in'] ?? USUAL_LIFE_SECONDS);
  return { value: token, expiresAtMs: nowMs + (Number.isFinite(seconds) ? seconds : USUAL_LIFE_SECONDS) * 1000 };
}
