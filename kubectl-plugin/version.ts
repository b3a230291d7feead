declare const __VERSION__: string | undefined

/** This program's version; `dev` where it runs from source. */
export const VERSION = typeof __VERSION__ === 'string' ? __VERSION__ : 'dev'
