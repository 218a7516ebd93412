import { type IssuedToken, NexusError, type SingleFlightToken, singleFlightToken } from 'nexusai-hub/provider-kit';

/** Gives a token of Microsoft Entra ID: the text alone, or an `AccessToken` of `@azure/core-auth` (Unix milliseconds). */
export type EntraTokenSource = () => Promise<
  string | { readonly token: string; readonly expiresOnTimestamp?: number } | null
>;

/** The token of all requests to one resource. Azure answers 401 to one that has ended. */
export function entraToken(source: EntraTokenSource): SingleFlightToken {
  return singleFlightToken({
    ask: async () => issuedOf(await source()),
    isExpired: ({ details }) => details.providerStatus === 401,
  });
}

function issuedOf(given: Awaited<ReturnType<EntraTokenSource>>): IssuedToken {
  if (typeof given === 'string') return { value: given, expiresAtMs: endOfToken(given) };
  if (typeof given?.token !== 'string')
    throw new NexusError('provider_denied', 'The function for the token of Microsoft Entra ID gave none.');
  return { value: given.token, expiresAtMs: given.expiresOnTimestamp ?? endOfToken(given.token) };
}

/** When a JSON web token says that it ends (`exp`, RFC 7519). Other tokens say nothing. */
function endOfToken(token: string): number | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const isNamed = typeof claims === 'object' && claims !== null && 'exp' in claims;
    return isNamed && typeof claims.exp === 'number' ? claims.exp * 1000 : undefined;
  } catch {
    return undefined; // It is no JSON web token, which it need not be.
  }
}
