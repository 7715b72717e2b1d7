import { MessagingException } from '../../index.js'

/**
 * A notification of which no samples can be made, where the original raises and its batch comes back for ever. Codes: `BAD_EVENT_TYPE`,
 * `BAD_TIMESTAMP`, `BAD_SAMPLE_TYPE`, `BAD_USER_METADATA`, `LITERAL_IN_LOOKUP`, `MISSING_PART`, `PLUGIN_IN_LOOKUP`, `BAD_PATH_VALUE`. Trying again does not help.
 */
export class ConversionFailure extends MessagingException {
  /** Name of the definition, where it is about one. */
  readonly meter: string | undefined

  constructor(code: string, text: string, meter?: string) {
    super(code, meter === undefined ? text : `meter '${meter}': ${text}`)
    this.meter = meter
  }
}
