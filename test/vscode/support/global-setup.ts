import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { packExtension, type PackagedExtension } from './packaged-extension.ts'
import { vscodeServerFolder } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The extension, packed once for all suites. */
    packaged: PackagedExtension
  }
}

/** Packs the extension before the first suite. */
export default async function setup(project: TestProject): Promise<() => void> {
  const vscode = [process.execPath, join(vscodeServerFolder(), 'out/server-main.js'), '--accept-server-license-terms'] as const
  const { file, extensions, printed, [Symbol.dispose]: dispose } = await packExtension(vscode)
  project.provide('packaged', { file, extensions, printed })
  return dispose
}
