// The rooms of the code (see CONTRIBUTING.md) and what each may import and touch, enforced.
import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const noClocks = [
  ...['setTimeout', 'setInterval', 'performance'].map((name) => ({ name, message: 'Take a Clock (shared/time).' })),
]
const noDates = [
  { selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']", message: 'Take a Clock (shared/time).' },
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock (shared/time).' },
  { selector: "ImportExpression[source.value='node:timers/promises']", message: 'Take a Clock (shared/time).' },
]
const noExit = {
  selector: "CallExpression[callee.object.name='process'][callee.property.name='exit']",
  message: 'Only kubectl-plugin/main.ts ends the process.',
}

/** See docs/decisions/client-node.md. `import type` leaves nothing behind; `import { type … }` still loads the package. */
const kubernetesTypesOnly = ['ImportDeclaration[importKind!="type"]', 'ExportNamedDeclaration[exportKind!="type"]', 'ExportAllDeclaration[exportKind!="type"]', 'ImportExpression'].map(
  (statement) => ({ selector: `${statement}[source.value=/^@kubernetes./]`, message: 'Only types come from there: write `import type`.' }),
)
const shipped = [noExit, ...kubernetesTypesOnly]
const vscode = { regex: '^vscode$', message: 'Only extension/ knows VS Code.' }
const timers = { group: ['node:timers', 'node:timers/*', 'timers', 'timers/*', 'node:perf_hooks'], message: 'Take a Clock (shared/time).' }
const io = { group: ['node:*', '!node:assert'], message: 'This room is pure: no I/O.' }
const faces = { group: ['**/kubectl-plugin/**', '**/extension/**'], message: 'shared/ does not know who uses it.' }
const network = {
  group: ['node:http', 'node:https', 'node:http2', 'node:net', 'node:tls', 'undici', '**/shared/cluster/connection/transport.ts'],
  message: 'Requests are sent by shared/ alone: take an ApiClient.',
}

/** A room: which imports and which constructions its files may not have. */
function room(files, imports, syntax = [], ignores = []) {
  return {
    files: files.map((folder) => `${folder}/**/*.{ts,tsx}`),
    ignores,
    rules: {
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: imports }],
      'no-restricted-syntax': ['error', ...syntax],
    },
  }
}

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.vscode-test/', 'extension/media/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts', '**/*.tsx'] })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `x!` says what a reader of the line before knows; an assertion that is wrong fails at once.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Index signatures: both ways of access are fine.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // The reason of an AbortSignal is passed on as it is, whatever its owner made it.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      // An async function without await still turns a throw into a rejection, which is what its caller expects.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always'],
      'no-control-regex': 'off',
    },
  },
  {
    files: ['**/*.cjs', '**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', require: 'readonly', __dirname: 'readonly', __filename: 'readonly', Buffer: 'readonly', URL: 'readonly' } },
    rules: { 'no-var': 'off' },
  },
  { files: ['shared/**', 'kubectl-plugin/**', 'extension/**'], ignores: ['shared/time/**'], rules: { 'no-restricted-globals': ['error', ...noClocks] } },
  { files: ['shared/**', 'kubectl-plugin/**', 'extension/**'], rules: { 'no-restricted-syntax': ['error', ...kubernetesTypesOnly] } },
  room(['shared/time'], [vscode, faces], shipped),
  room(['shared/lease', 'shared/election/machine', 'shared/keep/machine'], [vscode, faces, io, { group: ['**/time/**', '**/cluster/**', '**/actions/**', '**/sandbox/**'], message: 'This room is pure: no clock, no I/O.' }], [...shipped, ...noDates]),
  room(['shared/cluster'], [vscode, faces, timers, { group: ['**/actions/**', '**/sandbox/**'], message: 'Data flows the other way.' }], [...shipped, ...noDates]),
  room(['shared/actions', 'shared/locks', 'shared/election', 'shared/health', 'shared/keep'], [vscode, faces, timers, { group: ['**/sandbox/**'], message: 'Data flows the other way.' }], [...shipped, ...noDates], ['shared/election/machine/**', 'shared/keep/machine/**']),
  room(['shared/guard'], [vscode, faces, timers, { group: ['**/cluster/**', '**/actions/**', '**/sandbox/**'], message: 'It ends processes in time, and knows nothing else.' }], [...shipped, ...noDates]),
  room(['shared/sandbox'], [vscode, faces, timers, { group: ['**/cluster/**', '**/actions/**'], message: 'The sandbox is a server: it shares no code with its clients.' }], [...shipped, ...noDates]),
  room(['kubectl-plugin'], [vscode, timers, network, { group: ['**/extension/**'], message: 'The CLI does not know the extension.' }], [...shipped, ...noDates], ['kubectl-plugin/main.ts']),
  room(['extension'], [timers, network, { group: ['**/kubectl-plugin/**'], message: 'The extension does not know the CLI.' }], [...shipped, ...noDates]),
  room(['test', 'examples'], [vscode], [], ['test/vscode/**']),
  {
    files: ['test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      'no-restricted-properties': [
        'error',
        ...['it', 'test', 'describe'].flatMap((object) =>
          ['skip', 'only', 'todo', 'fails'].map((property) => ({ object, property, message: 'Every test runs, and can fail.' })),
        ),
      ],
    },
  },
)
