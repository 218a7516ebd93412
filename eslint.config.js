import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** `() => expect(x)` and `_unused` read well; everything else that is not used is a mistake. */
const unusedVariables = {
  argsIgnorePattern: '^_',
  varsIgnorePattern: '^_',
  caughtErrors: 'all',
  ignoreRestSiblings: true,
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'data/', '**/fixtures/']),

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      'prefer-template': 'error',

      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': ['error', { fixMixedExportsWithInlineTypeSpecifier: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-unused-vars': ['error', unusedVariables],
      '@typescript-eslint/promise-function-async': 'off', // A function that only passes a promise on needs no `async`.
      // A new member of a union must be thought about wherever the union is told apart; a `default` does not excuse it.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],

      // Numbers and booleans print as everybody expects; objects, undefined and null in a template stay errors.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => clearTimeout(timer)` is how a disposer is written.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      // `while (true)` around a reader is the clearest form of that loop.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // Ports are asynchronous; a default that answers at once still has to return a promise (and reject, not throw).
      '@typescript-eslint/require-await': 'off',
      // `Record<string, T>` with computed keys is our headers and tables; a Map would be converted at both ends.
      '@typescript-eslint/no-dynamic-delete': 'off',
      // Generics appear once in signatures that infer a user's literal types (`const` type parameters).
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // noPropertyAccessFromIndexSignature asks for the brackets that this rule takes away.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // A getter keeps a constant off the instance, so that it is neither printed nor compared.
      '@typescript-eslint/class-literal-property-style': 'off',
      // A class with only a constructor lets a subclass put its private field on an object of somebody else.
      '@typescript-eslint/no-extraneous-class': ['error', { allowConstructorOnly: true }],
      // A type for a shape of data, an interface for something to implement: both have their place.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `a || b` on strings means "empty counts as missing", which `??` cannot say.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // An empty function or method is how "nothing to do" is said in a default.
      '@typescript-eslint/no-empty-function': 'off',
      // isolatedDeclarations wants the annotation on exported constants that this rule calls superfluous.
      '@typescript-eslint/no-inferrable-types': 'off',
    },
  },

  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // A test that reads `list[0]!` fails with a clear stack when it is wrong.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Tests compare what comes from outside (JSON bodies, SDK internals); the assertion is the check.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      // `expect(port.method)` hands over a mock, not a method in need of its `this`.
      '@typescript-eslint/unbound-method': 'off',
      // Deliberately wrong input, and assertions that a type promises but the wire may break.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/only-throw-error': 'off',
    },
  },

  {
    // These talk to a terminal.
    files: ['cli/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
