declare const __VERSION__: string | undefined

/** The version of this program; `dev` if it runs from source. */
export const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'
