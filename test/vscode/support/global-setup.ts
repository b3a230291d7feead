import type { TestProject } from 'vitest/node'
import { packExtension, type PackagedExtension } from './packaged-extension.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The extension, packed once for all suites. */
    packaged: PackagedExtension
  }
}

/** Packs the extension before the first suite. */
export default async function setup(project: TestProject): Promise<() => void> {
  const { file, extensions, printed, [Symbol.dispose]: dispose } = await packExtension()
  project.provide('packaged', { file, extensions, printed })
  return dispose
}
