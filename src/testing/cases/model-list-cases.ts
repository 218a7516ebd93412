import type { NexusError, NexusErrorCode } from '../../errors.ts';
import { isJsonObject } from '../../openai/json.ts';
import type { ModelInfo, ProviderContext } from '../../ports/index.ts';
import { CODE_OF_CAUSE } from '../dialect.ts';
import { type CaseRun, contextOf, JSON_HEADERS } from './case-run.ts';
import { expectError, expectLettingGo } from './letting-go.ts';
import { expectSame } from './reading.ts';
import { OddShape } from './shapes.ts';
import type { UpstreamCase, UpstreamCases } from './upstream-case.ts';

/** More than a page of a dialect that has pages of two; with what names may hold. */
const NAMES = ['model-1', 'org/model:2', '模型-3', 'model-4@latest', 'model 5'];

/** What a provider that lists the models of its server has to make of that list. */
export const modelListCases: UpstreamCases = about({
  'models-listed': {
    name: 'the models of the server are listed, from all its pages, by the names they are asked for by',
    check: async (run) => {
      playList(run, NAMES);
      const models = await listed(run);
      expectSame(
        'names',
        models.map(({ id }) => id),
        NAMES,
      );
      for (const { created } of models)
        if (created !== undefined) expectSame('created is whole', Number.isInteger(created), true);
    },
  },
  'models-none': {
    name: 'a server without models has an empty list',
    check: async (run) => {
      playList(run, []);
      expectSame('models', await listed(run), []);
    },
  },
  'models-refused': {
    lesson: 'E1',
    name: 'a refusal is the error it is everywhere, also with status 200',
    check: async (run) => {
      for (const cause of ['key', 'rate', 'overloaded', 'server'] as const) {
        const failure = run.dialect.failure(cause, 'not now');
        run.playFailure(failure);
        const { details } = await refusalOf(run, CODE_OF_CAUSE[cause]);
        expectSame('provider code', details.providerCode, failure.code);
      }
      run.playFailure({ ...run.dialect.failure('rate', 'slow down'), status: 200 });
      await refusalOf(run, 'provider_rate_limited');
    },
  },
  'models-malformed': {
    lesson: 'E2',
    name: 'HTML, no JSON and no list are malformed_response',
    check: async (run) => {
      for (const text of ['<html></html>', '{"data":[', '{"data":"none","models":"none"}', '"none"', '']) {
        run.play({ headers: JSON_HEADERS, sends: [text] });
        await refusalOf(run, 'malformed_response');
      }
    },
  },
  'models-odd': {
    name: 'entries without a name are passed over',
    check: async (run) => {
      run.play((request) => {
        const odd: unknown[] = [null, 7, 'model', {}, { id: 7, name: 7 }];
        const text = JSON.stringify(run.dialect.models?.(['model-1'], request), (_name, value: unknown) =>
          Array.isArray(value) && value.some((item) => typeof item === 'object') ? [...odd, ...listOf(value)] : value,
        );
        return { headers: JSON_HEADERS, sends: [text] };
      });
      expectSame(
        'names',
        (await listed(run)).map(({ id }) => id),
        ['model-1'],
      );
    },
  },
  'models-left': {
    lesson: 'C2',
    name: 'a list that is not waited for any more closes its connection',
    check: async (run) => {
      run.play({ holdHead: new Promise(() => {}) });
      await expectLettingGo(run, (changes) => asked(run, changes));
    },
  },
});

function about(cases: Readonly<Record<string, UpstreamCase>>): UpstreamCases {
  return Object.fromEntries(
    Object.entries(cases).map(([id, one]) => [id, { ...one, verb: 'listModels', needs: 'a list of models' }]),
  );
}

function playList(run: CaseRun, names: readonly string[]): void {
  run.play((request) => ({
    headers: JSON_HEADERS,
    sends: [JSON.stringify(run.dialect.models?.(names, request))],
  }));
}

async function asked(
  run: CaseRun,
  changes: Partial<ProviderContext> = {},
): Promise<{ readonly models: readonly ModelInfo[]; readonly error: NexusError | undefined }> {
  try {
    const told = Promise.resolve(run.provider.listModels?.(contextOf(changes)));
    const models = await run.within(told, 'a list or an error');
    for (const model of models ?? []) checkedModel(model);
    return { models: models ?? [], error: undefined };
  } catch (cause) {
    return { models: [], error: run.failureOf(cause) };
  }
}

async function listed(run: CaseRun): Promise<readonly ModelInfo[]> {
  const { models, error } = await asked(run);
  if (error) throw new Error(`Expected a list; came ${error.code} ("${error.message}").`, { cause: error });
  return models;
}

async function refusalOf(run: CaseRun, code: NexusErrorCode): Promise<NexusError> {
  return expectError((await asked(run)).error, code);
}

/** The types promise it; providers under test do not always keep what their types promise. */
function checkedModel(model: unknown): void {
  if (!isJsonObject(model) || typeof model['id'] !== 'string')
    throw new OddShape(`A model has no id: ${JSON.stringify(model)}.`);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
