import { saying, verbatim, type Phrase } from '../phrase.ts'

/** An option of the elector is invalid. The message says why, in one sentence. */
export class InvalidElectorOption extends Error {
  override readonly name = 'InvalidElectorOption'
  /** The option's name, as in `ElectorSettings`. */
  readonly option: string

  /** @param said a phrase if the extension shows it, with the names of options as its values */
  constructor(option: string, said: Phrase | string) {
    super(typeof said === 'string' ? said : said.text)
    saying(this, typeof said === 'string' ? verbatim(said) : said)
    this.option = option
  }
}
