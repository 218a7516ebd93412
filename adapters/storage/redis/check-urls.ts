/**
 * The URLs in an option: one, several with commas, or a list.
 * @throws TypeError naming the option and the rule. It shows no URL: they may hold passwords.
 */
export function checkUrls(owner: string, value: unknown): readonly string[] {
  const texts: readonly unknown[] = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [];
  const urls = texts.flatMap((text) => (typeof text === 'string' ? [text.trim()] : [])).filter((text) => text !== '');
  if (urls.length === 0 || urls.length < texts.length || !urls.every(isRedisUrl))
    throw new TypeError(`${owner}: url must be a redis:// or rediss:// URL, or several (what was given is not shown).`);
  return urls;
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return /^rediss?:$/.test(protocol) && hostname !== '' && /^(\/\d*)?$/.test(pathname);
}
