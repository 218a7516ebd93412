/** Names of members whose text is a secret whatever it looks like, without what joins their words. */
const NAMES = new Set(['key', 'keys', 'pwd', 'cookie', 'setcookie', 'bearer', 'pepper', 'masterkeys', 'accesskeyid', 'xamzcredential', 'sig']); // prettier-ignore

/** And how the others end. */
const ENDS =
  /(?:apikey|accesskey|secretkey|privatekey|masterkey|signingkey|accountkey|subscriptionkey|encryptionkey|appkey|password|passwd|passphrase|secret|token|authorization|credential|sharedaccesssignature)$/;

/** True for `apiKey`, `client_secret`, `X-Api-Key`, `authorization`, and their like. */
export function isSecretName(name: string): boolean {
  if (name.length > 64) return false;
  const plain = name.toLowerCase().replace(/[-_\s.]/g, '');
  return NAMES.has(plain) || ENDS.test(plain);
}
