import { z } from 'zod';
import { CHANGING_SECTIONS, configSchema } from '../../../control/document/config-schema.ts';
import { keySchema } from '../../../control/document/key-schema.ts';
import { providerSchema } from '../../../control/document/provider-schema.ts';
import { modelSchema } from '../../../control/document/routes-config.ts';
import { named, patchNamed } from '../components.ts';

const [, modelObject] = modelSchema.options;
/** What a model of a provider has beside its name. */
export const { name: modelName, ...modelSettings } = modelObject.shape;

/** Changes name a model by its name, or have it as a member of that name. */
const namedModelChange = patchNamed('NamedModelChange', modelObject, ['name']);
const modelChange = patchNamed('ModelChange', z.strictObject(modelSettings));
const modelsChange = z.union([z.array(z.union([modelName, namedModelChange])), z.record(modelName, modelChange)]);

/** A provider as a file has it; of one that is shown, secrets are their last letters. */
export const providerSettings = named('ProviderSettings', providerSchema);
const { id: providerId, ...ownOfProvider } = providerSchema.shape;
const changeOfProvider = { ...ownOfProvider, models: modelsChange.optional() };
/** What of one provider may be changed. */
export const providerChange = patchNamed('ProviderChange', z.strictObject(changeOfProvider));
const namedProviderChange = patchNamed('NamedProviderChange', z.strictObject({ id: providerId, ...changeOfProvider }), [
  'id',
]);

const configuredKey = named('ConfiguredKey', keySchema);
const { name: keyName, ...ownOfKey } = keySchema.shape;
const keyChange = patchNamed('ConfiguredKeyChange', z.strictObject(ownOfKey));
const namedKeyChange = patchNamed('NamedConfiguredKeyChange', keySchema, ['name']);

/** Sections that change while a hub runs; the others are refused. */
const {
  providers: _providers,
  keys: _keys,
  ...sections
} = Object.fromEntries(Object.entries(configSchema.shape).filter(([name]) => CHANGING_SECTIONS.includes(name)));

/** All that is in force. */
export const configDocument = named(
  'ConfigDocument',
  z.strictObject({
    providers: z.array(providerSettings).optional(),
    keys: z.array(configuredKey).optional(),
    ...sections,
  }),
);

/** A part of it that is to be otherwise. */
export const configChange = patchNamed(
  'ConfigChange',
  z.strictObject({
    providers: z.union([z.array(namedProviderChange), z.record(providerId, providerChange)]).optional(),
    keys: z.union([z.array(namedKeyChange), z.record(keyName, keyChange)]).optional(),
    ...sections,
  }),
);
