/** What a phrase is about: names and numbers as they are, and phrases within it. */
export type PhraseValue = Phrase | string | number

/**
 * A sentence for a person, or a part of one, that a program can say in another language: its template in English, which
 * is also the key of its translations, and what fills it. Text from clusters in it is not escaped.
 */
export class Phrase {
  /** With `{0}`, `{1}`… for the values. */
  readonly template: string
  readonly values: readonly PhraseValue[]

  constructor(template: string, values: readonly PhraseValue[]) {
    this.template = template
    this.values = values
  }

  /** In English. */
  get text(): string {
    return this.template.replace(/\{(\d+)\}/g, (_, index: string) => String(this.values[Number(index)]))
  }

  toString(): string {
    return this.text
  }

  toJSON(): string {
    return this.text
  }
}

/** Makes a phrase of a template literal. */
export function phrase(parts: TemplateStringsArray, ...values: readonly PhraseValue[]): Phrase {
  return new Phrase(parts.reduce((template, part, index) => `${template}{${index - 1}}${part}`), values)
}

/** Text that is the same in every language, or is known in one only: a server's own words. */
export function verbatim(text: string): Phrase {
  return new Phrase('{0}', [text])
}

/** An error that says this phrase. */
export function saying<E extends Error>(error: E, said: Phrase): E {
  return Object.assign(error, { phrase: said })
}

/** What an error says. If it repeats the words of its cause, it is the phrase of that. */
export function phraseOf(error: unknown): Phrase {
  if (!(error instanceof Error)) return verbatim(String(error))
  const { phrase: said } = error as { readonly phrase?: unknown }
  if (said instanceof Phrase) return said
  return error.cause instanceof Error && error.cause.message === error.message ? phraseOf(error.cause) : verbatim(error.message)
}
