import { VERSION } from '../version.ts'

declare const __IMAGE__: string | undefined

/** The image that a release pushes, or a name to replace if this build names no registry. */
export const DEFAULT_IMAGE = typeof __IMAGE__ === 'string' ? __IMAGE__ : `example.com/kubectl-leader:${VERSION}`
