import type { ProviderKinds } from '../../provider-kit/provider-kind.ts';
import { complaintsAbout, complaintsAboutFile, type ConfigComplaint } from './check-config.ts';
import type { Config } from './config-schema.ts';
import { configSchema } from './config-schema.ts';
import { explain } from './explain.ts';
import { forbiddenNameIn } from './forbidden-name.ts';

/** A configuration that is right, or all that is wrong with it. No complaint shows a secret. */
export type CheckedConfig =
  { readonly config: Config; readonly complaints: readonly [] } | { readonly complaints: readonly ConfigComplaint[] };

/** Checks what a whole file says, as it was parsed. */
export function checkedFile(content: unknown, kinds: ProviderKinds): CheckedConfig {
  const checked = checkedConfig(content, kinds);
  if (!('config' in checked)) return checked;
  const complaints = complaintsAboutFile(checked.config);
  return complaints.length === 0 ? checked : { complaints };
}

/** Checks a configuration as it was put together. */
export function checkedConfig(content: unknown, kinds: ProviderKinds): CheckedConfig {
  const forbidden = forbiddenNameIn(content);
  if (forbidden) return { complaints: [{ path: forbidden, message: 'nothing can have this name' }] };
  const schema = configSchema.check(({ value, issues }) => {
    for (const { path, message } of complaintsAbout(value, kinds))
      issues.push({ code: 'custom', message, path: [...path], input: undefined });
  });
  const parsed = schema.safeParse(content);
  if (parsed.success) return { config: parsed.data, complaints: [] };
  return { complaints: parsed.error.issues.map((issue) => explain(issue, content)) };
}
