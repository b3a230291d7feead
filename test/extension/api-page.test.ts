import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

it('the page about the API has its types as they are', () => {
  expect(read('docs/vscode-api.md')).toContain(`\`\`\`ts\n${read('extension/api.ts').trim()}\n\`\`\``)
})
